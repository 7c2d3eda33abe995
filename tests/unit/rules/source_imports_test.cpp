#include <doctest/doctest.h>

#include <memory>

#include "rules/import_tables.h"
#include "rules/source_judge.h"

namespace abicheck {

namespace {

using Kind = TableAccess::Kind;

const std::string kRelease = "2.0.2";

TableAccess access(Kind kind, const std::string& node, const std::string& symbol = "PyArray_API") {
  TableAccess one;
  one.place = {"", 1, 1};
  one.kind = kind;
  one.node = node;
  one.symbol = symbol;
  one.slot = kind == Kind::kSlot ? 2 : -1;
  return one;
}

SourceNode root(const std::string& name, std::vector<std::string> leads_to = {}) {
  SourceNode node{name, std::move(leads_to)};
  node.is_root = true;
  return node;
}

SourceNode internal(const std::string& name, std::vector<std::string> leads_to = {}) {
  SourceNode node{name, std::move(leads_to)};
  node.is_static = true;
  return node;
}

SourceDiagnostic error_at(SourcePlace place, std::string text, std::vector<std::string> quoted) {
  SourceDiagnostic error;
  error.place = std::move(place);
  error.level = "error";
  error.text = std::move(text);
  error.quoted = std::move(quoted);
  return error;
}

// One unit; places get its path.
ScannedUnit unit(const std::string& path, SourceObservations seen) {
  for (TableAccess& one : seen.accesses) one.place.file = path;
  for (SourceDiagnostic& one : seen.diagnostics) one.place.file = path;
  return {path, {{kRelease, std::move(seen)}}, ""};
}

SourceObservations with_table(const ApiTable& table) {
  SourceObservations seen;
  seen.tables = {table};
  return seen;
}

const ApiTable kOwn{"PyArray_API", false, true, true};
const ApiTable kShared{"the_API", false, false, true};
const ApiTable kExpected{"the_API", false, false, false};

SourceObservations uses_own() {
  SourceObservations seen = with_table(kOwn);
  seen.nodes = {root("PyInit_m", {"use"}), internal("use")};
  seen.accesses = {access(Kind::kSlot, "use")};
  return seen;
}

struct Judged {
  FileReport file;
  std::vector<std::string> rules;  // of all findings about import_array(), in the order of the units
  std::shared_ptr<const Finding> first;
};

Judged judge(const std::vector<ScannedUnit>& units, SourceTree tree = {}) {
  static const AbiDatabase database = AbiDatabase::embedded();
  Judged judged;
  judge_sources(database, {{"2.0", {kRelease}, "2.0"}}, tree, units, judged.file);
  for (SourceReport& source : judged.file.sources) {
    for (const Finding& finding : source.verdicts.front().second.findings) {
      if (!finding.rule.starts_with("NPY40")) continue;
      judged.rules.push_back(finding.rule);
      if (judged.rules.size() == 1) judged.first = std::make_shared<const Finding>(finding);
    }
  }
  return judged;
}

using Rules = std::vector<std::string>;

}  // namespace

TEST_CASE("a table of the file's own that nothing fills") {
  SourceObservations seen = uses_own();
  const Judged judged = judge({unit("m.c", seen)});
  REQUIRE(judged.rules == Rules{"NPY401"});
  CHECK(judged.first->symbol == "PyArray_Type");
  CHECK(judged.first->when == When::kCrash);
  CHECK(judged.first->severity == Severity::kError);
  CHECK(judged.file.verdicts.front().second == Verdict::kIncompatible);

  SUBCASE("filled in a function that is called") {
    seen.nodes[0].leads_to.push_back("init");
    seen.nodes.push_back(internal("init"));
    seen.accesses.push_back(access(Kind::kFill, "init"));
    CHECK(judge({unit("m.c", seen)}).rules.empty());
  }
  SUBCASE("filled in a function that nothing calls") {
    seen.nodes.push_back(internal("init"));
    seen.accesses.push_back(access(Kind::kFill, "init"));
    CHECK(judge({unit("m.c", seen)}).rules == Rules{"NPY402"});
  }
  SUBCASE("read only where nothing calls") {
    seen.nodes[0].leads_to.clear();
    CHECK(judge({unit("m.c", seen)}).rules.empty());
  }
  SUBCASE("read only for a NumPy that is not known to run") {
    seen.accesses[0].asks_running = true;
    CHECK(judge({unit("m.c", seen)}).rules.empty());
  }
  SUBCASE("errors may hide the import") {
    seen.diagnostics.push_back(error_at({"", 9, 1}, "expected ';'", {}));
    CHECK(judge({unit("m.c", seen)}).rules.empty());
  }
  SUBCASE("another NumPy's headers show the whole") {
    ScannedUnit both = unit("m.c", seen);
    both.parsed.front().second.diagnostics.push_back(error_at({"m.c", 9, 1}, "no member named 'elsize' in 'x'", {}));
    both.parsed.emplace_back("1.26.4", both.parsed.front().second);
    both.parsed.back().second.diagnostics.clear();
    CHECK(judge({both}).rules == Rules{"NPY401"});
    both.parsed.back().second.accesses.push_back(access(Kind::kFill, "use"));
    CHECK(judge({both}).rules.empty());
  }
  SUBCASE("taken in by a file that fills it") {
    SourceObservations outer = uses_own();
    outer.accesses.push_back(access(Kind::kFill, "PyInit_m"));
    outer.included_sources = {"m.c"};
    CHECK(judge({unit("m.c", seen), unit("outer.c", outer)}).rules.empty());
  }
}

TEST_CASE("an import that a macro of the build brings in") {
  SourceTree tree;
  tree.texts["m.c"] = "#ifdef WITH_NUMPY\nimport_array();\n#endif\n";
  const Judged judged = judge({unit("m.c", uses_own())}, tree);
  REQUIRE(judged.rules == Rules{"NPY401"});
  CHECK(judged.first->severity == Severity::kWarning);
  CHECK(judged.first->message.find("stands behind #ifdef WITH_NUMPY") != std::string::npos);
  tree.texts["m.c"] = "#if 0\nimport_array();\n#endif\n";
  CHECK(judge({unit("m.c", uses_own())}, tree).first->severity == Severity::kError);
}

TEST_CASE("a read in front of the import") {
  using Step = SourceStep::Kind;
  const auto call = [](const std::string& name, unsigned statement) {
    return SourceStep{Step::kCall, name, statement};
  };
  const auto mention = [](const std::string& name, unsigned statement) {
    return SourceStep{Step::kMention, name, statement};
  };
  const SourceStep read{Step::kSlot, "PyArray_API", 1, {"m.c", 7, 3}, 2};
  SourceObservations seen = with_table(kOwn);
  seen.nodes = {root("PyInit_m", {"use", "init"}), internal("use"), internal("init")};
  seen.nodes[0].steps = {call("use", 1), mention("use", 1), call("init", 2), mention("init", 2)};
  seen.nodes[1].steps = {read};
  seen.nodes[2].steps = {{Step::kFill, "PyArray_API", 1}};
  seen.accesses = {access(Kind::kSlot, "use"), access(Kind::kFill, "init")};
  const auto rules = [&] { return judge({unit("m.c", seen)}).rules; };

  const Judged judged = judge({unit("m.c", seen)});
  REQUIRE(judged.rules == Rules{"NPY402"});
  CHECK(judged.first->place->line == 7);
  CHECK(judged.first->severity == Severity::kError);
  CHECK(judged.first->when == When::kCrash);

  SUBCASE("behind it") {
    std::swap(seen.nodes[0].steps[0].name, seen.nodes[0].steps[2].name);
    std::swap(seen.nodes[0].steps[1].name, seen.nodes[0].steps[3].name);
    CHECK(rules().empty());
  }
  SUBCASE("in a function that may be called") {
    seen.nodes[0].steps[0].kind = Step::kMention;
    CHECK(rules().empty());
  }
  SUBCASE("in the function that imports, in front of it") {
    seen.nodes[0].steps = {call("init", 1), mention("init", 1)};
    seen.nodes[2].steps = {read, {Step::kFill, "PyArray_API", 2}};
    CHECK(rules() == Rules{"NPY402"});
  }
  SUBCASE("in the same statement, in no order") {
    for (SourceStep& step : seen.nodes[0].steps) step.statement = 1;
    CHECK(rules().empty());
  }
  SUBCASE("something before it may import") {
    seen.nodes.push_back(internal("perhaps", {"init"}));
    seen.nodes[0].leads_to.push_back("perhaps");
    seen.nodes[0].steps.insert(seen.nodes[0].steps.begin(), mention("perhaps", 0));
    CHECK(rules().empty());
  }
  SUBCASE("imported before any function is called") {
    seen.nodes[2].at_load = true;
    CHECK(rules().empty());
  }
  SUBCASE("of another table") {
    seen.nodes[1].steps[0].name = "other_API";
    CHECK(rules().empty());
  }
}

TEST_CASE("a table that files share") {
  SourceObservations module = with_table(kShared);
  module.nodes = {root("PyInit_m", {"work"})};
  SourceObservations worker = with_table(kExpected);
  worker.nodes = {root("work")};
  worker.accesses = {access(Kind::kSlot, "work", "the_API")};
  const auto rules = [&](const SourceTree& tree = {}) {
    return judge({unit("module.c", module), unit("worker.c", worker)}, tree).rules;
  };
  CHECK(rules() == Rules{"NPY401"});

  SUBCASE("another file of the same name fills it") {
    module.accesses = {access(Kind::kFill, "PyInit_m", "the_API")};
    CHECK(rules().empty());
  }
  SUBCASE("one file by itself may belong to others") {
    SourceTree tree;
    tree.whole = false;
    CHECK(rules(tree).empty());
  }
  SUBCASE("what is not scanned may fill it") {
    SourceTree tree;
    tree.texts["core.pyx"] = "cimport numpy as np\nnp.import_array()\n";
    CHECK(rules(tree).empty());
    tree.texts.clear();
    tree.texts["wrap.i"] = "%init %{ import_array(); %}";
    CHECK(rules(tree).empty());
  }
  SUBCASE("what is scanned, declared or builds is no unseen source") {
    SourceTree tree;
    tree.texts["worker.pyx"] = "cimport numpy as np\n";  // worker.c is made of it
    tree.texts["worker.h"] = "/* call import_array() first */";
    tree.texts["setup.py"] = "# import_array";
    CHECK(rules(tree) == Rules{"NPY401"});
  }
  SUBCASE("no file has it") {
    module.tables = {};
    const Judged judged = judge({unit("module.c", module), unit("worker.c", worker)});
    REQUIRE(judged.rules == Rules{"NPY403"});
    CHECK(judged.first->when == When::kImport);
    CHECK(judged.first->predicted_error->message == "undefined symbol: the_API");
  }
  SUBCASE("the file that calls import_array() fills its own") {
    module.tables = {kOwn};
    module.accesses = {access(Kind::kFill, "PyInit_m")};
    CHECK(rules() == Rules{"NPY403"});
  }
  SUBCASE("a file that was not understood may have it") {
    module.diagnostics.push_back(error_at({"", 3, 1}, "'config.h' file not found", {}));
    CHECK(rules().empty());
  }
}

TEST_CASE("an inline function may run as another file compiled it") {
  SourceObservations module = with_table(kOwn);
  module.nodes = {root("PyInit_m", {"work"})};
  module.accesses = {access(Kind::kFill, "PyInit_m")};
  SourceObservations worker = with_table(kOwn);
  worker.nodes = {root("work", {"inline"}), SourceNode{"inline", {}}};
  worker.accesses = {access(Kind::kSlot, "inline")};
  const Judged merged = judge({unit("module.cpp", module), unit("worker.cpp", worker)});
  REQUIRE(merged.rules == Rules{"NPY403"});
  CHECK(merged.first->severity == Severity::kWarning);
  worker.accesses.push_back(access(Kind::kSlot, "work"));
  CHECK(judge({unit("module.cpp", module), unit("worker.cpp", worker)}).first->severity == Severity::kError);
}

TEST_CASE("import_array() in an exported function") {
  SourceObservations seen = uses_own();
  seen.nodes.push_back(root("init_numpy"));
  seen.accesses.push_back(access(Kind::kFill, "init_numpy"));
  SourceTree tree;
  tree.texts["m.c"] = "int init_numpy(void) {}";
  tree.texts["m.h"] = "int init_numpy(void);";
  const Judged judged = judge({unit("m.c", seen)}, tree);
  REQUIRE(judged.rules == Rules{"NPY402"});
  CHECK(judged.first->severity == Severity::kWarning);

  SUBCASE("that another file calls") {
    SourceObservations other;
    other.nodes = {root("PyInit_other", {"init_numpy"})};
    CHECK(judge({unit("m.c", seen), unit("other.c", other)}, tree).rules.empty());
  }
  SUBCASE("that only a function calls that nothing calls") {
    SourceObservations other;
    other.nodes = {root("unknown", {"init_numpy"})};
    CHECK(judge({unit("m.c", seen), unit("other.c", other)}, tree).rules == Rules{"NPY402"});
  }
  SUBCASE("that something mentions which is not scanned") {
    tree.texts["m.pyx"] = "init_numpy()";
    CHECK(judge({unit("m.c", seen)}, tree).rules.empty());
  }
  SUBCASE("without an init function in the tree it is a library") {
    seen.nodes[0].name = "run";
    CHECK(judge({unit("m.c", seen)}, tree).rules.empty());
  }
  SUBCASE("that runs when the module is loaded") {
    seen.nodes.back().at_load = true;
    CHECK(judge({unit("m.c", seen)}, tree).rules.empty());
  }
}

TEST_CASE("the version of a NumPy that was never asked for") {
  SourceObservations seen = with_table(kOwn);
  seen.nodes = {root("size")};
  seen.accesses = {access(Kind::kVersion, "size")};
  const Judged own = judge({unit("m.c", seen)});
  REQUIRE(own.rules == Rules{"NPY401"});
  CHECK(own.first->severity == Severity::kWarning);
  seen.accesses[0].through = "PyDataType_ELSIZE";
  const Judged accessor = judge({unit("m.c", seen)});
  REQUIRE(accessor.rules == Rules{"NPY401"});
  CHECK(accessor.first->severity == Severity::kError);
  CHECK(accessor.first->when == When::kFirstUse);
  CHECK(accessor.first->symbol == "PyDataType_ELSIZE");
}

TEST_CASE("calls of import_array() where they stand") {
  SourceObservations seen = with_table(kOwn);
  seen.nodes = {root("PyInit_m", {"init"}), internal("init")};
  ImportCall call;
  call.name = "_import_array";
  call.place = {"m.c", 4, 3};
  call.function = call.node = "init";
  call.returns = "int";
  call.symbol = "PyArray_API";
  const auto rules = [&](const std::string& path = "m.c") {
    seen.imports = {call};
    return judge({unit(path, seen)}).rules;
  };
  CHECK(rules().empty());

  SUBCASE("its result is ignored") {
    call.ignored = true;
    CHECK(rules() == Rules{"NPY404"});
    seen.nodes[0].looks_at_errors = true;
    CHECK(rules().empty());
  }
  SUBCASE("its return meets a function that returns nothing") {
    call.macro_returns = "nothing";
    CHECK(rules() == Rules{"NPY405"});
    CHECK(judge({unit("m.cpp", seen)}).first->severity == Severity::kError);
    // The compiler's own word about it makes nothing unknown.
    seen.diagnostics.push_back(error_at({"m.c", 4, 3}, "void function 'init' should not return a value", {"init"}));
    seen.imports = {call};
    CHECK(judge({unit("m.c", seen)}).file.verdicts.front().second == Verdict::kCompatible);
  }
  SUBCASE("its return meets a function that returns a number") {
    call.macro_returns = "number";
    CHECK(rules() == Rules{"NPY405"});
    CHECK(rules("m.cpp").empty());
    call.zero_is_success = true;
    CHECK(rules("m.cpp") == Rules{"NPY405"});
  }
  SUBCASE("its return fits") {
    call.macro_returns = "pointer";
    CHECK(rules().empty());
  }
  SUBCASE("headers without it") {
    seen.diagnostics.push_back(error_at({"m.c", 4, 3}, "call to undeclared function 'import_array'", {"import_array"}));
    CHECK(rules().empty());
    seen.defines.emplace_back().name = "NO_IMPORT_ARRAY";
    CHECK(rules() == Rules{"NPY403"});
  }
}

}  // namespace abicheck
