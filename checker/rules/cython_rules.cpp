#include "rules/cython_rules.h"

#include <algorithm>

#include "rules/rule_table.h"
#include "rules/source_rules.h"

namespace abicheck {

namespace {

bool is_module(const ScannedUnit& unit) {
  return unit.path.ends_with(".pyx") || (unit.generated && !unit.generated->source.empty());
}

// The first use of a function that reads the table of this kind.
struct TableUse {
  SourcePlace place;
  std::string name;
  bool called;  // from Python, or when the module is loaded
};
std::optional<TableUse> use_of_table(const CythonQuestion& q, const std::string& kind) {
  const CythonSource& source = *q.unit.cython;
  std::optional<TableUse> found;
  const auto note = [&](const SourcePlace& place, const std::string& name, const std::string& function) {
    const bool called = source.only_c.count(function) == 0;
    if (found && (found->called || !called)) return;
    const auto known = q.declarations.find(CythonFile::kClassic, name, q.release);
    const bool reads = known ? known->kind == kind : q.database.is_slot(kind == "ufunc_api", name);
    if (reads) found = TableUse{place, name, called};
  };
  for (const CythonUse& use : source.uses) {
    if (use.how == CythonHow::kCalled || (use.how == CythonHow::kValue && !use.or_python))
      note(use.place, use.name, use.function);
  }
  for (const NameUse& use : source.own) {
    if (use.kind == "function") note(use.place, use.name, use.function);
  }
  return found;
}

bool is_imported(const CythonSource& source, bool array) {
  return std::any_of(source.imports.begin(), source.imports.end(), [&](const ImportCall& call) {
    const bool of_ufuncs = call.name.find("umath") != std::string::npos ||
                           call.name.find("ufunc") != std::string::npos || call.name.find("UFunc") != std::string::npos;
    return of_ufuncs != array;
  });
}

// Cython 3 calls import_array() by itself where the source cimports numpy, and nothing else.
std::optional<Finding> array_import(const CythonQuestion& q) {
  const CythonSource& source = *q.unit.cython;
  const auto use = use_of_table(q, "array_api");
  if (!use || is_imported(source, true)) return std::nullopt;
  const bool helped = !source.cimport.file.empty();
  if (helped && !q.writing.may_be_before(kCythonThree)) return std::nullopt;
  const bool known = !helped || (q.writing.stated() && !q.writing.may_be_from(kCythonThree));
  const bool certain = known && use->called;
  Finding finding = finding_at(rule::kCythonImportMissing, use->place, use->name,
                               certain ? Severity::kError : Severity::kWarning, certain ? When::kCrash : When::kNone);
  const std::string crash = use->name + " needs the table that import_array() fills, which is not called: ";
  if (!use->called && known) {
    finding.message = crash + "Python crashes when this is called";
  } else if (!helped) {
    finding.message =
        crash + "Python crashes here, also with Cython 3, which calls it only where the .pyx cimports numpy";
  } else if (certain) {
    finding.message = crash + "Python crashes here, since " + q.writing.said();
  } else {
    finding.message = crash + "Python crashes here if the module is made with Cython older than 3";
  }
  finding.remedy = "call numpy.import_array() at the module's top level, behind `cimport numpy`";
  return finding;
}

// No Cython does the same for ufuncs.
std::optional<Finding> ufunc_import(const CythonQuestion& q) {
  const auto use = use_of_table(q, "ufunc_api");
  if (!use || is_imported(*q.unit.cython, false)) return std::nullopt;
  Finding finding =
      finding_at(rule::kCythonImportMissing, use->place, use->name, use->called ? Severity::kError : Severity::kWarning,
                 use->called ? When::kCrash : When::kNone);
  finding.message = use->name + " needs the table that import_ufunc() fills, which is not called: Python crashes " +
                    (use->called ? "here" : "when this is called");
  finding.remedy = "call numpy.import_ufunc() at the module's top level";
  return finding;
}

}  // namespace

CythonQuestion::CythonQuestion(const AbiDatabase& numpy, const CythonDeclarations& cython, const std::string& target,
                               const ScannedUnit& scanned)
    : database(numpy),
      declarations(cython),
      release(target),
      unit(scanned),
      reading(KnownCython::asked_for(scanned.cython_requirements)),
      writing(scanned.generated ? KnownCython::exactly(scanned.generated->version) : reading) {}

void cython_import_rule(const CythonQuestion& question, std::vector<Finding>& findings) {
  if (!is_module(question.unit) || question.unit.cython->shares_table) return;
  if (auto finding = array_import(question)) findings.push_back(std::move(*finding));
  if (auto finding = ufunc_import(question)) findings.push_back(std::move(*finding));
}

void cython_version_rule(const CythonQuestion& question, std::vector<Finding>& findings) {
  const CythonSource& source = *question.unit.cython;
  const std::string needed = question.declarations.needed_cython(question.release);
  if (source.cimport.file.empty() || needed.empty() || !question.reading.stated()) return;
  const auto& asked = question.unit.cython_requirements;
  const bool any = std::all_of(asked.begin(), asked.end(), [](const auto& one) { return one.specifier.empty(); });
  if (any || !question.reading.may_be_before(needed)) return;  // of any version the newest is installed
  const bool certain = !question.reading.may_be_from(needed);
  const bool written = question.unit.generated.has_value();  // and may be compiled as it is
  const Severity severity = !certain ? Severity::kNote : written ? Severity::kWarning : Severity::kError;
  Finding finding = finding_at(rule::kCythonTooOld, source.cimport, "numpy", severity,
                               certain && !written ? When::kBuild : When::kNone);
  finding.message = "NumPy " + minor_of_release(question.release) + "'s declarations need Cython " + needed +
                    " or newer, and " + question.reading.said();
  finding.remedy = "ask for cython>=" + needed + " in build-system.requires";
  findings.push_back(std::move(finding));
}

ModuleVerdict judge_cython(const CythonQuestion& question) {
  ModuleVerdict verdict;
  for (const auto rule : {cython_import_rule, cython_name_rule, cython_member_rule, cython_version_rule})
    rule(question, verdict.findings);
  const CythonSource& source = *question.unit.cython;
  if (!source.problem.empty()) {
    Finding finding = finding_at(rule::kNotParsed, source.problem_place, "", Severity::kWarning, When::kNone);
    finding.message = "it could not be read whole: " + source.problem;
    finding.remedy = "put the file there that a build would make, or scan a tree that was built";
    verdict.verdict = Verdict::kUnknown;
    verdict.findings.push_back(std::move(finding));
  }
  const bool failing = std::any_of(verdict.findings.begin(), verdict.findings.end(),
                                   [](const Finding& finding) { return finding.severity == Severity::kError; });
  if (failing) verdict.verdict = Verdict::kIncompatible;
  return verdict;
}

}  // namespace abicheck
