#include "rules/siblings.h"

#include <doctest/doctest.h>

#include "unit/rules/known_numpy.h"

#include <algorithm>
#include <random>
#include <set>

using namespace abicheck;

namespace {

// A module of a wheel that imports others, and whether it fails by itself: its check of a type that is smaller now.
ModuleReport module(const std::string& name, const std::vector<std::string>& imports, bool fails) {
  ModuleReport m;
  m.path = "pkg/" + name + ".so";
  m.arch = "x86_64";
  for (const std::string& other : imports)
    m.facts.sibling_imports.push_back({"pkg." + other, "pkg/" + other + ".so", {}, "", 0});
  if (!fails) return m;
  SizeCheck check;
  check.module = "numpy";
  check.type = "dtype";
  check.size.value = 96;
  check.mode.value = SizeCheckMode::kIgnore;
  m.facts.size_checks = {check};
  m.facts.uses_numpy = true;
  return m;
}

JudgeContext context() {
  return {"pkg", [](std::uint32_t) { return std::pair<std::string, std::string>("", ""); }, kHistory};
}

NumpyRelease some_numpy() {
  NumpyRelease numpy;
  numpy.version = "2.0.2";
  numpy.sizes = {{"numpy.dtype", 88}};
  return numpy;
}

// The chain that ends at the module that fails; "" when importing it works.
std::string chain(const FileReport& file, const std::string& name) {
  const Siblings siblings(file, [](const ModuleReport&) { return context(); });
  const NumpyRelease numpy = some_numpy();
  for (const ModuleReport& m : file.modules) {
    if (m.path != "pkg/" + name + ".so") continue;
    for (const SiblingImport& sibling : m.facts.sibling_imports) {
      const auto finding = siblings.failure_of(sibling, m, numpy);
      if (!finding) continue;
      std::string text = finding->predicted_error ? "" : "? ";
      for (const std::string& path : finding->through) text += path;
      return text;
    }
  }
  return "";
}

// What Siblings remembers, asked anew each time.
std::optional<Finding> walk(const FileReport& file, const SiblingImport& sibling, const NumpyRelease& numpy,
                            std::set<std::string>& loading) {
  const auto module = std::find_if(file.modules.begin(), file.modules.end(),
                                   [&](const ModuleReport& m) { return m.path == sibling.path; });
  if (!loading.insert(sibling.path).second) return std::nullopt;
  auto failing =
      first_sibling_failure(module->facts, [&](const SiblingImport& next) { return walk(file, next, numpy, loading); });
  auto finding = judge_loading(module->facts, judge_own_loading(module->facts, numpy, context()), std::move(failing));
  if (finding) finding->through.insert(finding->through.begin(), module->path);
  return finding;
}

}  // namespace

TEST_CASE("what is remembered of modules makes no difference") {
  std::mt19937 random(1);
  const auto pick = [&](int below) { return std::uniform_int_distribution<int>(0, below - 1)(random); };
  const NumpyRelease numpy = some_numpy();
  int failures = 0;
  for (int round = 0; round < 300; ++round) {
    FileReport file;
    const int count = 2 + pick(8);
    for (int i = 0; i < count; ++i) {
      std::vector<std::string> imports;
      for (int n = pick(4); n > 0; --n) imports.push_back(std::to_string(pick(count)));
      ModuleReport m = module(std::to_string(i), imports, pick(12) == 0);
      // An error that is cleared hides what the module imports in vain.
      if (pick(8) == 0) {
        CapsuleImport import;
        import.module_paths = {"numpy.nowhere"};
        import.wrapper = Wrapper::kCleared;
        import.reach = Reach::kImport;
        m.facts.imports = {import};
        m.facts.api_checked_before_sizes = true;
      }
      file.modules.push_back(std::move(m));
    }
    const Siblings siblings(file, [](const ModuleReport&) { return context(); });
    for (const ModuleReport& importer : file.modules) {
      for (const SiblingImport& sibling : importer.facts.sibling_imports) {
        std::set<std::string> loading{importer.path};
        const auto expected = walk(file, sibling, numpy, loading);
        const auto found = siblings.failure_of(sibling, importer, numpy);
        REQUIRE(found.has_value() == expected.has_value());
        if (!found) continue;
        ++failures;
        REQUIRE(found->through == expected->through);
        REQUIRE(found->message == expected->message);
      }
    }
  }
  CHECK(failures > 100);
}

TEST_CASE("a chain of imports ends at the module that fails") {
  FileReport file;
  file.modules = {module("a", {"b", "d"}, false), module("b", {"c"}, false), module("c", {}, false),
                  module("d", {"e"}, false),      module("e", {}, true),     module("f", {"nowhere"}, false)};
  CHECK(chain(file, "a") == "pkg/d.sopkg/e.so");
  CHECK(chain(file, "b").empty());
  CHECK(chain(file, "d") == "pkg/e.so");
  CHECK(chain(file, "f").empty());
}

TEST_CASE("imports that go round in a circle") {
  FileReport file;
  file.modules = {module("a", {"b"}, true), module("b", {"a"}, false), module("c", {"b"}, false),
                  module("x", {"y"}, false), module("y", {"x"}, false)};
  CHECK(chain(file, "a").empty());  // b meets a half-done a; a fails by itself
  CHECK(chain(file, "b") == "pkg/a.so");
  CHECK(chain(file, "c") == "pkg/b.sopkg/a.so");
  CHECK(chain(file, "x").empty());
}

TEST_CASE("no exception is predicted where a package runs code of its own before") {
  FileReport file;
  file.modules = {module("a", {"b"}, false), module("b", {}, true)};
  file.modules.front().facts.sibling_imports.front().package_code = "pkg/__init__.py";
  CHECK(chain(file, "a") == "? pkg/b.so");
}

TEST_CASE("slices of a universal file import those of their own processor") {
  for (const bool same : {false, true}) {
    FileReport file;
    file.modules = {module("a", {"b"}, false), module("b", {}, false), module("b", {}, true)};
    file.modules[same ? 1 : 2].arch = "arm64";
    CHECK(chain(file, "a") == (same ? "pkg/b.so" : ""));
  }
}

TEST_CASE("a slice that is not read is no sibling, a file that is not read at all is one") {
  for (const bool whole : {false, true}) {
    FileReport file;
    file.modules = {module("a", {"b"}, false), module("b", {}, true), module("b", {}, false)};
    file.modules[1].facts.unreadable = true;
    file.modules[1].arch = whole ? "unknown" : "i686";
    CHECK(chain(file, "a") == (whole ? "pkg/b.so" : ""));
  }
}

TEST_CASE("a module meets NumPy through others") {
  FileReport file;
  file.modules = {module("a", {"b"}, false), module("b", {"a", "c"}, false), module("c", {}, true),
                  module("d", {}, false)};
  const Siblings siblings(file, {});
  CHECK(siblings.meets_numpy(file.modules[0]));
  CHECK_FALSE(siblings.meets_numpy(file.modules[3]));
}
