// The rules of names, members, constants, arrays and threads: pure functions of what one unit shows.
#include <doctest/doctest.h>

#include "rules/rule_table.h"
#include "rules/source_names.h"
#include "rules/source_rules.h"
#include "unit/rules/known_numpy.h"

using namespace abicheck;

namespace {

// One unit, parsed with the headers of several NumPys that were all asked for.
struct Scene {
  std::vector<ScannedUnit> units{ScannedUnit{"a.c", {}, ""}};
  std::vector<std::string> asked;
  SourceTree tree;

  SourceObservations& add(const std::string& release) {
    asked.push_back(release);
    return units[0].parsed.emplace_back(release, SourceObservations{}).second;
  }

  std::vector<Finding> run(SourceRule rule, const std::string& release) const {
    std::vector<Finding> findings;
    for (const auto& [headers, seen] : units[0].parsed) {
      if (headers == release) rule({database(), release, units, units[0], seen, asked, tree}, findings);
    }
    return findings;
  }
};

NameUse use(const std::string& name, const std::string& kind, unsigned line, unsigned column,
            const std::string& how = "") {
  return {{"a.c", line, column}, name, kind, "f", how};
}

SourceDiagnostic error(unsigned line, unsigned column, const std::string& text, std::vector<std::string> quoted) {
  return {{"a.c", line, column}, "error", text, std::move(quoted)};
}

}  // namespace

TEST_CASE("a mistake in the line does not hide what NumPy took away") {
  const SourceDiagnostic own = error(4, 3, "use of undeclared identifier 'mine'", {"mine"});
  const SourceDiagnostic elsize =
      error(4, 20, "no member named 'elsize' in 'struct _PyArray_Descr'", {"elsize", "struct _PyArray_Descr"});
  Scene scene;
  SourceObservations& one = scene.add("1.26.4");
  one.diagnostics = {own};
  SourceObservations& two = scene.add("2.0.2");
  two.diagnostics = {own, elsize};
  const auto findings = scene.run(compile_rule, "2.0.2");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].symbol == "PyArray_Descr.elsize");
  CHECK(scene.run(compile_rule, "1.26.4").empty());
  // Where it is an error with every NumPy it is nobody's but the user's.
  scene.units[0].parsed[0].second.diagnostics = {own, elsize};
  CHECK(scene.run(compile_rule, "2.0.2").empty());
}

TEST_CASE("a call of what is declared for newer targets only") {
  const std::string name = "NpyString_release_allocator";
  SourceDiagnostic call = error(4, 3, "call to undeclared function '" + name + "'", {name});
  call.is_only_a_warning = true;
  Scene scene;
  scene.add("2.0.2").diagnostics = {call};
  const auto findings = scene.run(compile_rule, "2.0.2");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].rule == rule::kNameMissing);
  CHECK(findings[0].severity == Severity::kError);
  CHECK(findings[0].message.find("only for NPY_TARGET_VERSION 2.0") != std::string::npos);
  CHECK(findings[0].remedy == "define NPY_TARGET_VERSION as NPY_2_0_API_VERSION, and require NumPy 2.0 to run it");

  SUBCASE("a function of the same name is in the tree") {
    ScannedUnit other{"b.c", {{"2.0.2", SourceObservations{}}}, ""};
    other.parsed[0].second.nodes.push_back({name, {}});
    scene.units.push_back(other);
    CHECK(scene.run(compile_rule, "2.0.2").empty());
  }
  SUBCASE("text that another file includes") {
    ScannedUnit other{"b.c", {{"2.0.2", SourceObservations{}}}, ""};
    other.parsed[0].second.included_sources = {"a.c"};
    scene.units.push_back(other);
    CHECK(scene.run(compile_rule, "2.0.2").empty());
  }
  SUBCASE("text that does not compile by itself, and includes nothing of NumPy's") {
    scene.units[0].parsed[0].second.diagnostics.push_back(error(1, 1, "unknown type name 'PyObject'", {"PyObject"}));
    CHECK(scene.run(compile_rule, "2.0.2").empty());
  }
  SUBCASE("a header that may declare it is missing") {
    scene.units[0].parsed[0].second.diagnostics.push_back(error(1, 1, "'compat.h' file not found", {"compat.h"}));
    CHECK(scene.run(compile_rule, "2.0.2").empty());
  }
  SUBCASE("a function that is not NumPy's") {
    SourceDiagnostic other = error(4, 3, "call to undeclared function 'other'", {"other"});
    scene.units[0].parsed[0].second.diagnostics = {other};
    CHECK(scene.run(compile_rule, "2.0.2").empty());
  }
}

TEST_CASE("what stands at the place of an error gives it its name") {
  Scene scene;
  scene.add("1.26.4").uses = {use("npy_cdouble.real", "member", 3, 12, "read"), use("npy_cdouble", "type", 3, 1),
                              use("PyArray_Descr.elsize", "member", 4, 20, "read")};
  SourceObservations& two = scene.add("2.0.2");
  // The complaint is at the dot; the type is quoted, the member is not.
  two.diagnostics = {
      error(3, 11,
            "member reference base type 'npy_cdouble' (aka '_Complex double') is not a structure or "
            "union",
            {"npy_cdouble", "_Complex double"}),
      error(4, 20, "no member named 'elsize' in 'struct _PyArray_Descr'", {"elsize", "struct _PyArray_Descr"})};
  const auto findings = scene.run(compile_rule, "2.0.2");
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].rule == rule::kComplexMember);
  CHECK(findings[0].symbol == "npy_cdouble.real");
  CHECK(findings[0].place == SourcePlace{"a.c", 3, 12});  // where a warning for other NumPys has it
  CHECK(findings[0].severity == Severity::kError);
  CHECK(findings[0].remedy == "use npy_creal");
  CHECK(findings[1].rule == rule::kMemberAccess);
  CHECK(findings[1].symbol == "PyArray_Descr.elsize");
  CHECK(findings[1].remedy.find("use PyDataType_ELSIZE or PyArray_ITEMSIZE") == 0);
  CHECK(findings[1].remedy.find("npy_2_compat.h") != std::string::npos);
}

TEST_CASE("of two names in one line the error is about the one that it quotes") {
  Scene scene;
  scene.add("1.26.4").uses = {use("PyArray_MAX", "macro", 3, 10), use("NPY_MIN", "macro", 3, 30)};
  scene.add("2.0.2").diagnostics = {error(3, 10, "call to undeclared function 'PyArray_MAX'", {"PyArray_MAX"}),
                                    error(3, 30, "call to undeclared function 'NPY_MIN'", {"NPY_MIN"})};
  const auto findings = scene.run(compile_rule, "2.0.2");
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].symbol == "PyArray_MAX");
  CHECK(findings[0].place->column == 10);
  CHECK(findings[0].message.find("is declared in numpy/npy_math.h since NumPy 2.0") != std::string::npos);
  CHECK(findings[0].remedy == "include numpy/npy_math.h");
  CHECK(findings[1].symbol == "NPY_MIN");
  CHECK(findings[1].remedy == "use PyArray_MIN");
}

TEST_CASE("what is written has another remedy than what is read") {
  Scene scene;
  scene.add("1.26.4").uses = {use("npy_cfloat.imag", "member", 3, 5, "written"),
                              use("PyArray_Descr.elsize", "member", 4, 5, "written"),
                              use("PyArray_Descr.elsize", "member", 5, 5, "own")};
  scene.add("2.0.2").diagnostics = {error(3, 5, "no member", {}), error(4, 5, "no member", {}),
                                    error(5, 5, "no member", {})};
  const auto findings = scene.run(compile_rule, "2.0.2");
  REQUIRE(findings.size() == 3);
  CHECK(findings[0].remedy.find("use NPY_CSETIMAGF") == 0);
  CHECK(findings[1].remedy.find("use PyDataType_SET_ELSIZE") == 0);
  CHECK(findings[2].remedy == "make it a PyArray_DescrProto");
}

TEST_CASE("a member that compiles here: how loud depends on the other NumPys") {
  const NameUse elsize = use("PyArray_Descr.elsize", "member", 4, 5, "read");
  SUBCASE("alone it is advice") {
    Scene scene;
    scene.add("1.26.4").uses = {elsize};
    const auto findings = scene.run(member_rule, "1.26.4");
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].rule == rule::kMemberAccess);
    CHECK(findings[0].severity == Severity::kNote);
  }
  SUBCASE("and silent where the source asks for the version") {
    Scene scene;
    scene.add("1.26.4").uses = {elsize};
    scene.units[0].parsed[0].second.uses[0].guarded = true;
    CHECK(scene.run(member_rule, "1.26.4").empty());
  }
  SUBCASE("of array->descr->elsize only the last fails") {
    Scene scene;
    scene.add("1.26.4").uses = {use("PyArrayObject.descr", "member", 4, 1, "read"), elsize};
    scene.add("2.0.2").diagnostics = {
        error(4, 5, "no member named 'elsize' in 'struct _PyArray_Descr'", {"elsize", "struct _PyArray_Descr"})};
    const auto findings = scene.run(member_rule, "1.26.4");
    REQUIRE(findings.size() == 2);
    CHECK(findings[0].message.find("does not compile") == std::string::npos);
    CHECK(findings[1].message.find("does not compile with NumPy 2.0") != std::string::npos);
  }
  SUBCASE("a warning where another NumPy that was asked for fails") {
    Scene scene;
    scene.add("1.26.4").uses = {elsize};
    scene.add("2.0.2").diagnostics = {error(4, 5, "no member", {})};
    const auto findings = scene.run(member_rule, "1.26.4");
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].severity == Severity::kWarning);
    CHECK(findings[0].message.find("does not compile with NumPy 2.0") != std::string::npos);
    CHECK(scene.run(member_rule, "2.0.2").empty());
  }
  SUBCASE("deprecated ones, and those behind them") {
    Scene scene;
    scene.add("2.5.1").uses = {
        use("PyArrayObject.data", "member", 1, 1, "read"), use("PyArrayObject_fields.data", "member", 2, 1, "read"),
        use("PyArray_Descr.type_num", "member", 3, 1, "read"), use("PyUFuncObject.nin", "member", 4, 1, "read")};
    const auto findings = scene.run(member_rule, "2.5.1");
    REQUIRE(findings.size() == 2);
    CHECK(findings[0].severity == Severity::kWarning);
    CHECK(findings[1].severity == Severity::kNote);
    CHECK(findings[1].remedy == "use PyArray_DATA or PyArray_BYTES");
  }
}

TEST_CASE("deprecated names, and functions that only raise") {
  Scene scene;
  scene.add("1.26.4").uses = {use("NPY_CONTIGUOUS", "macro", 1, 1), use("PyArray_FromDims", "macro", 2, 1),
                              use("PyArrayObject.data", "member", 3, 1), use("NPY_ARRAY_INOUT_ARRAY", "macro", 4, 1),
                              use("PyArray_DATA", "macro", 5, 1)};
  scene.add("1.6.2").uses = {use("NPY_CONTIGUOUS", "macro", 1, 1)};
  const auto findings = scene.run(deprecated_rule, "1.26.4");
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].message == "NPY_CONTIGUOUS is deprecated since NumPy 1.7, and NumPy 2.3 removed it");
  CHECK(findings[0].severity == Severity::kWarning);
  CHECK(findings[0].remedy == "use NPY_ARRAY_C_CONTIGUOUS");
  CHECK(findings[1].severity == Severity::kError);
  CHECK(findings[1].when == When::kFirstUse);
  CHECK(scene.run(deprecated_rule, "1.6.2").empty());
}

TEST_CASE("NPY_MAXDIMS as an axis") {
  Scene scene;
  for (const char* release : {"1.26.4", "2.0.2"}) {
    scene.add(release).constants = {{{"a.c", 1, 1}, "NPY_MAXDIMS", "argument", {{"PyArray_Mean", 1}}, "f"},
                                    {{"a.c", 2, 1}, "NPY_MAXDIMS", "argument", {{"PyArray_Mean", 2}}, "f"},  // no axis
                                    {{"a.c", 3, 1}, "NPY_MAXDIMS", "compared", {{"PyArray_AxisConverter", 1}}, "f"},
                                    {{"a.c", 4, 1}, "NPY_MAXDIMS", "compared", {}, "f"}};
  }
  const auto old = scene.run(axis_rule, "1.26.4");
  REQUIRE(old.size() == 2);
  CHECK(old[0].severity == Severity::kNote);
  const auto now = scene.run(axis_rule, "2.0.2");
  REQUIRE(now.size() == 2);
  CHECK(now[0].severity == Severity::kError);
  CHECK(now[0].when == When::kFirstUse);
  CHECK(now[1].severity == Severity::kWarning);
  CHECK(now[1].place->line == 3);
}

TEST_CASE("buffers of as many elements as arrays had dimensions") {
  Scene scene;
  for (const char* release : {"1.26.4", "2.0.2"}) {
    scene.add(release).buffers = {
        {{"a.c", 1, 1}, "dims", 32, "f"}, {{"a.c", 2, 1}, "dims", 64, "f"}, {{"a.c", 3, 1}, "dims", 3, "f"}};
  }
  CHECK(scene.run(buffer_rule, "1.26.4").empty());
  const auto findings = scene.run(buffer_rule, "2.0.2");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].place->line == 1);
}

TEST_CASE("NPY_LONG where Python's integers come in") {
  const auto made = [](unsigned line, const std::string& type, std::int64_t flags) {
    ArrayMade array;
    array.place = {"a.c", line, 1};
    array.name = "PyArray_FROM_OTF";
    array.api = "PyArray_FromAny";
    array.arguments = {std::nullopt, std::nullopt, 0, 0, flags, std::nullopt};
    array.type = type;
    return array;
  };
  Scene scene;
  for (const char* release : {"1.26.4", "2.0.2"})
    scene.add(release).arrays = {made(1, "NPY_LONG", 0x101), made(2, "NPY_LONG", 0x111), made(3, "NPY_INTP", 0x101)};
  CHECK(scene.run(long_rule, "1.26.4").empty());
  const auto findings = scene.run(long_rule, "2.0.2");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].place->line == 1);
}

TEST_CASE("arrays that nothing looked at") {
  ArrayMade array;
  array.place = {"a.c", 1, 1};
  array.name = "PyArray_FROM_OTF";
  array.api = "PyArray_FromAny";
  array.variable = "array";
  Scene scene;
  SourceObservations& seen = scene.add("2.0.2");
  seen.arrays = {array, array, array};
  seen.arrays[0].trusted = SourcePlace{"a.c", 2, 1};
  seen.arrays[0].trusted_by = "PyArray_DATA";
  seen.arrays[1] = seen.arrays[0];
  seen.arrays[1].api = "PyArray_New";
  seen.arrays[2] = seen.arrays[0];
  seen.arrays[2].api = "PyArray_DescrFromType";  // cannot fail for the numbers that it is given
  const auto findings = scene.run(unchecked_rule, "2.0.2");
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].severity == Severity::kWarning);
  CHECK(findings[0].place->line == 2);
  CHECK(findings[1].severity == Severity::kNote);
}

TEST_CASE("copies that are to be written back") {
  ArrayMade array;
  array.place = {"a.c", 1, 1};
  array.name = "PyArray_FROM_OTF";
  array.api = "PyArray_FromAny";
  array.arguments = {std::nullopt, std::nullopt, 0, 0, 0x2501, std::nullopt};
  Scene scene;
  SourceObservations& seen = scene.add("2.0.2");
  seen.arrays = {array, array, array};
  seen.arrays[0].left = SourcePlace{"a.c", 5, 1};
  seen.arrays[2].left = seen.arrays[0].left;
  seen.arrays[2].arguments[4] = 0x501;
  seen.uses = {use("NPY_ARRAY_INOUT_ARRAY", "macro", 9, 1), use("NPY_ARRAY_INOUT_ARRAY2", "macro", 10, 1),
               use("NPY_ARRAY_CARRAY", "macro", 11, 1)};
  const std::vector<NameUse> same = seen.uses;
  scene.add("1.19.5").uses = same;
  const auto findings = scene.run(writeback_rule, "2.0.2");
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].place->line == 1);
  CHECK(findings[1].place->line == 9);
  CHECK(scene.run(writeback_rule, "1.19.5").empty());
}

TEST_CASE("what may be called without the GIL") {
  const auto call = [](const std::string& api, bool table) {
    return UnlockedCall{{"a.c", 2, 1}, api, api, table, "NPY_BEGIN_THREADS", {"a.c", 1, 1}, "f"};
  };
  Scene scene;
  SourceObservations& seen = scene.add("2.0.2");
  for (const char* free : {"PyArray_MultiplyList", "PyDataMem_NEW", "NpyIter_Reset", "PyUFunc_dd_d",
                           "PyUFunc_ff_f_As_dd_d", "PyUFunc_clearfperr"})
    seen.unlocked.push_back(call(free, true));
  seen.unlocked.push_back(call("PyArray_DATA", false));
  CHECK(scene.run(unlocked_rule, "2.0.2").empty());
  for (const char* bound : {"PyArray_FromAny", "NpyIter_Deallocate", "PyUFunc_OO_O", "PyUFunc_FromFuncAndData"})
    seen.unlocked.push_back(call(bound, true));
  seen.unlocked.push_back(call("PyArray_GETITEM", false));
  CHECK(scene.run(unlocked_rule, "2.0.2").size() == 5);
}

TEST_CASE("constants and functions of the database") {
  CHECK(database().constant("NPY_MAXDIMS", "1.26.4") == 32);
  CHECK(database().constant("NPY_MAXDIMS", "2.0.0") == 64);
  CHECK_FALSE(database().constant("PyArray_DATA", "2.0.0"));
  CHECK_FALSE(database().constant("NPY_NOTHING", "2.0.0"));
  CHECK(database().disabled_from("PyArray_FromDims") == "1.18.0");
  CHECK(database().disabled_from("PyArray_Size").empty());
  CHECK(database().disabled_in("1.17.5").count("PyArray_FromDims") == 0);
  const auto disabled = database().disabled_in("1.18.0");
  REQUIRE(disabled.count("PyArray_FromDims") == 1);
  CHECK(disabled.find("PyArray_FromDims")->second ==
        DisabledFunction{
            "1.18.0", {"NotImplementedError", "PyArray_FromDims: use PyArray_SimpleNew."}, "PyArray_SimpleNew"});
  CHECK(database().disabled_in("2.0.0").count("PyArray_FromDims") == 0);  // that has no such place
  CHECK(database().disabled_in("2.1.0").count("PyArray_SetStringFunction") == 1);
  CHECK(database().c_name("PyArray_Descr.elsize")->min_target_since == "2.0.0");
}

TEST_CASE("a descriptor of the source's own is cut short from NumPy 2.0 on, where it is not for older ones alone") {
  Scene scene;
  NameUse own = use("PyArray_Descr", "type", 3, 22, "own");
  NameUse older = use("PyArray_Descr", "type", 9, 22, "own");
  older.guarded = true;
  scene.add("1.26.4").initializers = {own, older};
  scene.add("2.0.2").initializers = {own};
  SourceObservations& refused = scene.add("2.2.0");
  refused.initializers = {own};
  refused.diagnostics = {error(3, 30, "excess elements in struct initializer", {})};
  REQUIRE(scene.run(descriptor_initializer_rule, "1.26.4").size() == 1);
  CHECK(scene.run(descriptor_initializer_rule, "1.26.4")[0].severity == Severity::kNote);
  REQUIRE(scene.run(descriptor_initializer_rule, "2.0.2").size() == 1);
  CHECK(scene.run(descriptor_initializer_rule, "2.0.2")[0].severity == Severity::kWarning);
  CHECK(scene.run(descriptor_initializer_rule, "2.2.0").empty());
}

TEST_CASE("where a header of NumPy's is missing, what it declares is missing for that reason") {
  Scene scene;
  scene.add("1.19.5").uses = {use("PyArrayObject.data", "member", 9, 20, "read")};
  scene.add("1.26.4").diagnostics = {error(2, 10, "'numpy/oldnumeric.h' file not found", {"numpy/oldnumeric.h"}),
                                     error(9, 13, "use of undeclared identifier 'array'", {"array"})};
  const auto findings = scene.run(compile_rule, "1.26.4");
  REQUIRE(findings.size() == 2);
  CHECK(findings[1].message.find("without numpy/oldnumeric.h") != std::string::npos);
}

TEST_CASE("of a member that is written only what sets it is a remedy") {
  Scene scene;
  SourceObservations& seen = scene.add("2.0.2");
  seen.uses = {use("PyArrayMultiIterObject.size", "member", 3, 5, "written"),
               use("PyArrayMultiIterObject.size", "member", 4, 5, "read")};
  const auto findings = scene.run(member_rule, "2.0.2");
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].place->line == 4);
  CHECK(findings[0].remedy.find("PyArray_MultiIter_SIZE") != std::string::npos);
}
