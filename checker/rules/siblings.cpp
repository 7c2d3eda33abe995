#include "rules/siblings.h"

#include <algorithm>
#include <utility>

namespace abicheck {

Siblings::Siblings(const FileReport& file, ContextOf context_of) : file_(file), context_of_(std::move(context_of)) {}

// The slices of a universal file have one path; a file that could not be read at all has no known processor.
const ModuleReport* Siblings::find(const SiblingImport& sibling, const ModuleReport& importer) const {
  const auto found = std::find_if(file_.modules.begin(), file_.modules.end(), [&](const ModuleReport& module) {
    return module.path == sibling.path && (module.arch == importer.arch || module.arch == "unknown");
  });
  return found == file_.modules.end() ? nullptr : &*found;
}

const OwnLoading& Siblings::own_loading(const ModuleReport& module, const NumpyRelease& numpy) const {
  const auto [entry, fresh] = own_.try_emplace({&module, &numpy});
  if (fresh) entry->second = judge_own_loading(module.facts, numpy, context_of_(module));
  return entry->second;
}

std::optional<Finding> Siblings::failure_of(const SiblingImport& sibling, const ModuleReport& importer,
                                            const NumpyRelease& numpy) const {
  if (depth_ == 0) loading_ = {&importer};
  const ModuleReport* module = find(sibling, importer);
  if (module == nullptr || !loading_.insert(module).second) return std::nullopt;
  ++depth_;
  auto failing =
      first_sibling_failure(module->facts, [&](const SiblingImport& next) { return failure_of(next, *module, numpy); });
  --depth_;
  auto finding = judge_loading(module->facts, own_loading(*module, numpy), std::move(failing));
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
