#include "rules/cython_rules.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "rules/rule_table.h"

namespace abicheck {
namespace {

// A module.pyx that cimports numpy, in a project that asks for this Cython ("?": says nothing).
ScannedUnit module_of(const std::string& cython) {
  ScannedUnit unit;
  unit.path = "m.pyx";
  unit.cython.emplace();
  unit.cython->cimport = {"m.pyx", 1, 1};
  if (cython != "?") unit.cython_requirements = {{{"pyproject.toml", 2, 13}, cython}};
  return unit;
}

CythonUse use_of(const std::string& name, CythonHow how = CythonHow::kValue) {
  CythonUse use;
  use.place = {"m.pyx", 3, 5};
  use.name = name;
  use.how = how;
  return use;
}

ModuleVerdict judged(const ScannedUnit& unit, const std::string& release) {
  static const AbiDatabase database = AbiDatabase::embedded();
  static const CythonDeclarations declarations = CythonDeclarations::embedded();
  return judge_cython({database, declarations, release, unit});
}

// "NPY461 error build", one a line.
std::string found(const ScannedUnit& unit, const std::string& release) {
  std::string out;
  for (const Finding& finding : judged(unit, release).findings) {
    out += finding.rule + " " + std::string(severity_name(finding.severity));
    if (finding.when != When::kNone) out += " " + std::string(when_name(finding.when));
    out += "\n";
  }
  return out;
}
std::string found(const CythonUse& use, const std::string& release, const std::string& cython = "?") {
  ScannedUnit unit = module_of(cython);
  unit.cython->imports.push_back({{"m.pyx", 2, 1}, "import_array", "", "", false});
  unit.cython->uses = {use};
  return found(unit, release);
}

TEST_CASE("NPY460: import_array() is missing") {
  const auto missing = [](const std::string& cython, bool cimported, const std::string& function = "f") {
    ScannedUnit unit = module_of(cython);
    if (!cimported) unit.cython->cimport = {};
    unit.cython->uses = {use_of("PyArray_SimpleNew", CythonHow::kCalled)};
    unit.cython->uses[0].function = function;
    unit.cython->only_c = {"c_only"};
    return found(unit, "1.26.4");
  };
  CHECK(missing("<3", true) == "NPY460 error crash\n");
  CHECK(missing(">=3", true).empty());
  CHECK(missing("?", true) == "NPY460 warning\n");
  CHECK(missing(">=0.29", true) == "NPY460 warning\n");
  CHECK(missing(">=3", false) == "NPY460 error crash\n");
  CHECK(missing("<3", true, "c_only") == "NPY460 warning\n");
  CHECK(found(use_of("PyArray_SimpleNew", CythonHow::kCalled), "1.26.4", "<3").empty());  // it is called
  ScannedUnit macro = module_of("<3");
  macro.cython->uses = {use_of("PyArray_DATA", CythonHow::kCalled), use_of("ndarray", CythonHow::kType)};
  CHECK(found(macro, "1.26.4").empty());
  ScannedUnit shared = module_of("<3");
  shared.cython->uses = {use_of("PyArray_SimpleNew", CythonHow::kCalled)};
  shared.cython->shares_table = true;
  CHECK(found(shared, "1.26.4").empty());
  shared.cython->shares_table = false;
  shared.path = "m.pxd";  // is no module
  CHECK(found(shared, "1.26.4").empty());
}

TEST_CASE("NPY460: the table of ufuncs, which no Cython fills") {
  ScannedUnit unit = module_of(">=3");
  unit.cython->uses = {use_of("PyUFunc_FromFuncAndData", CythonHow::kCalled)};
  unit.cython->imports = {{{"m.pyx", 2, 1}, "import_array", "", "", false}};
  CHECK(found(unit, "2.0.2") == "NPY460 error crash\n");
  unit.cython->imports[0].name = "import_umath";
  CHECK(found(unit, "2.0.2").empty());
}

TEST_CASE("NPY460: functions that the source declares itself") {
  ScannedUnit unit = module_of(">=3");
  unit.cython->cimport = {};
  unit.cython->own = {{{"m.pyx", 4, 1}, "PyArray_FromAny", "function", "f"}};
  CHECK(found(unit, "2.0.2") == "NPY460 error crash\n");
  unit.cython->own[0].name = "PyArray_DIMS";
  CHECK(found(unit, "2.0.2").empty());
}

TEST_CASE("NPY461: names of other releases") {
  CHECK(found(use_of("int_t", CythonHow::kType), "1.26.4").empty());
  CHECK(found(use_of("int_t", CythonHow::kType), "2.0.2") == "NPY461 error build\n");
  CHECK(found(use_of("int_t", CythonHow::kCimported), "2.0.2") == "NPY461 error build\n");
  CHECK(found(use_of("long_t", CythonHow::kType), "1.25.0") == "NPY461 error build\n");
  CHECK(found(use_of("NPY_DEFAULT_INT"), "1.26.4") == "NPY461 error build\n");
  CHECK(found(use_of("no_name_of_numpy"), "2.0.2").empty());
  CHECK(found(use_of("int_t", CythonHow::kType), "1.18.5").empty());  // Cython's own declarations
  CythonUse python = use_of("int_t");
  python.or_python = true;
  CHECK(found(python, "2.0.2").empty());
  python.how = CythonHow::kType;
  CHECK(found(python, "2.0.2") == "NPY461 error build\n");
}

TEST_CASE("NPY461: names that only one of the two files has") {
  CHECK(found(use_of("Py_intptr_t", CythonHow::kType), "2.0.2", "?") == "NPY461 warning\n");
  CHECK(found(use_of("Py_intptr_t", CythonHow::kType), "2.0.2", ">=3") == "NPY461 error build\n");
  CHECK(found(use_of("Py_intptr_t", CythonHow::kType), "2.0.2", ">=0.29.31,<3").empty());
}

TEST_CASE("NPY410 and NPY412: what the headers of the same release say of a name") {
  CHECK(found(use_of("PyArray_XDECREF_ERR", CythonHow::kCalled), "1.22.4") == "NPY412 warning\n");
  CHECK(found(use_of("PyArray_XDECREF_ERR", CythonHow::kCalled), "1.24.4") == "NPY410 error build\n");
  CHECK(found(use_of("NPY_OWNDATA", CythonHow::kCimported), "1.26.4").empty());  // is said where it is used
}

TEST_CASE("NPY462: members") {
  CHECK(found(use_of("ndarray.data", CythonHow::kRead), "2.0.2", ">=3").empty());
  CHECK(found(use_of("ndarray.data", CythonHow::kAssigned), "2.0.2", ">=3") == "NPY462 error build\n");
  CHECK(found(use_of("ndarray.data", CythonHow::kAssigned), "2.0.2") == "NPY462 warning\n");
  CHECK(found(use_of("ndarray.data", CythonHow::kAssigned), "2.0.2", ">=0.29.31,<3").empty());
  CHECK(found(use_of("dtype.itemsize", CythonHow::kAssigned), "1.26.4", ">=3").empty());
  CHECK(found(use_of("npy_cdouble.real", CythonHow::kRead), "1.26.4").empty());
  CHECK(found(use_of("npy_cdouble.real", CythonHow::kRead), "2.0.2") == "NPY462 error first_use\n");
  CHECK(found(use_of("complex128_t.real", CythonHow::kRead), "2.0.2").empty());
  CHECK(found(use_of("dtype.itemsize", CythonHow::kRead), "2.0.2", ">=0.29.31,<3").empty());  // Python's attribute
  CythonUse without_gil = use_of("dtype.itemsize", CythonHow::kRead);
  without_gil.without_gil = true;
  CHECK(found(without_gil, "2.0.2", ">=0.29.31,<3") == "NPY462 error build\n");
  CHECK(found(without_gil, "2.0.2", ">=3").empty());
}

TEST_CASE("NPY462: members that the source declares itself") {
  ScannedUnit unit = module_of("?");
  unit.cython->own = {{{"m.pyx", 4, 1}, "PyArray_Descr.elsize", "member", ""}};
  CHECK(found(unit, "1.26.4").empty());
  CHECK(found(unit, "2.0.2") == "NPY462 error build\n");
  unit.cython->own[0].name = "PyArray_Descr.type_num";
  CHECK(found(unit, "2.0.2").empty());
  unit.cython->declared = {{{"m.pyx", 4, 1}, "PyArray_Descr.names", "member", ""}};
  CHECK(found(unit, "2.0.2") == "NPY462 note\n");
}

TEST_CASE("NPY463: a Cython that cannot read the declarations") {
  CHECK(found(module_of("<3"), "1.26.4").empty());
  CHECK(found(module_of("==0.29.24"), "2.0.2") == "NPY463 error build\n");
  CHECK(found(module_of("<3"), "2.0.2") == "NPY463 note\n");
  CHECK(found(module_of("<3"), "2.5.0") == "NPY463 error build\n");
  CHECK(found(module_of(">=0.29"), "2.5.0") == "NPY463 note\n");
  CHECK(found(module_of(">=3"), "2.5.0").empty());
  CHECK(found(module_of(""), "2.5.0").empty());
  CHECK(found(module_of("?"), "2.5.0").empty());
}

TEST_CASE("verdicts") {
  CHECK(judged(module_of("<3"), "2.0.2").verdict == Verdict::kCompatible);
  CHECK(judged(module_of("<3"), "2.5.0").verdict == Verdict::kIncompatible);
  ScannedUnit unread = module_of("?");
  unread.cython->problem = "a string does not end";
  CHECK(judged(unread, "2.0.2").verdict == Verdict::kUnknown);
}

// Line 10 of the generated file is line 3 of the source.
std::vector<Finding> settled(Finding finding, bool written = false) {
  static const AbiDatabase database = AbiDatabase::embedded();
  static const CythonDeclarations declarations = CythonDeclarations::embedded();
  static const std::string release = "2.0.2";
  ScannedUnit unit = module_of("?");
  unit.path = "m.c";
  unit.generated = GeneratedCode{"0.29.21", "m.pyx", {{10, 12, 3}}};
  unit.cython->imports.push_back({{"m.pyx", 2, 1}, "import_array", "", "", false});
  if (written) unit.cython->own = {{{"m.pyx", 3, 1}, finding.symbol, "member", ""}};
  std::vector<Finding> findings{finding, std::move(finding)};
  settle_generated({database, declarations, release, unit}, findings);
  return findings;
}

Finding in_code(std::string_view rule, unsigned line) {
  Finding finding;
  finding.rule = rule;
  finding.when = rule == rule::kNameMissing ? When::kBuild : When::kNone;
  finding.place = SourcePlace{"m.c", line, 7};
  finding.symbol = "PyArray_Descr.elsize";
  finding.remedy = "use PyDataType_ELSIZE";
  return finding;
}

TEST_CASE("findings in generated code") {
  const auto mapped = settled(in_code(rule::kNameMissing, 11), true);
  REQUIRE(!mapped.empty());
  CHECK(mapped[0].place->file == "m.pyx");
  CHECK(mapped[0].place->line == 3);
  CHECK(mapped[0].remedy == "use PyDataType_ELSIZE");
  const auto by_cython = settled(in_code(rule::kNameMissing, 11));
  CHECK(by_cython[0].place->file == "m.pyx");
  CHECK(by_cython[0].remedy.find("make it anew with NumPy 2.0 installed and Cython 0.29.31 or newer") !=
        std::string::npos);
  const auto boilerplate = settled(in_code(rule::kNameMissing, 12));
  REQUIRE(boilerplate.size() == 1);  // the same again is not said
  CHECK(boilerplate[0].place->file == "m.c");
  CHECK(boilerplate[0].place->line == 12);
  CHECK(settled(in_code(rule::kNameDeprecated, 5)).empty());
  CHECK(settled(in_code(rule::kImportMissing, 11), true).empty());
  CHECK(settled(in_code(rule::kMemberAccess, 11), true).empty());
  CHECK(settled(in_code(rule::kNotParsed, 11))[0].place->file == "m.c");
}

}  // namespace
}  // namespace abicheck
