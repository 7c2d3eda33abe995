#include "rules/file_verdict.h"

#include <algorithm>

#include "abi/version.h"
#include "rules/judge.h"
#include "rules/machines.h"
#include "rules/rule_table.h"
#include "rules/siblings.h"
#include "rules/wording.h"

namespace abicheck {

namespace {

bool exists_for(const AbiDatabase& database, const std::string& release, const PythonRange& pythons) {
  if (pythons.exact.empty()) return database.exists_for_at_least(release, pythons.at_least);
  return std::any_of(pythons.exact.begin(), pythons.exact.end(),
                     [&](PythonVersion python) { return database.exists_for(release, python); });
}

JudgeContext context_of(const Judgement& judgement, const Siblings* siblings, const ModuleReport& module) {
  const AbiDatabase& database = judgement.database;
  return {module_name_of(module.path),
          [&database](std::uint32_t api) {
            return std::pair(database.first_release_of_api(api), database.last_release_of_api(api));
          },
          judgement.of(module.data_model).history,
          [&database](const std::string& release) { return database.api_from(release); },
          [&database](const ApiSlotUse& use, const std::string& release) {
            return database.slot(use.table == CapsuleImport::Table::kUfunc, use.index, release);
          },
          [siblings, &module](const SiblingImport& sibling, const NumpyRelease& numpy) {
            return siblings->failure_of(sibling, module, numpy);
          }};
}

// Places were filled anew when the ABI changed: what one means to a module is what it meant to the newest headers of
// the ABI that the module was compiled for.
std::string newest_headers(const Judgement& judgement, const ModuleFacts& facts) {
  const AbiHistory& history = judgement.of(DataModel::kLp64).history;
  const bool old = facts.own_way == OwnWay::kPybind11Old || facts.own_way == OwnWay::kRustOld ||
                   std::any_of(facts.imports.begin(), facts.imports.end(), [&](const CapsuleImport& import) {
                     return import.abi_version.value == history.oldest_abi;
                   });
  if (old) return judgement.database.minor(history.last_before)->releases.back();
  return judgement.database.newest_release();
}

void name_slots(const Judgement& judgement, ModuleFacts& facts) {
  if (facts.api_slots.empty()) return;
  const std::string headers = newest_headers(judgement, facts);
  std::optional<Version> lowest;
  for (ApiSlotUse& use : facts.api_slots) {
    const auto slot = judgement.database.slot(use.table == CapsuleImport::Table::kUfunc, use.index, headers);
    if (!slot) continue;
    use.name = slot->name;
    const auto since = Version::parse(slot->since);
    if (use.guarded || use.unused || !since || (lowest && *since <= *lowest)) continue;
    lowest = *since;
    facts.lowest_numpy = short_release(slot->since);
    facts.lowest_numpy_for = slot->name;
  }
}

// Judges one module against the releases that one target stands for; the worst counts, and a difference is said.
ModuleVerdict judge_target(const ModuleFacts& facts, const JudgeContext& context,
                           const std::vector<const NumpyRelease*>& releases) {
  if (releases.empty()) return {Verdict::kNotApplicable, {}};
  ModuleVerdict worst = judge_module(facts, *releases.back(), context);
  std::string better;
  for (std::size_t i = 0; i + 1 < releases.size(); ++i) {
    const NumpyRelease& release = *releases[i];
    ModuleVerdict verdict = judge_module(facts, release, context);
    if (verdict.verdict == worst.verdict) continue;
    if (worse(verdict.verdict, worst.verdict) == worst.verdict) {
      better += (better.empty() ? "" : ", ") + release.version;
    } else {
      worst = std::move(verdict);
      better = releases.back()->version;
    }
  }
  for (Finding& finding : worst.findings) {
    if (!better.empty()) finding.message += " (not so in " + better + ")";
  }
  return worst;
}

// Those that exist for these Pythons.
std::vector<const NumpyRelease*> existing(const AbiDatabase& database, const std::vector<NumpyRelease>& releases,
                                          const PythonRange& pythons) {
  std::vector<const NumpyRelease*> some;
  for (const NumpyRelease& release : releases) {
    if (exists_for(database, release.version, pythons)) some.push_back(&release);
  }
  return some;
}

// ">=1.19,<2.0" from one flag for each release, oldest first; empty when nothing is supported or the support has a
// hole.
std::optional<std::string> range_text(const std::vector<std::string>& releases, const std::vector<bool>& supported) {
  const auto first = std::find(supported.begin(), supported.end(), true);
  if (first == supported.end()) return std::nullopt;
  const auto end = std::find(first, supported.end(), false);
  if (std::find(end, supported.end(), true) != supported.end()) return std::nullopt;
  std::string text = ">=" + short_release(releases[static_cast<std::size_t>(first - supported.begin())]);
  if (end != supported.end()) text += ",<" + short_release(releases[static_cast<std::size_t>(end - supported.begin())]);
  return text;
}

struct Support {
  std::vector<bool> flags;
  bool decided = true;
};

Support support_of(const ModuleFacts& facts, const JudgeContext& context, const std::vector<ReleaseGroup>& groups) {
  Support support;
  for (const ReleaseGroup& group : groups) {
    const Verdict verdict = judge_module(facts, group.facts, context).verdict;
    support.decided &= verdict != Verdict::kUnknown;
    support.flags.insert(support.flags.end(), group.releases.size(), verdict == Verdict::kCompatible);
  }
  return support;
}

void fill_supported(const Judgement& judgement, const Siblings& siblings, FileReport& file) {
  const std::vector<std::string> releases = judgement.database.releases();
  Support all{std::vector<bool>(releases.size(), true), true};
  bool any = false;
  for (ModuleReport& module : file.modules) {
    if (!module.facts.unknowns.empty()) all.decided = false;
    if (!siblings.meets_numpy(module)) continue;
    any = true;
    const Support support =
        support_of(module.facts, context_of(judgement, &siblings, module), judgement.of(module.data_model).groups);
    if (support.decided) module.supported_numpy = range_text(releases, support.flags);
    all.decided &= support.decided;
    for (std::size_t i = 0; i < releases.size(); ++i) all.flags[i] = all.flags[i] && support.flags[i];
  }
  if (any && all.decided) file.supported_numpy = range_text(releases, all.flags);
}

// Without a named target: one finding for all the releases that the metadata allows and a module refuses.
void check_promise(FileReport& file) {
  std::vector<std::string> broken;
  for (const auto& [key, verdict] : file.verdicts) {
    if (verdict == Verdict::kIncompatible) broken.push_back(key);
  }
  if (broken.empty()) return;
  Finding finding;
  finding.rule = rule::kMetadataPromises;
  finding.message = (file.requires_numpy ? "its metadata requires numpy" + *file.requires_numpy
                                         : std::string("its metadata sets no bound on numpy")) +
                    ", which allows NumPy " + broken.front() +
                    (broken.size() > 1 ? " to " + broken.back() : std::string()) + ", where it does not work";
  finding.remedy = file.supported_numpy ? "require numpy" + *file.supported_numpy + ", or rebuild"
                                        : "rebuild, or narrow the requirement";
  file.findings.push_back(std::move(finding));
}

}  // namespace

bool is_promised(const FileReport& file, const Target& target) {
  if (!file.requires_numpy) return true;
  const auto specifiers = SpecifierSet::parse(*file.requires_numpy);
  if (!specifiers) return true;
  return std::any_of(target.releases.begin(), target.releases.end(), [&](const std::string& release) {
    const auto version = Version::parse(release);
    return version && specifiers->contains(*version);
  });
}

std::vector<ReleaseGroup> group_releases(const AbiDatabase& database, DataModel model) {
  const auto alike = [](const NumpyRelease& a, const NumpyRelease& b) {
    return a.abi == b.abi && a.api == b.api && a.paths == b.paths && a.sizes == b.sizes &&
           a.elsize_offset == b.elsize_offset && a.dtype_functions == b.dtype_functions && a.disabled == b.disabled;
  };
  std::vector<ReleaseGroup> groups;
  for (const std::string& release : database.releases()) {
    if (groups.empty() || !database.same_facts(groups.back().releases.back(), release)) {
      NumpyRelease facts = database.facts_for(release, model);
      if (groups.empty() || !alike(groups.back().facts, facts)) groups.push_back({std::move(facts), {}});
    }
    groups.back().releases.push_back(release);
  }
  return groups;
}

Judgement::Judgement(const AbiDatabase& database, const std::vector<Target>& targets, bool promised_only)
    : database(database), targets(targets), promised_only(promised_only) {}

const NumpysOfModel& Judgement::of(DataModel model) const {
  const auto [entry, fresh] = models_.try_emplace(model);
  NumpysOfModel& made = entry->second;
  if (!fresh) return made;
  made.history = database.history(model);
  made.groups = group_releases(database, model);
  for (const Target& target : targets) {
    std::vector<NumpyRelease>& releases = made.numpys.emplace_back();
    for (const std::string& release : target.releases) releases.push_back(database.facts_for(release, model));
  }
  return made;
}

void judge_file(const Judgement& judgement, const PythonRange& pythons, FileReport& file) {
  for (ModuleReport& module : file.modules) {
    name_slots(judgement, module.facts);
    module.facts.machine_conflict = machine_conflict(file, module);
  }
  const Siblings siblings(file, [&](const ModuleReport& module) { return context_of(judgement, &siblings, module); });
  fill_supported(judgement, siblings, file);
  for (std::size_t i = 0; i < judgement.targets.size(); ++i) {
    const Target& target = judgement.targets[i];
    const bool exists = !existing(judgement.database, judgement.of(DataModel::kLp64).numpys[i], pythons).empty();
    if (judgement.promised_only && (!exists || !is_promised(file, target))) continue;
    Verdict worst = exists ? Verdict::kCompatible : Verdict::kNotApplicable;
    for (ModuleReport& module : file.modules) {
      const auto releases = existing(judgement.database, judgement.of(module.data_model).numpys[i], pythons);
      ModuleVerdict verdict = judge_target(module.facts, context_of(judgement, &siblings, module), releases);
      worst = worse(worst, verdict.verdict);
      module.verdicts.emplace_back(target.key, std::move(verdict));
    }
    file.verdicts.emplace_back(target.key, worst);
  }
  if (judgement.promised_only) check_promise(file);
}

}  // namespace abicheck
