// NPY_TARGET_VERSION and NPY_NO_DEPRECATED_API: what the headers make of them, and what a module that was built so asks
// of the NumPy that it meets.
#include <algorithm>

#include "abi/requirement.h"
#include "abi/version.h"
#include "base/hex.h"
#include "rules/rule_table.h"
#include "rules/source_rules.h"

namespace abicheck {

namespace {

constexpr std::string_view kTarget = "NPY_TARGET_VERSION";
constexpr std::string_view kNoDeprecated = "NPY_NO_DEPRECATED_API";

// "NPY_1_22_API_VERSION" -> "1.22.0"; empty for other names.
std::string release_named(std::string_view name) {
  constexpr std::string_view kBegin = "NPY_";
  constexpr std::string_view kEnd = "_API_VERSION";
  if (!name.starts_with(kBegin) || !name.ends_with(kEnd) || name.size() <= kBegin.size() + kEnd.size()) return "";
  std::string release(name.substr(kBegin.size(), name.size() - kBegin.size() - kEnd.size()));
  std::replace(release.begin(), release.end(), '_', '.');
  release += ".0";
  return Version::parse(release) ? release : "";
}

// The API version that the user means, whatever these headers make of it.
std::optional<std::uint32_t> wanted_api(const SwitchDefine& define, const AbiDatabase& database) {
  if (define.undefined.empty()) return define.number;
  if (define.undefined.size() != 1 || !database.c_name(define.undefined.front())) return std::nullopt;
  const std::string release = release_named(define.undefined.front());
  return release.empty() ? std::nullopt : database.api_from(release);
}

std::string numpy_of(std::uint32_t api, const AbiDatabase& database) {
  const std::string release = database.first_release_of_api(api);
  return release.empty() ? "API version " + hex(api) : "NumPy " + release + " (" + hex(api) + ")";
}

// Whether the requirements allow this NumPy for a Python that both exist for; empty without a word about NumPy.
std::optional<bool> allow(const std::vector<std::string>& lines, const std::string& release, PythonVersion python) {
  const auto requirement = numpy_requirement(lines, marker_environment_for(python, ""));
  const auto version = Version::parse(release);
  if (!requirement || !*requirement || !version) return std::nullopt;
  const auto specifiers = SpecifierSet::parse(**requirement);
  if (!specifiers) return std::nullopt;
  return specifiers->contains(*version);
}

// For which both this NumPy and the project exist.
std::vector<PythonVersion> pythons_of(const std::string& release, const AbiDatabase& database,
                                      const DeclaredRequirements& declared) {
  constexpr int kNewest = 30;
  constexpr std::string_view kAnyPatch = ".99";  // ">=3.7.1" is for Python 3.7
  const auto specifiers = SpecifierSet::parse(declared.python);
  std::vector<PythonVersion> pythons;
  for (int minor = 0; minor < kNewest; ++minor) {
    const PythonVersion python{3, minor};
    const auto version = Version::parse(python.text() + std::string(kAnyPatch));
    const bool allowed = !specifiers || !version || specifiers->contains(*version);
    if (allowed && database.exists_for(release, python)) pythons.push_back(python);
  }
  return pythons;
}

// The requirements allow this NumPy, and its headers are none that the build would install.
bool is_promised_and_not_built(const SourceQuestion& question) {
  const DeclaredRequirements& declared = question.tree.requirements;
  const std::vector<PythonVersion> pythons = pythons_of(question.release, question.database, declared);
  return std::any_of(pythons.begin(), pythons.end(), [&](PythonVersion python) {
    return allow(declared.run, question.release, python) == true &&
           allow(declared.build, question.release, python) == false;
  });
}

std::string on_disk(const SourceTree& tree, const std::string& path) {
  return tree.on_disk && !tree.root.empty() ? tree.root + "/" + path : path;
}

// Where a build file of the tree defines it for the unit: what is on the command line comes from there.
std::optional<SourcePlace> place_in_build(const std::string& name, const SourceQuestion& question) {
  const SourceTree& tree = question.tree;
  const auto is_for_unit = [&](const BuildMacro& macro) {
    const auto is_unit = [&](const std::string& path) { return on_disk(tree, path) == question.unit.path; };
    return macro.sources && std::any_of(macro.sources->begin(), macro.sources->end(), is_unit);
  };
  const BuildMacro* found = nullptr;
  for (const BuildMacro& macro : tree.macros) {
    if (macro.name == name && (found == nullptr || (is_for_unit(macro) && !is_for_unit(*found)))) found = &macro;
  }
  if (found == nullptr) return std::nullopt;
  const std::string& text = tree.texts.at(found->file);
  const std::size_t line = found->at == 0 ? std::string::npos : text.rfind('\n', found->at);
  SourcePlace place;
  place.file = on_disk(tree, found->file);
  place.line =
      1 + static_cast<unsigned>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(found->at), '\n'));
  place.column = static_cast<unsigned>(line == std::string::npos ? found->at + 1 : found->at - line);
  return place;
}

Finding start(std::string_view rule, Severity severity, const SwitchDefine& define, const SourceQuestion& question) {
  Finding finding;
  finding.rule = rule;
  finding.severity = severity;
  finding.symbol = define.name;
  finding.place = define.place.file.empty() ? place_in_build(define.name, question) : define.place;
  return finding;
}

void undefined_name(const SwitchDefine& define, const SourceQuestion& question, std::vector<Finding>& findings) {
  if (!question.seen.feature_version) return;  // no header of NumPy looked at it
  const TargetRules rules = question.database.target_rules(question.release);
  for (const std::string& name : define.undefined) {
    const auto known = question.database.c_name(name);
    // Headers that do not look at it make nothing of a name that newer ones know.
    if (known && define.name == kTarget && !rules.honoured) continue;
    Finding finding = start(rule::kUndefinedVersion, known ? Severity::kNote : Severity::kWarning, define, question);
    finding.symbol = name;
    finding.message = known ? "the headers of NumPy " + minor_of_release(question.release) + " do not define " + name +
                                  " (new in NumPy " + minor_of_release(known->since) + ")"
                            : name + " is defined by no NumPy";
    finding.message += ": " + define.name + " counts as 0, ";
    finding.message += define.name == kNoDeprecated ? "and nothing that is deprecated is hidden"
                       : rules.honoured             ? "and the module is compiled for the default, " +
                                              numpy_of(rules.default_target, question.database)
                                        : "which these headers do not look at";
    const std::string release = release_named(name);
    const auto api = release.empty() ? std::nullopt : question.database.api_from(release);
    std::string same = api ? question.database.first_release_of_api(*api) : "";
    std::replace(same.begin(), same.end(), '.', '_');
    if (!known && !same.empty()) finding.remedy = "use NPY_" + same + "_API_VERSION, which is the same version";
    findings.push_back(std::move(finding));
  }
}

void target_too_new(const SwitchDefine& define, const SourceQuestion& question, std::vector<Finding>& findings) {
  const auto wanted = wanted_api(define, question.database);
  const std::uint32_t api = question.database.facts_for(question.release).api;
  if (!wanted || *wanted <= api) return;
  const std::string numpy = "NumPy " + minor_of_release(question.release) + " (" + hex(api) + ")";
  Finding finding = start(rule::kTargetVersion, Severity::kWarning, define, question);
  finding.message = "NPY_TARGET_VERSION is " + numpy_of(*wanted, question.database) + ": ";
  if (define.undefined.empty() && question.database.target_rules(question.release).honoured) {
    finding.severity = Severity::kError;
    finding.when = When::kBuild;
    finding.message += "the headers of " + numpy + " refuse it";
  } else {
    finding.when = When::kImport;
    finding.message += "built with headers that know it, the module refuses " + numpy;
    if (is_promised_and_not_built(question)) {
      finding.severity = Severity::kError;
      finding.message += ", which the requirements allow, and its own headers are not what it is built with";
    }
  }
  finding.remedy = "lower NPY_TARGET_VERSION to the oldest NumPy to support, or require a newer one";
  findings.push_back(std::move(finding));
}

void deprecated_too_high(const SwitchDefine& define, const SourceQuestion& question, std::vector<Finding>& findings) {
  const std::uint32_t api = question.database.facts_for(question.release).api;
  if (!define.number || !define.undefined.empty() || *define.number <= api) return;
  Finding finding = start(rule::kDeprecatedApi, Severity::kNote, define, question);
  finding.message = "NPY_NO_DEPRECATED_API is " + hex(*define.number) + ", more than the headers of NumPy " +
                    minor_of_release(question.release) + " know (" + hex(api) + ")";
  finding.remedy = "name the version whose deprecations the source is free of";
  findings.push_back(std::move(finding));
}

bool defines(const SourceObservations& seen, std::string_view name) {
  return std::any_of(seen.defines.begin(), seen.defines.end(),
                     [&](const SwitchDefine& define) { return define.name == name; });
}

// The NumPy that the build would install for this Python, which is the newest that it allows, or the oldest that exists
// where it asks for that; empty when there is none.
std::string release_to_build(const TreeQuestion& question, PythonVersion python) {
  const std::vector<std::string>& build = question.tree.requirements.build;
  std::vector<std::string> releases = question.database.releases();
  const bool oldest = is_required(build, "oldest-supported-numpy", marker_environment_for(python, ""));
  if (!oldest) std::reverse(releases.begin(), releases.end());
  for (const std::string& release : releases) {
    if (question.database.exists_for(release, python) && allow(build, release, python).value_or(true)) return release;
  }
  return "";
}

// Without NPY_TARGET_VERSION, the headers that the build takes may choose a newer version than the requirements allow.
void default_too_new(const TreeQuestion& question, TreeFindings& findings) {
  const std::uint32_t api = question.database.facts_for(question.release).api;
  for (const PythonVersion python : pythons_of(question.release, question.database, question.tree.requirements)) {
    if (allow(question.tree.requirements.run, question.release, python) != true) continue;
    const std::string built = release_to_build(question, python);
    if (built.empty()) continue;
    const std::uint32_t target = question.database.target_rules(built).default_target;
    if (target <= api) continue;
    Finding finding;
    finding.rule = rule::kTargetVersion;
    finding.severity = Severity::kNote;
    finding.message = "NPY_TARGET_VERSION is not set: built with the headers of NumPy " + minor_of_release(built) +
                      " for Python " + python.text() + ", a module asks for " + numpy_of(target, question.database) +
                      ", and refuses NumPy " + minor_of_release(question.release) + " (" + hex(api) +
                      "), which the requirements allow";
    finding.remedy = "define NPY_TARGET_VERSION as the oldest NumPy to support, or require a newer one";
    findings.of_tree.push_back(std::move(finding));
    return;
  }
}

}  // namespace

bool is_target_too_high(const SourceDiagnostic& error, const SourceQuestion& question) {
  const std::string message = question.database.target_rules(question.release).above_api;
  if (message.empty()) return false;
  const auto& all = question.seen.diagnostics;
  const auto refusal = std::find_if(all.begin(), all.end(), [&](const SourceDiagnostic& other) {
    return other.text.find(message) != std::string::npos;
  });
  if (refusal == all.end()) return false;
  // What else NumPy's headers say where they are included follows from it.
  return error.place.file == refusal->place.file && error.place.line == refusal->place.line;
}

void version_rule(const SourceQuestion& question, std::vector<Finding>& findings) {
  for (const SwitchDefine& define : question.seen.defines) {
    if (define.name != kTarget && define.name != kNoDeprecated) continue;
    undefined_name(define, question, findings);
    if (define.name == kTarget) target_too_new(define, question, findings);
    if (define.name == kNoDeprecated) deprecated_too_high(define, question, findings);
  }
}

void version_tree_rule(const TreeQuestion& question, TreeFindings& findings) {
  std::size_t users = 0;
  std::size_t open = 0;  // that leave everything deprecated visible
  bool any_target = false;
  for (const ScannedUnit& unit : question.units) {
    for (const auto& [headers, seen] : unit.parsed) {
      if (headers != question.release || seen.tables.empty()) continue;
      ++users;
      open += defines(seen, kNoDeprecated) ? 0 : 1;
      any_target = any_target || defines(seen, kTarget);
    }
  }
  if (users != 0 && !any_target) default_too_new(question, findings);
  if (open == 0) return;
  Finding finding;
  finding.rule = rule::kDeprecatedApi;
  finding.severity = Severity::kNote;
  finding.message = "NPY_NO_DEPRECATED_API is not set in " + std::to_string(open) + " of " + std::to_string(users) +
                    (users == 1 ? " source: " : " sources: ") + "what NumPy deprecates is not noticed";
  finding.remedy = "define NPY_NO_DEPRECATED_API as the version whose deprecations the source is to be free of";
  findings.of_tree.push_back(std::move(finding));
}

}  // namespace abicheck
