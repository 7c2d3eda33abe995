#include "rules/judge.h"

#include <doctest/doctest.h>

#include "unit/rules/known_numpy.h"

using namespace abicheck;

namespace {

NumpyRelease numpy(const std::string& version) {
  NumpyRelease release;
  release.version = version;
  const bool two = version[0] == '2';
  const bool before_116 = version == "1.15.4";
  release.abi = two ? 0x2000000 : 0x1000009;
  release.api = two ? 0x12 : before_116 ? 0xc : 0x11;
  release.sizes = {{"numpy.dtype", two ? 88u : 96u}, {"numpy.ndarray", before_116 ? 80u : 96u}};
  release.paths = {{"numpy.core.multiarray._ARRAY_API", PathState::kWorks},
                   {"numpy.core.umath._UFUNC_API", two ? PathState::kWarns : PathState::kWorks}};
  const PathState old_path = two ? PathState::kRefuses : before_116 ? PathState::kAbsent : PathState::kWorks;
  for (const char* attribute : {"._ARRAY_API", "._UFUNC_API"}) {
    release.paths[std::string("numpy.core._multiarray_umath") + attribute] = old_path;
    if (two) release.paths[std::string("numpy._core._multiarray_umath") + attribute] = PathState::kWorks;
  }
  release.refusal = {"ImportError", "{module} has no {attribute} for NumPy 1.x modules\nNumPy {release} ...\n"};
  release.elsize_offset = two ? 40 : 32;
  return release;
}

CapsuleImport array_import(std::uint32_t api, bool two) {
  CapsuleImport import;
  import.attribute = "_ARRAY_API";
  import.module_paths = two ? std::vector<std::string>{"numpy._core._multiarray_umath", "numpy.core._multiarray_umath"}
                            : std::vector<std::string>{"numpy.core._multiarray_umath"};
  import.abi_message = "module compiled against ABI version 0x%x but this version of numpy is 0x%x";
  import.api_message = "module compiled against API version 0x%x but this version of numpy is 0x%x";
  import.abi_version.value = two ? 0x2000000 : 0x1000009;
  import.abi_compare = two ? AbiCompare::kAtLeast : AbiCompare::kEqual;
  import.api_version.value = api;
  import.replaces_missing_attribute = !two;
  import.reach = Reach::kImport;
  import.wrapper = Wrapper::kReplaced;
  import.wrapper_text = two ? "numpy._core.multiarray failed to import" : "numpy.core.multiarray failed to import";
  return import;
}

SizeCheck size_check(const std::string& type, std::uint32_t size, std::optional<SizeCheckMode> mode,
                     CythonEra era = CythonEra::k029) {
  SizeCheck check;
  check.module = "numpy";
  check.type = type;
  check.size.value = size;
  check.mode.value = mode;
  check.era = era;
  return check;
}

ModuleFacts facts_with(std::vector<CapsuleImport> imports, std::vector<SizeCheck> sizes = {}) {
  ModuleFacts facts;
  facts.python_module = facts.uses_numpy = true;
  facts.init_function = "PyInit_demo";
  facts.imports = std::move(imports);
  facts.size_checks = std::move(sizes);
  return facts;
}

std::string error_text(const PredictedError& error) {
  return error.type + ": " + error.message + (error.cause ? " <- " + error_text(*error.cause) : "");
}

// "verdict when rule error", the whole outcome on one line.
std::string outcome(const ModuleFacts& facts, const std::string& version) {
  const JudgeContext context{"pkg.demo",
                             [](std::uint32_t) { return std::pair<std::string, std::string>("1.22", "1.22"); },
                             kHistory, [](const std::string&) { return std::uint32_t{0xd}; }};
  const ModuleVerdict judged = judge_module(facts, numpy(version), context);
  std::string text(verdict_name(judged.verdict));
  for (const Finding& finding : judged.findings) {
    text += " " + finding.rule + (finding.when == When::kNone ? "" : " " + std::string(when_name(finding.when)));
    if (finding.predicted_error) text += " " + error_text(*finding.predicted_error);
  }
  return text;
}

}  // namespace

TEST_CASE("a module without NumPy is compatible with all") {
  CHECK(outcome({}, "2.0.2") == "compatible");
}

TEST_CASE("the import template against three generations of NumPy") {
  const ModuleFacts one = facts_with({array_import(0xf, false)});
  CHECK(outcome(one, "1.26.4") == "compatible");
  CHECK(outcome(one, "1.15.4") ==
        "incompatible NPY103 import ImportError: numpy.core.multiarray failed to import <- ModuleNotFoundError: No "
        "module named 'numpy.core._multiarray_umath'");
  CHECK(outcome(one, "2.0.2") ==
        "incompatible NPY101 import ImportError: numpy.core.multiarray failed to import <- AttributeError: _ARRAY_API "
        "not found");
  const ModuleFacts two = facts_with({array_import(0xf, true)});
  CHECK(outcome(two, "1.26.4") == "compatible");
  CHECK(outcome(two, "2.0.2") == "compatible");
}

TEST_CASE("an API newer than the running one, with its numbers filled in") {
  CHECK(outcome(facts_with({array_import(0x13, false)}), "1.26.4") ==
        "incompatible NPY102 import ImportError: numpy.core.multiarray failed to import <- RuntimeError: module "
        "compiled against API version 0x13 but this version of numpy is 0x11");
}

TEST_CASE("headers up to 1.15 get the table of NumPy 2 and fail on the ABI") {
  CapsuleImport import = array_import(0xa, false);
  import.module_paths = {"numpy.core.multiarray"};
  import.wrapper = Wrapper::kRaw;
  CHECK(outcome(facts_with({import}), "2.0.2") ==
        "incompatible NPY101 import RuntimeError: module compiled against ABI version 0x1000009 but this version of "
        "numpy is 0x2000000");
}

TEST_CASE("headers 1.26.2 to 1.26.5 keep the original exception") {
  CapsuleImport import = array_import(0xd, false);
  import.replaces_missing_attribute = false;
  import.wrapper = Wrapper::kRaw;
  CHECK(outcome(facts_with({import}), "2.0.2") ==
        "incompatible NPY101 import ImportError: _multiarray_umath has no _ARRAY_API for NumPy 1.x modules\nNumPy "
        "2.0.2 ...\n");
}

TEST_CASE("sizes come before the API, unless Cython wrote the call") {
  ModuleFacts facts = facts_with({array_import(0xf, false)}, {size_check("dtype", 96, SizeCheckMode::kIgnore)});
  CHECK(outcome(facts, "2.0.2") ==
        "incompatible NPY104 import ValueError: numpy.dtype size changed, may indicate binary incompatibility. "
        "Expected 96 from C header, got 88 from PyObject");
  facts.api_checked_before_sizes = true;
  CHECK(outcome(facts, "2.0.2").rfind("incompatible NPY101 import ImportError", 0) == 0);
}

TEST_CASE("size checks of every generation of Cython") {
  const struct {
    const char* type;
    std::uint32_t size;
    std::optional<SizeCheckMode> mode;
    CythonEra era;
    const char* outcome;
  } kCases[] = {
      {"dtype", 96, SizeCheckMode::kWarn, CythonEra::k023,
       "incompatible NPY104 import ValueError: numpy.dtype has the wrong size, try recompiling"},
      {"dtype", 96, SizeCheckMode::kWarn, CythonEra::k024,
       "incompatible NPY104 import ValueError: numpy.dtype has the wrong size, try recompiling. Expected 88, got 96"},
      {"ndarray", 80, SizeCheckMode::kError, CythonEra::k024,
       "incompatible NPY105 import ValueError: numpy.ndarray size changed, may indicate binary incompatibility. "
       "Expected 96, got 80"},
      {"ndarray", 80, SizeCheckMode::kWarn, CythonEra::k024, "compatible"},
      {"ndarray", 80, SizeCheckMode::kIgnore, CythonEra::k029, "compatible"},
      {"ndarray", 80, SizeCheckMode::kError, CythonEra::k029,
       "incompatible NPY105 import ValueError: numpy.ndarray size changed, may indicate binary incompatibility. "
       "Expected 80 from C header, got 96 from PyObject"},
      {"ndarray", 80, SizeCheckMode::kError, CythonEra::k3,
       "incompatible NPY105 import ValueError: numpy.ndarray size changed, may indicate binary incompatibility. "
       "Expected 80 from C header, got 96-96 from PyObject"},
      {"ndarray", 80, std::nullopt, CythonEra::k029, "unknown NPY902"},
      {"ndarray", 96, std::nullopt, CythonEra::k029, "compatible"},
      {"nonsense", 96, SizeCheckMode::kIgnore, CythonEra::k029, "unknown NPY902"},
  };
  for (const auto& one : kCases) {
    CAPTURE(one.outcome);
    CHECK(outcome(facts_with({}, {size_check(one.type, one.size, one.mode, one.era)}), "2.0.2") == one.outcome);
  }
}

TEST_CASE("a module fails through another one, unless it would fail in the same way by itself") {
  const auto fails_with = [](const char* text) {
    return [text](const SiblingImport& sibling, const NumpyRelease&) -> std::optional<Finding> {
      Finding finding;
      finding.rule = "NPY101";
      finding.when = When::kImport;
      finding.message = "it is too old";
      finding.predicted_error = PredictedError{"ImportError", text, nullptr};
      finding.through = {sibling.path, "pkg/_base.so"};
      return finding;
    };
  };
  const auto judged = [](const ModuleFacts& facts, auto failure) {
    const JudgeContext context{"pkg.demo", [](std::uint32_t) { return std::pair<std::string, std::string>("", ""); },
                               kHistory,   [](const std::string&) { return std::uint32_t{0xd}; },
                               {},         failure};
    const ModuleVerdict verdict = judge_module(facts, numpy("2.0.2"), context);
    REQUIRE(verdict.findings.size() == 1);
    return verdict.findings.front();
  };
  ModuleFacts facts = facts_with({});
  facts.sibling_imports = {{"pkg.a", "pkg/a.so", {}, "", 0}};
  const Finding through = judged(facts, fails_with("no"));
  CHECK(through.rule == "NPY106");
  CHECK(through.when == When::kImport);
  CHECK(through.message == "it imports a.so, and through it _base.so, which does not load: it is too old");
  CHECK(error_text(*through.predicted_error) == "ImportError: no");

  facts.imports = {array_import(0xf, false)};
  CHECK(judged(facts, fails_with("numpy.core.multiarray failed to import")).rule == "NPY101");
  CHECK(judged(facts, fails_with("something else")).rule == "NPY106");
  facts.imports.front().wrapper = Wrapper::kAutoGenerated;
  facts.api_checked_before_sizes = true;
  CHECK(judged(facts, fails_with("something else")).rule == "NPY101");

  facts = facts_with(
      {}, {size_check("ndarray", 96, SizeCheckMode::kError), size_check("dtype", 96, SizeCheckMode::kError)});
  facts.sibling_imports = {{"pkg.a", "pkg/a.so", {}, "", 1}};
  CHECK(judged(facts, fails_with("something else")).rule == "NPY106");
  facts.sibling_imports.front().size_checks_before = 2;
  CHECK(judged(facts, fails_with("something else")).rule == "NPY104");
}

TEST_CASE("a path that warns works") {
  CapsuleImport umath = array_import(0xa, false);
  umath.table = CapsuleImport::Table::kUfunc;
  umath.attribute = "_UFUNC_API";
  umath.module_paths = {"numpy.core.umath"};
  CHECK(outcome(facts_with({umath}), "2.0.2") == "compatible");
}

TEST_CASE("what wrappers make of the exception") {
  const auto wrapped = [](Wrapper wrapper) {
    CapsuleImport import = array_import(0xf, false);
    import.wrapper = wrapper;
    return outcome(facts_with({import}), "2.0.2");
  };
  const std::string raised = "AttributeError: _ARRAY_API not found";
  const std::string replaced = "ImportError: numpy.core.multiarray failed to import <- " + raised;
  CHECK(wrapped(Wrapper::kRaw) == "incompatible NPY101 import " + raised);
  CHECK(wrapped(Wrapper::kUnreported) ==
        "incompatible NPY101 import SystemError: execution of module pkg.demo raised unreported exception <- " +
            replaced);
  CHECK(wrapped(Wrapper::kInitFailed) ==
        "incompatible NPY101 import ImportError: initialization failed <- " + replaced);
  CHECK(wrapped(Wrapper::kCleared) == "unknown NPY202");  // a flag may keep it from the table
  CHECK(wrapped(Wrapper::kDropped) == "incompatible NPY202 crash " + replaced);
  CHECK(wrapped(Wrapper::kDroppedDies) == "incompatible NPY101 import " + replaced);
}

TEST_CASE("an import whose error is cleared does not hide one that fails") {
  CapsuleImport cleared = array_import(0xf, false);
  cleared.wrapper = Wrapper::kCleared;
  CHECK(outcome(facts_with({cleared}), "1.26.4") == "compatible");
  CHECK(outcome(facts_with({cleared}), "2.0.2") == "unknown NPY202");
  CHECK(outcome(facts_with({cleared, array_import(0xf, false)}), "2.0.2").starts_with("incompatible NPY101 import"));
}

TEST_CASE("a use of the table behind an import whose failure is dropped") {
  CapsuleImport import = array_import(0xf, false);
  import.wrapper = Wrapper::kDropped;
  import.use_behind = {0x1234, "0x100 -> 0x1234"};
  ModuleFacts facts = facts_with({import});
  facts.api_slots.resize(1);
  facts.api_slots[0].index = 45;
  facts.api_slots[0].sites = {0x1234};
  facts.api_slots[0].name = "PyArray_DescrFromType";
  const std::string error =
      " ImportError: numpy.core.multiarray failed to import <- AttributeError: _ARRAY_API not found";
  CHECK(outcome(facts, "2.0.2") == "incompatible NPY202 import" + error);
  CHECK(outcome(facts, "1.26.4") == "compatible");
  const JudgeContext context{"pkg.demo", [](std::uint32_t) { return std::pair<std::string, std::string>(); }, kHistory};
  const std::string message = judge_module(facts, numpy("2.0.2"), context).findings.at(0).message;
  CHECK(message.find("dies when it uses PyArray_DescrFromType (slot 45), while it loads") != std::string::npos);
  // Where the versions do not fit the module holds the table all the same.
  facts.imports[0].api_version.value = 0x13;
  CHECK(outcome(facts, "1.26.4").rfind("incompatible NPY202 crash", 0) == 0);
  facts.imports[0].module_paths = {"numpy.core.multiarray"};
  facts.imports[0].api_version.value = 0xa;
  CHECK(outcome(facts, "2.0.2").rfind("incompatible NPY202 crash", 0) == 0);
}

TEST_CASE("what happens at first use is not told of a module that dies there") {
  CapsuleImport import = array_import(0xf, false);
  ModuleFacts facts = facts_with({import});
  facts.own_way = OwnWay::kPybind11Old;
  DescriptorRead read;
  read.member = "elsize";
  read.status = DescriptorRead::Status::kProven;
  facts.descriptor_reads = {read};
  CapsuleImport later = import;
  later.reach = Reach::kLater;
  facts.imports = {later};
  CHECK(outcome(facts, "2.0.2").find("NPY201 first_use") != std::string::npos);
  CHECK(outcome(facts, "2.0.2").find("NPY203 first_use") != std::string::npos);
  import.wrapper = Wrapper::kDropped;
  facts.imports = {import, later};
  CHECK(outcome(facts, "2.0.2") ==
        "incompatible NPY202 crash ImportError: numpy.core.multiarray failed to import <- AttributeError: _ARRAY_API "
        "not found");
  facts.imports[0].wrapper = Wrapper::kCleared;  // it goes on, and may well be used
  CHECK(outcome(facts, "2.0.2").find("NPY203 first_use") != std::string::npos);
  facts.imports[0].wrapper = Wrapper::kDropped;
  facts.api_slots.resize(1);
  facts.api_slots[0].unfilled = true;  // another table, and with every NumPy
  CHECK(outcome(facts, "2.0.2").find("NPY208 crash") != std::string::npos);
}

TEST_CASE("import_umath under a pending exception fails with its own text") {
  CapsuleImport array = array_import(0xf, false);
  array.wrapper = Wrapper::kDropped;
  CapsuleImport umath = array;
  umath.table = CapsuleImport::Table::kUfunc;
  umath.attribute = "_UFUNC_API";
  umath.import_failure_text = "numpy.core._multiarray_umath failed to import";
  umath.wrapper = Wrapper::kReplaced;
  umath.wrapper_text = "numpy.core.umath failed to import";
  CHECK(outcome(facts_with({array, umath}), "2.0.2") ==
        "incompatible NPY101 import ImportError: numpy.core.umath failed to import <- ImportError: "
        "numpy.core._multiarray_umath failed to import");
  CHECK(outcome(facts_with({array, umath}), "1.26.4") == "compatible");
}

TEST_CASE("checks that run later, or never, do not stop the import") {
  CapsuleImport import = array_import(0xf, false);
  for (Reach reach : {Reach::kLater, Reach::kExported}) {
    import.reach = reach;
    CHECK(outcome(facts_with({import}), "2.0.2").rfind("incompatible NPY201 first_use ImportError", 0) == 0);
  }
  import.reach = Reach::kNever;
  CHECK(outcome(facts_with({import}), "2.0.2") == "compatible");
}

TEST_CASE("what is unknown stays unknown, unless something else decides") {
  CapsuleImport import = array_import(0xf, false);
  import.api_version.value.reset();
  import.api_version.unknown_because = "the compare disagrees";
  CHECK(outcome(facts_with({import}), "1.26.4") == "unknown NPY901");
  CHECK(outcome(facts_with({import}), "2.0.2").rfind("incompatible NPY101", 0) == 0);
  ModuleFacts unread;
  unread.unknowns = {"the member could not be read"};
  CHECK(outcome(unread, "2.0.2") == "unknown NPY902");
  unread.unreadable = true;
  CHECK(outcome(unread, "2.0.2") == "unknown NPY904");
}

TEST_CASE("a failing size check that the init function was not seen to reach is never silent") {
  SizeCheck check = size_check("dtype", 96, SizeCheckMode::kIgnore);
  for (Reach reach : {Reach::kLater, Reach::kExported}) {
    check.reach = reach;
    CHECK(outcome(facts_with({}, {check}), "2.0.2") == "unknown NPY902");
    CHECK(outcome(facts_with({}, {check}), "1.26.4") == "compatible");
  }
  check.reach = Reach::kNever;
  CHECK(outcome(facts_with({}, {check}), "2.0.2") == "compatible");
}

TEST_CASE("own ways to the table") {
  const auto with = [](OwnWay way) {
    ModuleFacts facts = facts_with({});
    facts.own_way = way;
    return outcome(facts, "2.0.2") + " / " + outcome(facts, "1.26.4");
  };
  CHECK(with(OwnWay::kPybind11Old) == "compatible / compatible");
  CHECK(with(OwnWay::kPybind11) == "compatible / compatible");
  CHECK(with(OwnWay::kPybind11Only1) == "incompatible NPY205 first_use / compatible");
  CHECK(with(OwnWay::kRustOld) == "compatible / compatible");
  CHECK(with(OwnWay::kRust) == "compatible / compatible");
  CHECK(with(OwnWay::kForeign) == "unknown NPY903 / unknown NPY903");
}

DescriptorRead descriptor_read(DescriptorRead::Status status) {
  DescriptorRead read;
  read.member = "elsize";
  read.offset = 32;
  read.status = status;
  read.evidence = {0x100, "read of a dtype"};
  return read;
}

TEST_CASE("members of dtypes that are read where old NumPys have them") {
  using Status = DescriptorRead::Status;
  const auto with = [](const std::vector<Status>& reads, OwnWay way = OwnWay::kPybind11Old) {
    ModuleFacts facts = facts_with({});
    facts.own_way = way;
    for (const Status status : reads) facts.descriptor_reads.push_back(descriptor_read(status));
    return outcome(facts, "2.0.2") + " / " + outcome(facts, "1.26.4");
  };
  CHECK(with({Status::kProven}) == "incompatible NPY203 first_use / compatible");
  CHECK(with({Status::kUndecided, Status::kProven}) == "incompatible NPY203 first_use / compatible");
  CHECK(with({Status::kUndecided, Status::kHarmless}) == "unknown NPY203 / compatible");
  CHECK(with({Status::kHarmless}) == "compatible / compatible");
  CHECK(with({Status::kUndecided}, OwnWay::kRustOld) == "unknown NPY204 / compatible");
  CHECK(with({Status::kProven}, OwnWay::kPybind11) == "compatible / compatible");
}

TEST_CASE("what comes of a member that is read elsewhere is said, and what helps") {
  ModuleFacts facts = facts_with({});
  facts.own_way = OwnWay::kPybind11Old;
  facts.descriptor_reads = {descriptor_read(DescriptorRead::Status::kProven)};
  const JudgeContext context{"pkg.demo", {}, kHistory};
  const auto finding = [&] { return judge_module(facts, numpy("2.0.2"), context).findings.at(0); };
  CHECK(finding().message ==
        "it was built with pybind11 older than 2.12, which knows the dtype structure of NumPy 1.x, and reads "
        "PyArray_Descr.elsize where that has it, at offset 32: under NumPy 2.0.2 it loads, and the item size of most "
        "dtypes (itemsize(), nbytes()) comes out as 0, without an error");
  CHECK(finding().remedy == "rebuild with pybind11 2.12 or newer, or require numpy<2");
  facts.descriptor_reads[0].effect = DescriptorRead::Effect::kStrides;
  CHECK(finding().message.find("get stride 0") != std::string::npos);
  facts.descriptor_reads[0].member = "names";
  facts.descriptor_reads[0].effect = DescriptorRead::Effect::kValue;
  CHECK(finding().message.find("as having none (has_fields())") != std::string::npos);
  facts.descriptor_reads[0].status = DescriptorRead::Status::kUndecided;
  CHECK(finding().message.find("it may read PyArray_Descr.names") != std::string::npos);
  facts.descriptor_reads = {{"", 0, DescriptorRead::Status::kUndecided, {}, {0, "no such code"}}};
  CHECK(finding().message.find("could not be recovered: no such code") != std::string::npos);
}

TEST_CASE("a NumPy that pybind11 is too new for") {
  ModuleFacts facts = facts_with({});
  facts.own_way = OwnWay::kPybind11;
  CHECK(outcome(facts, "1.15.4") == "compatible");
  facts.own_way_at_least = "1.16";
  CHECK(outcome(facts, "1.15.4") == "incompatible NPY206 first_use");
  CHECK(outcome(facts, "1.26.4") == "compatible");
}

TEST_CASE("own structures that nobody can compare are not compatible") {
  ModuleFacts facts = facts_with({});
  facts.own_way = OwnWay::kPybind11Old;
  facts.descriptor_reads = {descriptor_read(DescriptorRead::Status::kProven)};
  NumpyRelease release = numpy("2.0.2");
  release.elsize_offset.reset();
  const JudgeContext context{"pkg.demo", {}, kHistory};
  CHECK(judge_module(facts, release, context).verdict == Verdict::kUnknown);
}

TEST_CASE("remedies name the NumPys that the database names") {
  const auto remedy = [](const ModuleFacts& facts, const AbiHistory& history) {
    const JudgeContext context{"pkg.demo", [](std::uint32_t) { return std::pair<std::string, std::string>(); },
                               history};
    return judge_module(facts, numpy("2.0.2"), context).findings.at(0).remedy;
  };
  const ModuleFacts old = facts_with({array_import(0xf, false)});
  CHECK(remedy(old, kHistory) ==
        "rebuild with NumPy 2.0 or newer headers (the result also runs on NumPy 1.x), or require numpy<2");
  CHECK(remedy(old, {0x1000009, 32, "3.4", "3.5", ""}) ==
        "rebuild with NumPy 3.5 or newer headers (the result also runs on NumPy 3.x), or require numpy<3.5");
  CHECK(remedy(old, {0x1000009, 32, "2.0", "", ""}) == "rebuild with the headers of the NumPy to support");
  const ModuleFacts recent = facts_with({array_import(0x13, true)});
  CHECK(remedy(recent, kHistory) ==
        "require a newer NumPy, or rebuild for an older C-API (NPY_TARGET_VERSION with NumPy 1.25 or newer headers)");
  CHECK(remedy(recent, {0x1000009, 32, "1.26", "2.0", ""}) == "require a newer NumPy");
}

TEST_CASE("a bundled library that the module's init calls") {
  ModuleFacts facts;
  facts.python_module = true;
  facts.library_imports.push_back({"pkg/libhelper.so", "helper_init", array_import(0xf, false)});
  CHECK(outcome(facts, "2.0.2").rfind("incompatible NPY101 import ImportError", 0) == 0);
  CHECK(outcome(facts, "1.26.4") == "compatible");
}

TEST_CASE("slots that a NumPy leaves empty, and tables that nothing fills") {
  ModuleFacts facts = facts_with({array_import(0xd, true)});
  facts.api_slots.resize(2);
  facts.api_slots[0].index = 45;
  facts.api_slots[0].name = "PyArray_DescrFromType";
  facts.api_slots[1].index = 375;
  facts.api_slots[1].name = "_PyDatetimeScalarObject_GetValue";
  JudgeContext context{"pkg.demo", {}, kHistory};
  context.slot_of = [](const ApiSlotUse& use, const std::string& release) {
    return use.index < 369 || release != "2.0.2" ? std::optional(ApiSlot{"", ""}) : std::nullopt;
  };
  const auto found = [&](const std::string& version) {
    const ModuleVerdict verdict = judge_module(facts, numpy(version), context);
    return verdict.findings.empty() ? std::string() : verdict.findings.front().rule + verdict.findings.front().message;
  };
  CHECK(found("2.5.0").empty());
  CHECK(found("2.0.2").starts_with("NPY207it uses _PyDatetimeScalarObject_GetValue (slot 375) of NumPy's C-API"));
  facts.api_slots[1].guarded = true;
  CHECK(found("2.0.2").empty());
  facts.api_slots[0].unfilled = true;
  for (const char* version : {"2.0.2", "2.5.0"}) {
    CHECK(found(version).starts_with("NPY208it uses PyArray_DescrFromType (slot 45) of NumPy's C-API"));
    CHECK(judge_module(facts, numpy(version), context).findings.front().when == When::kCrash);
  }
  facts.api_slots[0].while_loading = true;
  CHECK(found("2.5.0").find("the process dies while the module loads") != std::string::npos);
  CHECK(judge_module(facts, numpy("2.5.0"), context).findings.front().when == When::kImport);
  const auto remedy = [&] { return judge_module(facts, numpy("2.5.0"), context).findings.front().remedy; };
  CHECK(remedy().starts_with("call import_array() in the module's init function;"));
  facts.api_slots[1].unfilled = true;
  facts.api_slots[1].table = CapsuleImport::Table::kUfunc;
  CHECK(remedy().starts_with("call import_array() and import_umath() in the module's init function;"));
  facts.api_slots[0].unfilled = false;
  CHECK(remedy().starts_with("call import_umath() in the module's init function;"));
}

TEST_CASE("a table that nothing defines keeps the module from loading") {
  ModuleFacts facts;
  facts.shared_tables = {{"demo_ARRAY_API", false, false, "", "undefined symbol: demo_ARRAY_API", ""}};
  CHECK(outcome(facts, "2.0.2") == "incompatible NPY108 import ImportError: undefined symbol: demo_ARRAY_API");
  facts.imports = {array_import(0xf, false)};  // which never runs
  CHECK(outcome(facts, "2.0.2") == "incompatible NPY108 import ImportError: undefined symbol: demo_ARRAY_API");
  facts.shared_tables[0].may_come_from = "libdemo.so";
  CHECK(outcome(facts, "2.0.2").starts_with("incompatible NPY101 import"));
  facts.imports.clear();
  CHECK(outcome(facts, "2.0.2").starts_with("unknown NPY108"));
  facts.shared_tables[0].refusal.clear();
  CHECK(outcome(facts, "2.0.2") == "compatible");
}

TEST_CASE("functions that a NumPy has and that only raise") {
  ModuleFacts facts = facts_with({array_import(0xd, true)});
  facts.api_slots.resize(1);
  facts.api_slots[0].index = 44;
  facts.api_slots[0].name = "PyArray_SetStringFunction";
  const JudgeContext context{"pkg.demo", {}, kHistory};
  NumpyRelease recent = numpy("2.5.0");
  CHECK(judge_module(facts, recent, context).findings.empty());
  recent.disabled["PyArray_SetStringFunction"] = {"2.1.0", {"ValueError", "it was removed"}, ""};
  const ModuleVerdict verdict = judge_module(facts, recent, context);
  REQUIRE(verdict.findings.size() == 1);
  const Finding& finding = verdict.findings.front();
  CHECK(verdict.verdict == Verdict::kIncompatible);
  CHECK(finding.rule == "NPY209");
  CHECK(finding.when == When::kFirstUse);
  CHECK(finding.message ==
        "it uses PyArray_SetStringFunction (slot 44) of NumPy's C-API, which only raises an error "
        "since NumPy 2.1");
  CHECK(finding.remedy == "do without it, or require numpy<2.1");
  REQUIRE(finding.predicted_error);
  CHECK(finding.predicted_error->type == "ValueError");
  CHECK(finding.predicted_error->message == "it was removed");
  // Another function, one that is only used behind a look at the version, and one that nothing starts.
  facts.api_slots[0].name = "PyArray_Size";
  CHECK(judge_module(facts, recent, context).findings.empty());
  facts.api_slots[0].name = "PyArray_SetStringFunction";
  facts.api_slots[0].guarded = true;
  CHECK(judge_module(facts, recent, context).findings.empty());
  facts.api_slots[0].guarded = false;
  facts.api_slots[0].unused = true;
  CHECK(judge_module(facts, recent, context).findings.empty());
}

TEST_CASE("an import in an exported function that nothing calls") {
  ModuleFacts facts = facts_with({array_import(0xd, true)});
  facts.imports[0].reach = Reach::kExported;
  facts.api_slots.resize(1);
  facts.api_slots[0].index = 45;
  facts.api_slots[0].name = "PyArray_DescrFromType";
  facts.python_module = true;
  CHECK(outcome(facts, "2.0.2") == "compatible");
  facts.api_slots[0].filled_by = {"prepare_numpy"};
  const JudgeContext context{"pkg.demo", {}, kHistory};
  const ModuleVerdict verdict = judge_module(facts, numpy("2.0.2"), context);
  CHECK(verdict.verdict == Verdict::kUnknown);
  REQUIRE(verdict.findings.size() == 1);
  CHECK(verdict.findings[0].rule == "NPY210");
  CHECK(verdict.findings[0].severity == Severity::kWarning);
  CHECK(verdict.findings[0].message.find("only its exported function prepare_numpy() imports") != std::string::npos);
  facts.python_module = false;  // a library is there for others to call
  CHECK(outcome(facts, "2.0.2") == "compatible");
}

TEST_CASE("a module that no Python can load") {
  ModuleFacts facts = facts_with({array_import(0xd, true)});
  facts.uses_numpy = true;
  facts.machine_conflict = "the wheel is for another machine";
  CHECK(outcome(facts, "2.0.2") == "unknown NPY302");
  facts.uses_numpy = false;
  CHECK(outcome(facts, "2.0.2") == "compatible");
}

TEST_CASE("names of modules") {
  CHECK(module_name_of("pkg/sub/_core.cpython-310-x86_64-linux-gnu.so") == "pkg.sub._core");
  CHECK(module_name_of("_core.abi3.so") == "_core");
}
