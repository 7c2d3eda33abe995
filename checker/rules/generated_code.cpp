// What the other rules find in code that Cython wrote, brought to the source that it was made of.
#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "rules/cython_rules.h"
#include "rules/rule_table.h"
#include "rules/source_rules.h"

namespace abicheck {

namespace {

// Cython takes care of these itself: it checks results, holds the GIL where objects are touched, and its own rule looks
// at import_array(). How it gets at members is a matter of NumPy's declarations.
constexpr std::string_view kByHand[] = {rule::kImportMissing, rule::kImportNotReached, rule::kImportElsewhere,
                                        rule::kImportIgnored, rule::kImportReturns,    rule::kMemberAccess,
                                        rule::kUnchecked,     rule::kWriteback,        rule::kUnlocked};

// The line of the source that a line of the generated code stands for; 0 when it stands for none.
unsigned line_of_source(const GeneratedCode& code, unsigned line) {
  const auto behind =
      std::upper_bound(code.from.begin(), code.from.end(), line,
                       [](unsigned wanted, const GeneratedLines& lines) { return wanted < lines.begin; });
  if (behind == code.from.begin()) return 0;
  const GeneratedLines& lines = *std::prev(behind);
  return line < lines.end ? lines.line : 0;
}

// Whether the user wrote the name in that line: uses of the source are known by place.
bool is_written(const CythonSource& source, unsigned line, const std::string& symbol) {
  const std::string last = symbol.substr(symbol.rfind('.') + 1);
  const auto there = [&](const auto& use) {
    return use.place.line == line && use.name.substr(use.name.rfind('.') + 1) == last;
  };
  return std::any_of(source.uses.begin(), source.uses.end(), there) ||
         std::any_of(source.own.begin(), source.own.end(), there);
}

std::string how_to_make_anew(const CythonQuestion& q, const GeneratedCode& code) {
  const std::string needed = q.declarations.needed_cython(q.release);
  return "Cython " + code.version + " wrote this for an older NumPy: make it anew with NumPy " +
         minor_of_release(q.release) + " installed" + (needed.empty() ? "" : " and Cython " + needed + " or newer");
}

// False when it is none of the user's.
bool settle(const CythonQuestion& q, Finding& finding) {
  const GeneratedCode& code = *q.unit.generated;
  const bool to_compile = finding.when == When::kBuild && finding.severity == Severity::kError;
  const bool by_hand = std::find(std::begin(kByHand), std::end(kByHand), finding.rule) != std::end(kByHand);
  if (by_hand && !to_compile) return false;
  if (!finding.place || finding.place->file != q.unit.path) return true;
  const unsigned line = line_of_source(code, finding.place->line);
  const bool unparsed = finding.rule == rule::kNotParsed;
  const bool written = line != 0 && q.unit.cython && is_written(*q.unit.cython, line, finding.symbol);
  if (!to_compile && !unparsed && !written) return false;  // advice about it is for Cython
  if (line != 0 && !unparsed) finding.place = SourcePlace{code.source, line, 1};
  finding.fix.clear();  // was meant for the generated line
  if (to_compile && !written) finding.remedy = how_to_make_anew(q, code);
  if (unparsed)
    finding.remedy = "Cython " + code.version +
                     " wrote this: make it anew with a newer one, or name the headers of an older Python behind --";
  return true;
}

// Cython repeats its own mistakes: the first of each is enough where they stand for no line of the source.
void drop_repeated(const ScannedUnit& unit, std::vector<Finding>& findings) {
  std::set<std::pair<std::string, std::string>> seen;
  const auto repeated = [&](const Finding& finding) {
    return finding.place && finding.place->file == unit.path && !seen.emplace(finding.rule, finding.symbol).second;
  };
  findings.erase(std::remove_if(findings.begin(), findings.end(), repeated), findings.end());
}

}  // namespace

void settle_generated(const CythonQuestion& question, std::vector<Finding>& findings) {
  const auto foreign = [&](Finding& finding) { return !settle(question, finding); };
  findings.erase(std::remove_if(findings.begin(), findings.end(), foreign), findings.end());
  drop_repeated(question.unit, findings);
  if (!question.unit.cython) return;
  const ModuleVerdict read = judge_cython(question);
  findings.insert(findings.end(), read.findings.begin(), read.findings.end());
}

}  // namespace abicheck
