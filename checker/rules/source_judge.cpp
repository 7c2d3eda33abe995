#include "rules/source_judge.h"

#include <algorithm>
#include <tuple>

#include "rules/cython_rules.h"
#include "rules/rule_table.h"
#include "rules/source_facts.h"
#include "rules/source_rules.h"

namespace abicheck {

namespace {

constexpr SourceRule kSourceRules[] = {import_call_rule,
                                       version_rule,
                                       compile_rule,
                                       deprecated_rule,
                                       member_rule,
                                       complex_initializer_rule,
                                       descriptor_initializer_rule,
                                       axis_rule,
                                       buffer_rule,
                                       long_rule,
                                       unchecked_rule,
                                       writeback_rule,
                                       unlocked_rule};

constexpr TreeRule kTreeRules[] = {import_rule, version_tree_rule};

Finding not_parsed(std::string message, std::optional<SourcePlace> place) {
  Finding finding;
  finding.rule = rule::kNotParsed;
  finding.severity = Severity::kWarning;
  finding.message = std::move(message);
  finding.remedy = "give the compiler's arguments behind --, or a compile_commands.json with -p";
  finding.place = std::move(place);
  return finding;
}

void sort_by_place(std::vector<Finding>& findings) {
  const auto key = [](const Finding& f) { return std::tie(f.place, f.rule, f.symbol, f.message); };
  std::stable_sort(findings.begin(), findings.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  findings.erase(
      std::unique(findings.begin(), findings.end(), [&](const auto& a, const auto& b) { return key(a) == key(b); }),
      findings.end());
}

ModuleVerdict judge_unit(const SourceQuestion& question, const CythonDeclarations& declarations,
                         std::vector<Finding> findings) {
  ModuleVerdict verdict{Verdict::kCompatible, std::move(findings)};
  for (const SourceRule rule : kSourceRules) rule(question, verdict.findings);
  if (const SourceDiagnostic* error = foreign_error(question)) {
    verdict.verdict = Verdict::kUnknown;
    verdict.findings.push_back(not_parsed("it could not be parsed: " + error->text, error->place));
  }
  if (question.unit.generated)
    settle_generated({question.database, declarations, question.release, question.unit}, verdict.findings);
  const bool failing = std::any_of(verdict.findings.begin(), verdict.findings.end(),
                                   [](const Finding& finding) { return finding.severity == Severity::kError; });
  if (failing) verdict.verdict = Verdict::kIncompatible;
  sort_by_place(verdict.findings);
  return verdict;
}

// Of a Cython source the names are those of NumPy's Cython declarations.
void start_cython_report(const CythonSource& source, SourceReport& report) {
  report.uses_numpy = true;
  report.facts.imports = source.imports;
  for (const CythonUse& use : source.uses)
    report.facts.uses.push_back({use.place, "numpy." + use.name, "cython", use.function});
  report.facts.uses.insert(report.facts.uses.end(), source.own.begin(), source.own.end());
}

SourceReport start_report(const AbiDatabase& database, const ScannedUnit& unit, const std::vector<std::string>& asked) {
  SourceReport report;
  report.path = unit.path;
  if (unit.generated || unit.cython) report.generator = "cython";
  if (unit.generated) report.generator_version = unit.generated->version;
  if (unit.cython && !unit.generated) start_cython_report(*unit.cython, report);
  if (unit.parsed.empty()) return report;
  report.facts = facts_of_unit(database, unit, asked);
  report.uses_numpy = !report.facts.uses.empty();
  return report;
}

void add_unless_said(const Finding& finding, std::vector<Finding>& findings) {
  const bool said = std::any_of(findings.begin(), findings.end(), [&](const Finding& other) {
    return other.rule == finding.rule && other.message == finding.message;
  });
  if (!said) findings.push_back(finding);
}

}  // namespace

const std::string& headers_of_target(const Target& target) {
  return target.releases.back();
}

void judge_sources(const AbiDatabase& database, const std::vector<Target>& targets, const SourceTree& tree,
                   const std::vector<ScannedUnit>& units, FileReport& file) {
  const CythonDeclarations declarations = CythonDeclarations::embedded();
  std::vector<std::string> asked;
  asked.reserve(targets.size());
  for (const Target& target : targets) asked.push_back(headers_of_target(target));
  for (const ScannedUnit& unit : units) file.sources.push_back(start_report(database, unit, asked));
  for (const Target& target : targets) {
    const std::string& headers = headers_of_target(target);
    TreeFindings found{std::vector<std::vector<Finding>>(units.size()), {}};
    for (const TreeRule rule : kTreeRules) rule({database, headers, units, tree}, found);
    for (const Finding& finding : found.of_tree) add_unless_said(finding, file.findings);
    Verdict worst = Verdict::kCompatible;
    for (std::size_t i = 0; i < units.size(); ++i) {
      const ScannedUnit& unit = units[i];
      const SourceObservations* seen = unit.parsed_with(headers);
      ModuleVerdict verdict{Verdict::kUnknown, {}};
      if (unit.cython && !unit.generated) {
        verdict = judge_cython({database, declarations, headers, unit});
        sort_by_place(verdict.findings);
      } else if (seen != nullptr) {
        verdict =
            judge_unit({database, headers, units, unit, *seen, asked, tree}, declarations, std::move(found.of_unit[i]));
      } else {
        verdict.findings.push_back(not_parsed(unit.failure, std::nullopt));
      }
      worst = worse(worst, verdict.verdict);
      file.sources[i].verdicts.emplace_back(target.key, std::move(verdict));
    }
    file.verdicts.emplace_back(target.key, worst);
  }
  file.supported_numpy = supported_by_sources(database, file);
}

}  // namespace abicheck
