#include "rules/rule_table.h"
#include "rules/source_fixes.h"
#include "rules/source_names.h"
#include "rules/source_rules.h"

namespace abicheck {

namespace {

std::string and_removed(const CName& name) {
  return name.removed.empty() ? "" : ", and " + numpy_of(name.removed) + " removed it";
}

// The release since which calling it only raises; empty when it still works here.
std::string disabled_in(const CName& name, const SourceQuestion& question) {
  std::string disabled = question.database.disabled_from(name.name);
  return !disabled.empty() && AbiDatabase::is_from(question.release, disabled) ? disabled : "";
}

bool deprecated_in(const CName& name, const SourceQuestion& question) {
  return !name.deprecated.empty() && AbiDatabase::is_from(question.release, name.deprecated);
}

Finding deprecation(const NameUse& use, const CName& name, const SourceQuestion& question) {
  Finding finding;
  finding.rule = rule::kNameDeprecated;
  finding.severity = Severity::kWarning;
  finding.place = use.place;
  finding.symbol = name.name;
  finding.remedy = remedy_for(name, use.how, question.database);
  if (const std::string disabled = disabled_in(name, question); !disabled.empty()) {
    finding.severity = Severity::kError;
    finding.when = When::kFirstUse;
    finding.message = name.name + " only raises an error since " + numpy_of(disabled) + and_removed(name);
  } else {
    finding.message = name.name + " is deprecated since " + numpy_of(name.deprecated) + and_removed(name);
  }
  return finding;
}

}  // namespace

// Members of NumPy's structures have a rule of their own.
void deprecated_rule(const SourceQuestion& question, std::vector<Finding>& findings) {
  for (const NameUse& use : question.seen.uses) {
    const auto name = question.database.c_name(use.name);
    if (!name || use.guarded || !rule_of_member(use.name).empty()) continue;
    if (!question.database.declares(*name, question.release)) continue;  // an error, told by another rule
    if (loses_writeback(*name, question)) continue;                      // told by another rule
    if (!deprecated_in(*name, question) && disabled_in(*name, question).empty()) continue;
    findings.push_back(deprecation(use, *name, question));
    add_fix(use.place, use.name, question, findings.back());
  }
}

}  // namespace abicheck
