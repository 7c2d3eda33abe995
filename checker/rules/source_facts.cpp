#include "rules/source_facts.h"

#include <algorithm>
#include <set>

#include "abi/version.h"
#include "rules/import_tables.h"
#include "rules/wording.h"

namespace abicheck {

namespace {

bool is_lower(const std::string& a, const std::string& b) {
  const auto left = Version::parse(a);
  const auto right = Version::parse(b);
  return left && right && *left < *right;
}

std::set<std::string_view> compiled_names(const SourceObservations& seen) {
  std::set<std::string_view> names;
  for (const SourceNode* node : compiled_nodes(seen)) names.insert(node->name);
  return names;
}

// Cython writes functions around import_array() into every file that has `cimport numpy`.
std::vector<ImportCall> imports_of(const SourceObservations& seen) {
  const std::set<std::string_view> compiled = compiled_names(seen);
  std::vector<ImportCall> imports = seen.imports;
  for (ImportCall& call : imports) call.unused = !call.node.empty() && compiled.count(call.node) == 0;
  return imports;
}

// Entries that compiled code reads, each with its places.
std::vector<SourceSlot> slots_of(const AbiDatabase& database, const SourceObservations& seen,
                                 const std::string& release) {
  const std::set<std::string_view> compiled = compiled_names(seen);
  std::map<std::pair<bool, int>, SourceSlot> slots;
  for (const TableAccess& access : seen.accesses) {
    if (access.kind != TableAccess::Kind::kSlot || access.slot < 0 || compiled.count(access.node) == 0) continue;
    const auto table = std::find_if(seen.tables.begin(), seen.tables.end(),
                                    [&](const ApiTable& one) { return one.symbol == access.symbol; });
    const bool ufunc = table != seen.tables.end() && table->ufunc;
    const auto [found, is_new] = slots.try_emplace({ufunc, access.slot});
    SourceSlot& slot = found->second;
    if (is_new) {
      slot.ufunc = ufunc;
      slot.index = static_cast<std::uint32_t>(access.slot);
      if (const auto known = database.slot(ufunc, slot.index, release)) {
        slot.name = known->name;
        slot.since = short_release(known->since);
      }
    }
    // Where the code asked for a version that has the entry, an older NumPy never comes to it.
    const auto needed = slot.since.empty() ? std::nullopt : database.api_from(slot.since);
    const bool asked = needed && access.guard >= *needed;
    slot.places.push_back(access.place);
    if (asked) continue;
    slot.needed_at.push_back(access.place);
    slot.raises = is_lower(database.oldest(), slot.since);
  }
  std::vector<SourceSlot> all;
  all.reserve(slots.size());
  for (auto& [key, slot] : slots) all.push_back(std::move(slot));
  return all;
}

TargetVersion target_of(const AbiDatabase& database, const SourceObservations& seen, const std::string& release) {
  TargetVersion target;
  target.headers = release;
  target.api = seen.feature_version;
  if (seen.feature_version) target.numpy = database.first_release_of_api(*seen.feature_version);
  for (const SwitchDefine& define : seen.defines) {
    if (define.name == "NPY_TARGET_VERSION" && define.number.value_or(0) != 0 && define.number == seen.feature_version)
      target.set_by = define;
  }
  return target;
}

}  // namespace

SourceFacts facts_of_unit(const AbiDatabase& database, const ScannedUnit& unit, const std::vector<std::string>& asked) {
  SourceFacts facts;
  if (unit.parsed.empty()) return facts;
  const auto& [release, seen] = unit.parsed.front();
  facts.imports = imports_of(seen);
  facts.uses = seen.uses;
  facts.defines = seen.defines;
  facts.slots = slots_of(database, seen, release);
  for (const auto& [headers, one] : unit.parsed) {
    const bool is_asked = std::find(asked.begin(), asked.end(), headers) != asked.end();
    if (is_asked && !one.tables.empty()) facts.targets.push_back(target_of(database, one, headers));
  }
  const SourceSlot* newest = nullptr;
  for (const SourceSlot& slot : facts.slots) {
    if (slot.needed_at.empty() || slot.since.empty()) continue;
    if (newest == nullptr || is_lower(newest->since, slot.since)) newest = &slot;
  }
  if (newest != nullptr) {
    facts.lowest_numpy = newest->since;
    facts.lowest_numpy_for = newest->name;
  }
  return facts;
}

std::optional<std::string> supported_by_sources(const AbiDatabase& database, const FileReport& file) {
  std::string lowest;
  std::string end;
  for (const SourceReport& source : file.sources) {
    const std::string& here = source.facts.lowest_numpy;
    if (!here.empty() && (lowest.empty() || is_lower(lowest, here))) lowest = here;
    for (const auto& [target, verdict] : source.verdicts) {
      if (verdict.verdict == Verdict::kUnknown) return std::nullopt;
      for (const Finding& finding : verdict.findings) {
        const auto name = finding.severity == Severity::kError && finding.when == When::kBuild
                              ? database.c_name(finding.symbol)
                              : std::nullopt;
        if (name && !name->removed.empty() && (end.empty() || is_lower(name->removed, end))) end = name->removed;
      }
    }
  }
  if (lowest.empty()) return std::nullopt;
  return ">=" + lowest + (end.empty() ? "" : ",<" + short_release(end));
}

}  // namespace abicheck
