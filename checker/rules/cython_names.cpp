// What a Cython source names of NumPy x the declarations that the Cython in question would read.
#include <algorithm>
#include <array>
#include <utility>

#include "rules/cython_rules.h"
#include "rules/rule_table.h"
#include "rules/source_rules.h"

namespace abicheck {

namespace {

// The types that NumPy took out of its declarations were other names for these (numpy/__init__.pxd of NumPy 1.26
// and 1.24).
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kSameTypes{
    {{"int_t", "npy_long"}, {"uint_t", "npy_ulong"}, {"long_t", "npy_longlong"}, {"ulong_t", "npy_ulonglong"}}};

// What the two files of a release say of a name.
struct Declared {
  std::optional<CythonName> classic, cython3;
  bool known = false;           // in some release
  bool missing_before = false;  // for a Cython before 3 that may be used
  bool missing_from = false;    // for a Cython from 3 on that may be used
  bool everywhere = false;      // for each that may be used
};

Declared look_up(const CythonQuestion& q, const std::string& name) {
  Declared found;
  found.classic = q.declarations.find(CythonFile::kClassic, name, q.release);
  found.cython3 = q.declarations.find(CythonFile::kCython3, name, q.release);
  found.known = found.classic || found.cython3;
  // A Cython that cannot read the declarations at all is another rule's.
  const std::string needed = q.declarations.needed_cython(q.release);
  const bool before = q.reading.may_be_before(kCythonThree) && needed != kCythonThree;
  const bool from = q.reading.may_be_from(kCythonThree);
  found.missing_before = before && !(found.classic && found.classic->declared);
  found.missing_from = from && !(found.cython3 && found.cython3->declared);
  found.everywhere = (before || from) && found.missing_before == before && found.missing_from == from;
  return found;
}

const CythonName& told_by(const Declared& found) {
  if (!found.cython3) return *found.classic;
  if (!found.classic) return *found.cython3;
  return found.missing_from || !found.missing_before ? *found.cython3 : *found.classic;
}

bool is_older(const CythonQuestion& q, const std::string& since) {
  return !q.database.is_from(q.release, since);
}

// What certainly stops the build, unless generated code is there, which may be compiled instead.
void set_build_error(const CythonQuestion& q, bool certain, Finding& finding) {
  const bool error = certain && !q.unit.generated;
  finding.severity = error ? Severity::kError : Severity::kWarning;
  finding.when = error ? When::kBuild : When::kNone;
  if (q.unit.generated) finding.message.insert(0, "when the code is made anew: ");
}

std::string replacement_of(const CythonQuestion& q, const std::string& name) {
  for (const auto& [old, same] : kSameTypes) {
    if (old == name) return std::string(same);
  }
  const auto known = q.database.c_name(name);
  return known ? known->replacement : "";
}

void name_finding(const CythonQuestion& q, const CythonUse& use, std::vector<Finding>& findings) {
  const Declared found = look_up(q, use.name);
  if (!found.known || (!found.missing_before && !found.missing_from)) return;
  // Python has a name of its own where the module is imported as well, except where a type is asked for.
  if (use.or_python && use.how != CythonHow::kType && use.how != CythonHow::kCimported) return;
  if (!found.missing_from && !found.everywhere) return;  // there for every Cython of today
  const std::string numpy = "NumPy " + minor_of_release(q.release);
  const CythonName& name = told_by(found);
  Finding finding = finding_at(rule::kCythonName, use.place, use.name);
  finding.message = "numpy." + use.name + " is not in the Cython declarations of " + numpy;
  if (!found.everywhere) finding.message += " that Cython 3 reads";
  if (!name.declared && is_older(q, name.since)) {
    finding.message += ": new in NumPy " + minor_of_release(name.since);
  } else if (!name.declared && !name.removed.empty()) {
    finding.message += ": removed in NumPy " + minor_of_release(name.removed);
  }
  set_build_error(q, found.everywhere, finding);
  const std::string replacement = replacement_of(q, use.name);
  if (!replacement.empty()) finding.remedy = "use " + replacement;
  findings.push_back(std::move(finding));
}

// Declared for Cython, but the C compiler does not find it in the headers of the same release; or deprecated there.
void c_name_finding(const CythonQuestion& q, const std::string& name, const SourcePlace& place,
                    std::vector<Finding>& findings) {
  const auto known = q.database.c_name(name);
  if (!known || known->kind == "type" || known->kind == "member" || known->kind == "header") return;
  const std::string numpy = "NumPy " + minor_of_release(q.release);
  if (!known->removed.empty() && !q.database.declares(*known, q.release) && !is_older(q, known->removed)) {
    Finding finding = finding_at(rule::kNameMissing, place, name);
    finding.message =
        name + " is not in the headers of " + numpy + ": removed in NumPy " + minor_of_release(known->removed);
    set_build_error(q, true, finding);
    if (!known->replacement.empty()) finding.remedy = "use " + known->replacement;
    findings.push_back(std::move(finding));
  } else if (!known->deprecated.empty() && !is_older(q, known->deprecated)) {
    Finding finding = finding_at(rule::kNameDeprecated, place, name);
    finding.severity = Severity::kWarning;
    finding.message = name + " is deprecated since NumPy " + minor_of_release(known->deprecated);
    if (!known->replacement.empty()) finding.remedy = "use " + known->replacement;
    findings.push_back(std::move(finding));
  }
}

// Whether the declarations that may be read have it: no name of Python's numpy, and for older releases any that has
// been.
bool is_read(const CythonQuestion& q, const std::string& name) {
  if (!q.declarations.has(q.release)) return look_up(q, name).known;
  const auto has = [&](CythonFile file) {
    const auto found = q.declarations.find(file, name, q.release);
    return found && found->declared;
  };
  return (q.reading.may_be_before(kCythonThree) && has(CythonFile::kClassic)) ||
         (q.reading.may_be_from(kCythonThree) && has(CythonFile::kCython3));
}

std::string structure_of(const std::string& member) {
  return member.substr(0, member.find('.'));
}

// Properties can be read only.
void assignment_finding(const CythonQuestion& q, const CythonUse& use, std::vector<Finding>& findings) {
  const auto property = q.declarations.find(CythonFile::kCython3, use.name, q.release);
  if (!property || !property->declared || property->kind != "property" || !q.reading.may_be_from(kCythonThree)) return;
  const bool certain = q.reading.stated() && !q.reading.may_be_before(kCythonThree);
  Finding finding = finding_at(rule::kCythonMember, use.place, use.name);
  finding.message =
      "Cython 3 cannot assign to " + use.name + ": NumPy's declarations for it make it a property that is read only";
  finding.remedy = use.name == "ndarray.base"         ? "use numpy.set_array_base()"
                   : use.name.starts_with("ndarray.") ? "make the array of its data, with PyArray_SimpleNewFromData()"
                                                      : "use a function of the C-API that sets it";
  set_build_error(q, certain, finding);
  findings.push_back(std::move(finding));
}

// A structure whose members are not declared: Cython makes a dict of it to look for them.
void lost_member_finding(const CythonQuestion& q, const CythonUse& use, std::vector<Finding>& findings) {
  const Declared structure = look_up(q, structure_of(use.name));
  const Declared member = look_up(q, use.name);
  if (!structure.known || !member.known || !member.everywhere) return;
  const CythonName& type = told_by(structure);
  if (!type.declared || is_older(q, told_by(member).since)) return;
  Finding finding = finding_at(rule::kCythonMember, use.place, use.name);
  const std::string numpy = "NumPy " + minor_of_release(q.release);
  if (type.kind == "type") {
    finding.message = numpy + " declares " + structure_of(use.name) +
                      " to Cython without members: it becomes a dict here, which has no attribute '" +
                      use.name.substr(use.name.find('.') + 1) + "'";
    finding.remedy =
        "use complex types of Cython (double complex, numpy.complex128_t), whose .real and .imag work with every NumPy";
    set_build_error(q, true, finding);
    if (finding.severity == Severity::kError && !use.without_gil) finding.when = When::kFirstUse;
  } else if (use.without_gil) {
    finding.message = use.name + " is no member in the declarations of " + numpy +
                      ", but an attribute of Python, which needs the GIL";
    finding.remedy = "take it before the GIL is released";
    set_build_error(q, true, finding);
  } else {
    return;
  }
  findings.push_back(std::move(finding));
}

// A structure of the headers that the source declares itself.
void own_member_finding(const CythonQuestion& q, const NameUse& use, bool used, std::vector<Finding>& findings) {
  const auto known = q.database.c_name(use.name);
  if (!known || known->kind != "member") return;
  if (is_older(q, known->since) || q.database.declares_by_default(*known, q.release)) return;
  const bool of_target = q.database.declares(*known, q.release);
  Finding finding = finding_at(rule::kCythonMember, use.place, use.name);
  finding.message =
      use.name + ", which is declared here, is not in the headers of NumPy " + minor_of_release(q.release);
  if (of_target)
    finding.message +=
        " unless NPY_TARGET_VERSION asks for NumPy " + q.database.first_release_of_api(known->min_target);
  finding.remedy = "cimport numpy, whose declarations fit its headers";
  if (!known->replacement.empty()) finding.remedy += ", or use " + known->replacement;
  set_build_error(q, used, finding);
  if (!used) finding.severity = Severity::kNote;  // of something untyped, which may be another
  findings.push_back(std::move(finding));
}

}  // namespace

void cython_name_rule(const CythonQuestion& question, std::vector<Finding>& findings) {
  const CythonSource& source = *question.unit.cython;
  for (const CythonUse& use : source.uses) {
    if (use.how == CythonHow::kRead || use.how == CythonHow::kAssigned) continue;
    const std::size_t before = findings.size();
    if (question.declarations.has(question.release)) name_finding(question, use, findings);
    const bool compiled = use.how != CythonHow::kCimported && !question.unit.generated;
    if (findings.size() == before && compiled && is_read(question, use.name))
      c_name_finding(question, use.name, use.place, findings);
  }
  for (const NameUse& use : source.own) {
    if (use.kind != "member" && !question.unit.generated) c_name_finding(question, use.name, use.place, findings);
  }
}

void cython_member_rule(const CythonQuestion& question, std::vector<Finding>& findings) {
  const CythonSource& source = *question.unit.cython;
  for (const CythonUse& use : source.uses) {
    if (!question.declarations.has(question.release)) break;
    if (use.how == CythonHow::kAssigned) assignment_finding(question, use, findings);
    if (use.how == CythonHow::kAssigned || use.how == CythonHow::kRead) lost_member_finding(question, use, findings);
  }
  if (question.unit.generated) return;  // the compiler says it
  for (const NameUse& use : source.own) {
    if (use.kind == "member") own_member_finding(question, use, true, findings);
  }
  for (const NameUse& use : source.declared) own_member_finding(question, use, false, findings);
}

}  // namespace abicheck
