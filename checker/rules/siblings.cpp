#include "rules/siblings.h"

#include <algorithm>
#include <utility>

namespace abicheck {

Siblings::Siblings(const FileReport& file, ContextOf context_of) : context_of_(std::move(context_of)) {
  for (const ModuleReport& module : file.modules) by_path_[module.path].push_back(&module);
}

// The slices of a universal file have one path; a file that could not be read at all has no known processor.
const ModuleReport* Siblings::find(const SiblingImport& sibling, const ModuleReport& importer) const {
  const auto modules = by_path_.find(sibling.path);
  if (modules == by_path_.end()) return nullptr;
  const auto found = std::find_if(modules->second.begin(), modules->second.end(), [&](const ModuleReport* module) {
    return module->arch == importer.arch || module->arch == "unknown";
  });
  return found == modules->second.end() ? nullptr : *found;
}

Siblings::Known& Siblings::known(const ModuleReport& module, const NumpyRelease& numpy) const {
  const auto [entry, fresh] = known_.try_emplace({&module, &numpy});
  if (fresh) entry->second.own = judge_own_loading(module.facts, numpy, context_of_(module));
  return entry->second;
}

std::optional<Finding> Siblings::failure_of(const SiblingImport& sibling, const ModuleReport& importer,
                                            const NumpyRelease& numpy) const {
  const ModuleReport* module = find(sibling, importer);
  if (module == nullptr || known(*module, numpy).always_loads) return std::nullopt;
  if (depth_ == 0) loading_ = {&importer};
  const auto place = static_cast<std::size_t>(std::find(loading_.begin(), loading_.end(), module) - loading_.begin());
  if (place != loading_.size()) {
    met_ = std::min(met_, place);
    return std::nullopt;
  }
  loading_.push_back(module);
  const std::size_t met_before = std::exchange(met_, place);
  ++depth_;
  auto failing =
      first_sibling_failure(module->facts, [&](const SiblingImport& next) { return failure_of(next, *module, numpy); });
  --depth_;
  if (failing) met_ = 0;  // nothing is known of what it did not come to
  const Known& of_module = known(*module, numpy);
  auto finding = judge_loading(module->facts, of_module.own, std::move(failing));
  if (!finding && met_ == place) {
    // Nor does any that it imports fail, and none of them met one that was loaded before.
    for (std::size_t i = place; i < loading_.size(); ++i) known(*loading_[i], numpy).always_loads = true;
    loading_.resize(place);
  }
  met_ = std::min(met_, met_before);
  if (!finding) return finding;
  finding->through.insert(finding->through.begin(), module->path);
  // What the package does first may well fail earlier, in another way.
  if (!sibling.package_code.empty()) finding->predicted_error.reset();
  return finding;
}

bool Siblings::meets_numpy(const ModuleReport& module) const {
  std::set<const ModuleReport*> seen;
  return meets_numpy(module, seen);
}

bool Siblings::meets_numpy(const ModuleReport& module, std::set<const ModuleReport*>& seen) const {
  if (module.facts.uses_numpy) return true;
  if (!seen.insert(&module).second) return false;
  const auto& imports = module.facts.sibling_imports;
  return std::any_of(imports.begin(), imports.end(), [&](const SiblingImport& sibling) {
    const ModuleReport* other = find(sibling, module);
    return other != nullptr && meets_numpy(*other, seen);
  });
}

}  // namespace abicheck
