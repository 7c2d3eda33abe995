// Direct access to members of NumPy's structures, where it compiles. What does not compile is an error of the
// compiler's (source_compile.cpp), told by the same rules.
#include <algorithm>

#include "rules/rule_table.h"
#include "rules/source_fixes.h"
#include "rules/source_lines.h"
#include "rules/source_names.h"
#include "rules/source_rules.h"

namespace abicheck {

namespace {

// The first release from which headers do not declare the member, or only for new targets; empty when there is none.
std::string gone_from(const CName& name) {
  if (!name.removed.empty()) return name.removed;
  return name.min_target_since == name.since ? "" : name.min_target_since;
}

// Whether an error of the line is about this member: "no member named 'elsize' in 'struct _PyArray_Descr'", and not
// about another one in it, as in array->descr->elsize.
bool fails(const SourceObservations& seen, const NameUse& use) {
  const std::string field = use.name.substr(use.name.find('.') + 1);
  return std::any_of(seen.diagnostics.begin(), seen.diagnostics.end(), [&](const SourceDiagnostic& error) {
    const bool here = error.place.line == use.place.line && error.place.file == use.place.file;
    const bool names_others = error.text.starts_with("no member named") &&
                              std::find(error.quoted.begin(), error.quoted.end(), field) == error.quoted.end();
    return here && !names_others;
  });
}

// The newest of the NumPys asked for whose headers do not compile it.
std::string fails_with(const NameUse& use, const SourceQuestion& question) {
  std::string newest;
  for (const auto& [headers, seen] : question.unit.parsed) {
    if (!is_asked_for(headers, question) || !fails(seen, use)) continue;
    if (newest.empty() || AbiDatabase::is_from(headers, newest)) newest = headers;
  }
  return newest;
}

std::string done(const NameUse& use) {
  return use.how == "written"   ? " is written directly"
         : use.how == "address" ? "'s address is taken"
                                : " is read directly";
}

Finding member_finding(const NameUse& use, const CName& name, const SourceQuestion& question) {
  Finding finding;
  finding.rule = rule_of_member(name.name);
  finding.severity = Severity::kNote;
  finding.message = name.name + done(use);
  finding.remedy = remedy_for(name, use.how, question.database);
  finding.place = use.place;
  finding.symbol = name.name;
  return finding;
}

std::string conditions(const CName& name, const AbiDatabase& database) {
  if (!name.removed.empty()) return "; " + numpy_of(name.removed) + " removed it";
  return "; from " + numpy_of(name.min_target_since) + " on it is declared only for NPY_TARGET_VERSION " +
         database.first_release_of_api(name.min_target) + " and newer";
}

void judge_member(const NameUse& use, const CName& name, const SourceQuestion& question,
                  std::vector<Finding>& findings) {
  Finding finding = member_finding(use, name, question);
  const std::string failing = fails_with(use, question);
  const std::string gone = gone_from(name);
  const bool deprecated = !name.deprecated.empty() && AbiDatabase::is_from(question.release, name.deprecated);
  if (!failing.empty()) {
    finding.severity = Severity::kWarning;
    finding.message += ", which does not compile with " + numpy_of(failing);
  } else if (deprecated) {
    finding.severity = Severity::kWarning;
    finding.message += ", which is deprecated since " + numpy_of(name.deprecated);
  } else if (!gone.empty()) {
    if (use.guarded && !AbiDatabase::is_from(question.release, gone)) return;
    finding.message += conditions(name, question.database);
  } else if (finding.remedy.empty()) {
    return;
  }
  add_fix(use.place, use.name, question, finding);
  findings.push_back(std::move(finding));
}

}  // namespace

void member_rule(const SourceQuestion& question, std::vector<Finding>& findings) {
  for (const NameUse& use : question.seen.uses) {
    if (use.kind != "member" || rule_of_member(use.name).empty() || fails(question.seen, use)) continue;
    if (const auto name = question.database.c_name(use.name)) judge_member(use, *name, question, findings);
  }
}

// {1.0, 2.0} for a complex number is a structure's list only where it is a structure. Clang takes it for both parts;
// GCC drops the second one with a warning.
void complex_initializer_rule(const SourceQuestion& question, std::vector<Finding>& findings) {
  for (const NameUse& list : question.seen.initializers) {
    const auto real = question.database.c_name(list.name + ".real");
    if (!real || real->removed.empty()) continue;
    const bool here = AbiDatabase::is_from(question.release, real->removed);
    Finding finding;
    finding.rule = rule::kComplexMember;
    finding.severity = here ? Severity::kWarning : Severity::kNote;
    finding.when = here ? When::kFirstUse : When::kNone;
    finding.message = "a list of two numbers for " + list.name + ", which is no structure " +
                      (here ? "in " : "any more from ") + numpy_of(here ? question.release : real->removed) +
                      (here ? "" : " on") + ": GCC takes the first alone, and the imaginary part is 0";
    finding.remedy = "set it with NPY_CSETREAL and NPY_CSETIMAG of numpy/npy_2_complexcompat.h, or with npy_cpack";
    finding.place = list.place;
    finding.symbol = list.name;
    findings.push_back(std::move(finding));
  }
}

// { PyObject_HEAD_INIT(0) &Type, 'V', 'r', '=', 0, 0, sizeof(T), ... }: C compilers warn that there are more values
// than members, drop them, and take the descriptor for the PyArray_DescrProto that PyArray_RegisterDataType() reads.
void descriptor_initializer_rule(const SourceQuestion& question, std::vector<Finding>& findings) {
  const auto last = question.database.c_name("PyArray_Descr.f");
  for (const NameUse& list : question.seen.initializers) {
    if (list.name != "PyArray_Descr" || !last || last->removed.empty() || has_error(question.seen, list.place))
      continue;
    const bool here = AbiDatabase::is_from(question.release, last->removed);
    if (!here && list.guarded) continue;
    Finding finding;
    finding.rule = rule::kMemberAccess;
    finding.severity = here ? Severity::kWarning : Severity::kNote;
    finding.when = here ? When::kFirstUse : When::kNone;
    finding.message = "a descriptor of the source's own, of which " +
                      numpy_of(here ? question.release : last->removed) + (here ? "" : " and newer") +
                      " declares the first members alone: the others are lost";
    finding.remedy = "make it a PyArray_DescrProto, which " + numpy_of(last->removed) +
                     " and newer have for it, and PyArray_Descr for older ones";
    finding.place = list.place;
    finding.symbol = list.name;
    findings.push_back(std::move(finding));
  }
}

}  // namespace abicheck
