#include "unit/report/sample_reports.h"

#include <memory>

namespace abicheck::sample {

namespace {

const char* const kSuffix = ".cpython-310-x86_64-linux-gnu.so";
const char* const kTag = "cp310-cp310-manylinux_2_17_x86_64";

Target target(const std::string& key) {
  return {key, {key + ".0"}, key};
}

Report report_for(const std::vector<std::string>& keys) {
  Report report;
  report.database_min = "1.7";
  report.database_max = "2.5";
  report.database_revision = "2026-10-01";
  for (const std::string& key : keys) report.targets.push_back(target(key));
  return report;
}

std::string part(const std::string& package, int number) {
  return package + "/_part" + (number < 10 ? "0" : "") + std::to_string(number);
}

ModuleReport module(const std::string& name, bool uses_numpy) {
  ModuleReport m;
  m.path = name + kSuffix;
  m.format = "elf";
  m.arch = "x86_64";
  m.facts.python_module = true;
  m.facts.generator = "cython";
  m.facts.generator_version = uses_numpy ? "0.29.36" : "";
  m.facts.uses_numpy = uses_numpy;
  if (uses_numpy) m.supported_numpy = ">=1.19,<2";
  return m;
}

FileReport wheel(const std::string& name, const std::string& version) {
  FileReport file;
  file.path = "dist/" + name + "-" + version + "-" + kTag + ".whl";
  file.kind = "wheel";
  file.sha256 = std::string(64, 'a');
  file.name = name;
  file.version = version;
  file.tags = {kTag};
  file.requires_numpy = ">=1.17";
  file.supported_numpy = ">=1.19,<2";
  return file;
}

PredictedError caused(const std::string& type, const std::string& message, PredictedError cause) {
  return {type, message, std::make_shared<const PredictedError>(std::move(cause))};
}

Finding abi_mismatch(const std::string& numpy, const std::string& abi) {
  return {"NPY101",
          Severity::kError,
          When::kImport,
          "it was built with NumPy 1.x headers (ABI 0x01000009), and NumPy " + numpy + " has ABI " + abi,
          "rebuild with NumPy 2.0 or newer, such a wheel runs on NumPy 1.x too; until then require numpy<2",
          caused("ImportError", "numpy.core.multiarray failed to import",
                 {"RuntimeError", "module compiled against ABI version 0x1000009 but this version of numpy is " + abi,
                  nullptr})};
}

Finding size_changed() {
  return {
      "NPY110",
      Severity::kError,
      When::kImport,
      "Cython compares sizeof(numpy.dtype): it was built with 96 bytes (NumPy 1.x), NumPy 2.0 has 88",
      "rebuild with NumPy 2.0 or newer",
      PredictedError{"ValueError",
                     "numpy.dtype size changed, may indicate binary incompatibility. Expected 96 from C header, got "
                     "88 from PyObject",
                     nullptr}};
}

Finding silently_wrong() {
  return {"NPY201",
          Severity::kError,
          When::kFirstUse,
          "pybind11 2.11 reads dtype fields where NumPy 1.x had them; on NumPy 2.0 itemsize() of a dtype is 0",
          "rebuild with pybind11 2.12 or newer",
          std::nullopt};
}

Finding too_old(const std::string& numpy, const std::string& api) {
  return {
      "NPY102",
      Severity::kError,
      When::kImport,
      "it was built for C-API 0xf (NumPy 1.22), and NumPy " + numpy + " has only " + api,
      "require numpy>=1.22",
      caused("ImportError", "numpy.core.multiarray failed to import",
             {"RuntimeError", "module compiled against API version 0xf but this version of numpy is " + api, nullptr})};
}

// A module with the same findings for the targets from index `begin` up to `end`, fine for the others.
void judge(ModuleReport& m, const Report& report, std::size_t begin, std::size_t end, ModuleVerdict verdict) {
  m.verdicts.resize(report.targets.size());
  for (std::size_t i = 0; i < report.targets.size(); ++i) {
    m.verdicts[i].first = report.targets[i].key;
    if (i >= begin && i < end) m.verdicts[i].second = verdict;
  }
}

void judge(ModuleReport& m, const Report& report, ModuleVerdict verdict = {}) {
  judge(m, report, 0, report.targets.size(), std::move(verdict));
}

void add(Report& report, FileReport file) {
  for (const Target& t : report.targets) {
    Verdict worst = file.modules.empty() ? Verdict::kCompatible : Verdict::kNotApplicable;
    for (const ModuleReport& m : file.modules) {
      for (const auto& [key, verdict] : m.verdicts) {
        if (key == t.key) worst = worse(worst, verdict.verdict);
      }
    }
    file.verdicts.emplace_back(t.key, worst);
  }
  report.files.push_back(std::move(file));
}

void add_fine_wheel(Report& report, const std::string& name, int users, int modules) {
  FileReport file = wheel(name, "1.0");
  file.supported_numpy = ">=1.19";
  for (int i = 0; i < modules; ++i) {
    file.modules.push_back(module(part(name, i), i < users));
    file.modules.back().supported_numpy = ">=1.19";
    judge(file.modules.back(), report);
  }
  if (users == 0) file.requires_numpy = file.supported_numpy = std::nullopt;
  add(report, std::move(file));
}

FileReport with_one(const Report& report, const std::string& name, ModuleVerdict verdict) {
  FileReport file = wheel(name, "2.3.1");
  file.modules.push_back(module(name + "/_core", true));
  judge(file.modules.back(), report, std::move(verdict));
  return file;
}

Known<std::uint32_t> unread(const std::string& why) {
  return {std::nullopt, {}, why};
}

}  // namespace

WriteOptions options() {
  WriteOptions options;
  options.version = "0.1.0";
  options.release_of_api = [](std::uint32_t api) -> std::string {
    return api == 0xd ? "1.19" : api == 0xf ? "1.22" : "";
  };
  return options;
}

Report all_fine() {
  Report report = report_for({"2.0"});
  add_fine_wheel(report, "foo", 12, 30);
  add_fine_wheel(report, "bar", 0, 3);
  add_fine_wheel(report, "pure", 0, 0);
  FileReport bare;
  bare.path = std::string("build/_core") + kSuffix;
  bare.kind = "module";
  bare.modules.push_back(module("_core", true));
  judge(bare.modules.back(), report);
  add(report, bare);
  return report;
}

Report many_failures() {
  Report report = report_for({"2.0"});
  add_fine_wheel(report, "before", 1, 1);
  FileReport file = wheel("foo", "1.0");
  for (int i = 0; i < 40; ++i) {
    file.modules.push_back(module(part("foo", i), i < 30));
    ModuleVerdict verdict;
    if (i < 18) verdict = {Verdict::kIncompatible, {abi_mismatch("2.0", "0x2000000")}};
    if (i >= 18 && i < 22) verdict = {Verdict::kIncompatible, {size_changed()}};
    judge(file.modules.back(), report, verdict);
  }
  file.findings.push_back({"NPY301", Severity::kWarning, When::kNone,
                           "the metadata promises numpy>=1.17, the binaries need at least 1.19",
                           "declare numpy>=1.19,<2", std::nullopt});
  add(report, std::move(file));
  add_fine_wheel(report, "after", 2, 5);
  return report;
}

Report through_another() {
  Report report = report_for({"1.26", "2.0"});
  FileReport file = wheel("chained", "1.0");
  file.modules.push_back(module("chained/_base", true));
  const Finding root = abi_mismatch("2.0.2", "0x2000000");
  judge(file.modules.back(), report, 1, 2, {Verdict::kIncompatible, {root}});
  for (const char* name : {"chained/_more", "chained/_most"}) {
    const std::string base = file.modules.front().path;
    Finding finding = root;
    finding.rule = "NPY106";
    finding.message = "it imports _base, which does not load: " + root.message;
    finding.through = name == std::string("chained/_most") ? std::vector<std::string>{file.modules.back().path, base}
                                                           : std::vector<std::string>{base};
    file.modules.push_back(module(name, false));
    file.modules.back().facts.sibling_imports = {
        {"chained._base", base, {0x1234, "name that PyInit__more imports"}, "", 0}};
    judge(file.modules.back(), report, 1, 2, {Verdict::kIncompatible, {finding}});
  }
  add(report, file);
  return report;
}

Report other_outcomes() {
  Report report = report_for({"2.0"});
  add(report, with_one(report, "silent", {Verdict::kIncompatible, {silently_wrong()}}));
  Finding crash{"NPY203",
                Severity::kError,
                When::kCrash,
                "it drops the failed import of NumPy and calls through the empty table",
                "rebuild with NumPy 2.0 or newer",
                std::nullopt};
  add(report, with_one(report, "crasher", {Verdict::kIncompatible, {crash}}));
  Finding undecided{"NPY901",
                    Severity::kWarning,
                    When::kNone,
                    "the ABI number is computed at run time",
                    "build without -flto, or ask the authors",
                    std::nullopt};
  add(report, with_one(report, "puzzle", {Verdict::kUnknown, {undecided}}));
  FileReport silent = with_one(report, "mute", {Verdict::kUnknown, {}});
  silent.modules[0].facts.unknowns = {"the module's code is encrypted"};
  silent.supported_numpy = std::nullopt;
  add(report, silent);
  add(report, with_one(report, "elsewhere", {Verdict::kNotApplicable, {}}));
  Finding warning{"NPY302",    Severity::kWarning, When::kNone, "the tag says cp39, the file name cp310",
                  "rename it", std::nullopt};
  add(report, with_one(report, "warned", {Verdict::kCompatible, {warning}}));
  Finding multi = abi_mismatch("2.0", "0x2000000");
  multi.predicted_error =
      caused("ImportError", "numpy.core.multiarray failed to import",
             {"AttributeError",
              "\nA module that was compiled using NumPy 1.x cannot be run in\nNumPy 2.0.0 as it may crash.", nullptr});
  FileReport bare = with_one(report, "bare", {Verdict::kIncompatible, {multi}});
  bare.path = "build/_core.so";
  bare.kind = "module";
  add(report, bare);
  report.notes = {"NumPy 2.0 stands for 2.0.0, 2.0.1 and 2.0.2"};
  return report;
}

Report only_problems() {
  Report report = report_for({"2.0"});
  report.problems.push_back({ErrorCode::kMalformed, "the zip directory ends before its end", "dist/cut.whl"});
  report.problems.push_back({ErrorCode::kCorrupt, "the checksum does not match", "dist/foo.whl!foo/_core.so"});
  return report;
}

Report unread_member() {
  Report report = report_for({"2.0"});
  add_fine_wheel(report, "foo", 1, 2);
  FileReport& file = report.files.back();
  file.verdicts[0].second = Verdict::kUnknown;
  report.problems.push_back({ErrorCode::kCorrupt, "the checksum does not match", file.path + "!foo/_core.so"});
  return report;
}

Report three_targets() {
  Report report = report_for({"1.26", "2.0", "2.1"});
  add_fine_wheel(report, "fine", 3, 5);
  add_fine_wheel(report, "plain", 0, 2);
  FileReport file = wheel("foo", "1.0");
  for (int i = 0; i < 5; ++i) {
    file.modules.push_back(module(part("foo", i), true));
    judge(file.modules.back(), report);
    if (i == 4) continue;
    file.modules.back().verdicts[1].second = {Verdict::kIncompatible, {abi_mismatch("2.0", "0x2000000")}};
    file.modules.back().verdicts[2].second = {Verdict::kIncompatible, {abi_mismatch("2.1", "0x2000000")}};
  }
  add(report, std::move(file));
  FileReport silent = with_one(report, "silent", {});
  judge(silent.modules[0], report, 1, 3, {Verdict::kIncompatible, {silently_wrong()}});
  add(report, silent);
  FileReport puzzle = with_one(report, "puzzle", {Verdict::kUnknown, {}});
  puzzle.modules[0].facts.unknowns = {"the module's code is encrypted"};
  puzzle.modules[0].verdicts[0].second.verdict = Verdict::kNotApplicable;
  add(report, puzzle);
  return report;
}

Report sixty_targets() {
  std::vector<std::string> keys;
  for (int minor = 16; minor <= 26; ++minor) {
    for (int patch = 0; patch < 4; ++patch) keys.push_back("1." + std::to_string(minor) + "." + std::to_string(patch));
  }
  for (int patch = 0; patch < 16; ++patch)
    keys.push_back("2." + std::to_string(patch / 3) + "." + std::to_string(patch % 3));
  Report report = report_for(keys);
  add_fine_wheel(report, "fine", 1, 1);
  FileReport file = with_one(report, "foo", {});
  for (auto& [key, verdict] : file.modules[0].verdicts) {
    if (key < "1.22")
      verdict = {Verdict::kIncompatible, {too_old(key, key < "1.20" ? "0xd (NumPy 1.19)" : "0xe (NumPy 1.20)")}};
    if (key >= "2") verdict = {Verdict::kIncompatible, {abi_mismatch(key, "0x2000000")}};
  }
  add(report, std::move(file));
  return report;
}

Report hostile() {
  Report report = report_for({"2.0"});
  FileReport file = with_one(report, "evil", {Verdict::kIncompatible, {abi_mismatch("2.0", "0x2000000")}});
  file.path = "dist/evil\x1b]0;owned\x07-\xff\xfe.whl";
  file.modules[0].path =
      "evil/\x1b[2Jclear\r\nOK for NumPy 2.0\xc2\x9b"
      "1m\xe2\x80\xae"
      "os.elbaliaf\xc0\xaf.so";
  add(report, std::move(file));
  report.problems.push_back({ErrorCode::kMalformed, "name \x1b[31mred\x7f", "a.whl!\xed\xa0\x80"});
  report.notes = {"one\nproblem: two"};
  return report;
}

Report every_fact() {
  Report report = report_for({"2.0.2"});
  FileReport file = with_one(report, "facts", {});
  ModuleFacts& facts = file.modules[0].facts;
  CapsuleImport array;
  array.template_name = "A6-A7";
  array.module_paths = {"numpy._core._multiarray_umath", "numpy.core._multiarray_umath"};
  array.attribute = "_ARRAY_API";
  array.abi_compare = AbiCompare::kAtLeast;
  array.abi_version = {0x01000009, {0x12d52, "argument of PyErr_Format"}, ""};
  array.api_version = {0xd, {0x12dcd, "compared"}, ""};
  array.reach = Reach::kImport;
  array.reach_how = "PyInit__core > __Pyx_import_array";
  array.evidence = {0x12d00, "reference to the attribute's name"};
  array.use_behind = {0x13400, "0x12c00 -> 0x13000 -> 0x13400"};
  facts.imports.push_back(array);
  array.use_behind = {};
  array.abi_version = unread("no constant reaches the call");
  array.api_version = unread("");
  array.api_numpy_text = "1.20";
  array.reach = Reach::kExported;
  array.reached_by_exports = {"setup_numpy", "again"};
  facts.imports.push_back(array);
  CapsuleImport ufunc;
  ufunc.table = CapsuleImport::Table::kUfunc;
  ufunc.module_paths = {"numpy.core._multiarray_umath"};
  ufunc.attribute = "_UFUNC_API";
  facts.imports.push_back(ufunc);
  facts.size_checks.push_back({"numpy",
                               "dtype",
                               {96, {0x200, "argument"}, ""},
                               {SizeCheckMode::kIgnore, {}, ""},
                               CythonEra::k029,
                               Reach::kImport,
                               {}});
  facts.size_checks.push_back({"numpy",
                               "ndarray",
                               unread("kept on the stack"),
                               {std::nullopt, {}, ""},
                               CythonEra::k3,
                               Reach::kImport,
                               {0x300, ""}});
  facts.own_way = OwnWay::kPybind11Old;
  facts.own_way_evidence = {0x400, "pybind11 internals id"};
  facts.descriptor_reads = {{"elsize", 32, DescriptorRead::Status::kProven, {}, {0x500, "read of a dtype"}},
                            {"", 0, DescriptorRead::Status::kUndecided, {}, {0x600, "its callers are too far away"}}};
  facts.library_imports.push_back({"facts.libs/libarrow_python.so", "import_pyarrow", facts.imports[0]});
  facts.unknowns = {"one function is larger than the limit"};
  add(report, std::move(file));
  return report;
}

}  // namespace abicheck::sample
