#include <doctest/doctest.h>

#include "build_files/macros.h"
#include "rules/source_facts.h"
#include "rules/source_judge.h"
#include "unit/rules/known_numpy.h"

namespace abicheck {

namespace {

SwitchDefine define(const std::string& name, const std::string& value, std::optional<std::uint32_t> number,
                    std::vector<std::string> undefined = {}) {
  return {{"m.c", 2, 9}, name, value, number, std::move(undefined)};
}

SwitchDefine target(std::optional<std::uint32_t> number, std::vector<std::string> undefined = {}) {
  return define("NPY_TARGET_VERSION", "", number, std::move(undefined));
}

SourceDiagnostic error_at(unsigned line, std::string text) {
  SourceDiagnostic error;
  error.place = {"m.c", line, 1};
  error.level = "error";
  error.text = std::move(text);
  return error;
}

FileReport judge(const std::string& release, const std::vector<SwitchDefine>& defines, const SourceTree& tree = {},
                 std::vector<SourceDiagnostic> diagnostics = {}) {
  SourceObservations seen;
  seen.tables = {{"PyArray_API", false, true, true}};
  seen.defines = defines;
  seen.feature_version = 0xd;
  seen.diagnostics = std::move(diagnostics);
  FileReport file;
  judge_sources(database(), {{release, {release}, ""}}, tree,
                {{tree.root.empty() ? "m.c" : tree.root + "/m.c", {{release, seen}}, ""}}, file);
  return file;
}

std::vector<Finding> findings(const FileReport& file) {
  return file.sources.front().verdicts.front().second.findings;
}

std::vector<std::string> rules(const FileReport& file) {
  std::vector<std::string> all;
  for (const Finding& finding : findings(file)) all.push_back(finding.rule);
  return all;
}

using Rules = std::vector<std::string>;

}  // namespace

TEST_CASE("names of versions that are no macros") {
  const FileReport none = judge("2.0.2", {target(0, {"NPY_1_26_API_VERSION"})});
  REQUIRE(rules(none) == Rules{"NPY432"});
  CHECK(findings(none)[0].severity == Severity::kWarning);
  CHECK(findings(none)[0].message ==
        "NPY_1_26_API_VERSION is defined by no NumPy: NPY_TARGET_VERSION counts as 0, and "
        "the module is compiled for the default, NumPy 1.16 (0xd)");
  CHECK(findings(none)[0].remedy == "use NPY_1_25_API_VERSION, which is the same version");

  // Another NumPy knows it: with these headers it is the default all the same.
  const FileReport newer = judge("1.26.4", {define("NPY_NO_DEPRECATED_API", "", 0, {"NPY_2_0_API_VERSION"})});
  REQUIRE(rules(newer) == Rules{"NPY432"});
  CHECK(findings(newer)[0].severity == Severity::kNote);
  // Headers before 1.25 do not look at the target.
  CHECK(rules(judge("1.22.4", {target(0, {"NPY_2_0_API_VERSION"})})) == Rules{"NPY430"});
  CHECK(rules(judge("2.0.2", {target(0x12)})).empty());
  CHECK(findings(judge("2.0.2", {target(0, {"MY_VERSION"})}))[0].remedy.empty());

  // Without NumPy's headers none of its names is a macro.
  SourceObservations seen;
  seen.defines = {target(0, {"NPY_2_0_API_VERSION"})};
  FileReport file;
  judge_sources(database(), {{"2.0", {"2.0.2"}, ""}}, {}, {{"m.c", {{"2.0.2", seen}}, ""}}, file);
  CHECK(rules(file).empty());
}

TEST_CASE("a target that is newer than the NumPy to support") {
  const FileReport refused = judge("1.26.4", {target(0, {"NPY_2_0_API_VERSION"})});
  REQUIRE(rules(refused) == Rules{"NPY430", "NPY432"});
  CHECK(findings(refused)[0].severity == Severity::kWarning);
  CHECK(findings(refused)[0].when == When::kImport);
  CHECK(findings(refused)[0].message ==
        "NPY_TARGET_VERSION is NumPy 2.0 (0x12): built with headers that know it, the "
        "module refuses NumPy 1.26 (0x11)");

  // The headers' own #error, and what follows from it in them, is this finding and no other.
  const FileReport number =
      judge("2.0.2", {target(0x13)}, {},
            {error_at(3, "NPY_TARGET_VERSION higher than NumPy headers!"), error_at(3, "Missing version string")});
  REQUIRE(rules(number) == Rules{"NPY430"});
  CHECK(findings(number)[0].severity == Severity::kError);
  CHECK(findings(number)[0].when == When::kBuild);

  // Promised, and built with newer headers only.
  SourceTree tree;
  tree.requirements = {{"numpy>=1.21"}, {"setuptools", "numpy>=2.0"}};
  CHECK(findings(judge("1.26.4", {target(0, {"NPY_2_0_API_VERSION"})}, tree))[0].severity == Severity::kError);
  tree.requirements.run = {"numpy>=2.0"};
  CHECK(findings(judge("1.26.4", {target(0, {"NPY_2_0_API_VERSION"})}, tree))[0].severity == Severity::kWarning);
}

TEST_CASE("what the command line defines stands in a build file") {
  SwitchDefine define = target(0, {"NPY_1_26_API_VERSION"});
  define.place = {};
  CHECK_FALSE(findings(judge("2.0.2", {define}))[0].place.has_value());
  SourceTree tree;
  tree.root = "/t";
  tree.texts = {{"a.c", "// NPY_TARGET_VERSION"},
                {"setup.py", "x = 1\ny = [('NPY_TARGET_VERSION', 'NPY_1_26_API_VERSION')]"}};
  tree.macros = read_build_macros(tree.texts);
  CHECK(findings(judge("2.0.2", {define}, tree))[0].place == SourcePlace{"/t/setup.py", 2, 8});
  // That of another extension stands in front of it.
  tree.texts["b.c"] = tree.texts["m.c"] = "";
  tree.texts["setup.py"] =
      "Extension('b', ['b.c'], define_macros=[('NPY_TARGET_VERSION', 'NPY_2_0_API_VERSION')])\n"
      "Extension('m', ['m.c'], define_macros=[('NPY_TARGET_VERSION', 'NPY_1_26_API_VERSION')])\n";
  tree.macros = read_build_macros(tree.texts);
  CHECK(findings(judge("2.0.2", {define}, tree))[0].place == SourcePlace{"/t/setup.py", 2, 42});
}

TEST_CASE("a default target that is newer than the requirements allow") {
  SourceTree tree;
  tree.requirements = {{"numpy>=1.16"}, {"numpy==2.2.6"}};
  const auto notes = [&](const std::string& release, const std::vector<SwitchDefine>& defines) {
    Rules all;
    for (const Finding& finding : judge(release, defines, tree).findings) all.push_back(finding.rule);
    return all;
  };
  const SwitchDefine hidden = define("NPY_NO_DEPRECATED_API", "", 7);
  // NumPy 2.2 is for CPython 3.10 and newer, whose oldest NumPy is 1.21: its default, 1.20, is old enough.
  CHECK(notes("1.21.6", {hidden}).empty());
  tree.requirements = {{"numpy>=1.16"}, {"numpy==2.3.1"}};
  CHECK(notes("1.23.5", {hidden}).empty());
  tree.requirements = {{"numpy>=1.16"}, {"numpy==1.24.4"}};
  CHECK(notes("1.22.4", {hidden}) == Rules{"NPY430"});
  CHECK(notes("1.22.4", {hidden, target(0xf)}).empty());
  // For the Pythons of the project alone: the last that NumPy 1.22 is for is 3.10.
  tree.requirements.python = ">=3.10.2";
  CHECK(notes("1.22.4", {hidden}) == Rules{"NPY430"});
  tree.requirements.python = ">=3.11";
  CHECK(notes("1.22.4", {hidden}).empty());
  tree.requirements.python = "";
  // The oldest NumPy of each Python refuses none of its NumPys.
  tree.requirements.build = {"oldest-supported-numpy"};
  CHECK(notes("1.22.4", {hidden}).empty());
  tree.requirements.build = {"Oldest_Supported_NumPy; python_version < \"3\"", "numpy==1.24.4"};
  CHECK(notes("1.22.4", {hidden}) == Rules{"NPY430"});
  tree.requirements.run = {"numpy>=1.24"};
  CHECK(notes("1.22.4", {hidden}).empty());
  CHECK(notes("1.22.4", {}) == Rules{"NPY431"});
}

TEST_CASE("entries of the table, and the NumPy that they need") {
  SourceObservations seen;
  seen.tables = {{"x_API", false, false, true}, {"PyUFunc_API", true, true, true}};
  seen.feature_version = 0xf;
  seen.defines = {target(0xf)};
  SourceNode root{"f", {}};
  root.is_root = true;
  SourceNode unused{"g", {}};
  seen.nodes = {root, unused};
  const auto use = [&](int slot, std::uint32_t guard, const std::string& node, const std::string& symbol) {
    TableAccess access;
    access.place = {"m.c", static_cast<unsigned>(slot), 1};
    access.symbol = symbol;
    access.slot = slot;
    access.guard = guard;
    access.node = node;
    seen.accesses.push_back(access);
  };
  use(2, 0, "f", "x_API");
  use(302, 0, "f", "x_API");            // PyArray_ResolveWritebackIfCopy, 1.14
  use(304, 0xf, "f", "x_API");          // PyDataMem_SetHandler, 1.22, where 1.22 was asked for
  use(306, kAnyVersion, "f", "x_API");  // 1.22
  use(305, 0, "g", "x_API");            // in a function that nothing calls
  use(1, 0, "f", "PyUFunc_API");
  const auto facts = [&] { return facts_of_unit(database(), {"m.c", {{"2.0.2", seen}}, ""}, {"2.0.2"}); };
  CHECK(facts().lowest_numpy == "1.14");
  CHECK(facts().lowest_numpy_for == "PyArray_ResolveWritebackIfCopy");
  CHECK(facts().slots.size() == 5);
  CHECK(facts().slots.back().name == "PyUFunc_FromFuncAndData");
  seen.imports.resize(3);
  seen.imports[0].node = "f";
  seen.imports[1].node = "g";
  CHECK_FALSE(facts().imports[0].unused);
  CHECK(facts().imports[1].unused);
  CHECK_FALSE(facts().imports[2].unused);  // where it stands is not known
  REQUIRE(facts().targets.size() == 1);
  CHECK(facts().targets[0].numpy == "1.22");
  CHECK(facts().targets[0].set_by->place.line == 2);

  // Headers that are only there to judge errors by are not those of a target.
  const ScannedUnit twice{"m.c", {{"2.0.2", seen}, {"1.26.4", seen}}, ""};
  CHECK(facts_of_unit(database(), twice, {"2.0.2"}).targets.size() == 1);
  CHECK(facts_of_unit(database(), twice, {"2.0.2", "1.26.4"}).targets.size() == 2);

  use(304, 0xe, "f", "x_API");  // not enough was asked for
  CHECK(facts().lowest_numpy == "1.22");

  FileReport file;
  file.sources.resize(1);
  file.sources[0].facts = facts();
  CHECK(supported_by_sources(database(), file) == ">=1.22");
  Finding gone;
  gone.symbol = "PyArray_FromDims";
  gone.when = When::kBuild;
  gone.severity = Severity::kError;
  file.sources[0].verdicts = {{"2.0", {Verdict::kIncompatible, {gone}}}};
  CHECK(supported_by_sources(database(), file) == ">=1.22,<2");
  file.sources[0].verdicts = {{"2.0", {Verdict::kUnknown, {}}}};
  CHECK_FALSE(supported_by_sources(database(), file).has_value());
}

}  // namespace abicheck
