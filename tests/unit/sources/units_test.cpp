#include "sources/units.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace abicheck {
namespace {

const std::string kNumpy = "#include <numpy/arrayobject.h>\n";

std::vector<SourceUnit> units_of(std::map<std::string, std::string> texts, const CompileOptions& options = {}) {
  const SourceTree tree{"/t", std::move(texts), true};
  return find_units(tree, options);
}

std::vector<std::string> arguments_of(std::map<std::string, std::string> texts, const CompileOptions& options = {}) {
  const std::vector<SourceUnit> units = units_of(std::move(texts), options);
  REQUIRE(units.size() == 1);
  return units.front().arguments;
}

TEST_CASE("units are sources that include NumPy, also through the tree's headers, and those with an init function") {
  const std::vector<SourceUnit> units = units_of({{"a.c", "#include \"own.h\"\n"},
                                                  {"own.h", kNumpy},
                                                  {"b.c", "PyMODINIT_FUNC PyInit_b(void) { return 0; }\n"},
                                                  {"c.c", "int x;\n"},
                                                  {"d.pyx", "cimport numpy\n"}});
  REQUIRE(units.size() == 2);
  CHECK(units[0].path == "a.c");
  CHECK(units[1].path == "b.c");
  CHECK(units_of({{"b.c", "PyMODINIT_FUNC PyInit_b(void) { return 0; }\n"}}).empty());
}

TEST_CASE("a source that the user names is a unit whatever it includes") {
  CompileOptions options;
  options.every_source = true;
  CHECK(units_of({{"c.c", ""}}, options).size() == 1);
}

TEST_CASE("folders are those in which the tree has what is included") {
  CHECK(arguments_of({{"src/a.c", kNumpy + "#include \"pkg/x.h\"\n#include <pkg/y.h>\n"},
                      {"include/pkg/x.h", ""},
                      {"other/pkg/y.h", ""}}) == std::vector<std::string>{"-I/t/include", "-idirafter/t/other"});
}

TEST_CASE("an include that climbs is found from a folder that lies as deep") {
  CHECK(arguments_of({{"p/src/json/a.c", kNumpy + "#include <../../far/x.h>\n"}, {"p/far/x.h", ""}}) ==
        std::vector<std::string>{"-idirafter/t/p/src/json"});
  CHECK(arguments_of({{"a.c", kNumpy + "#include <../far/x.h>\n"}, {"p/far/x.h", ""}, {"p/lib/y.h", ""}}).front() ==
        "-idirafter/t/p/far");
}

TEST_CASE("what the user gives stands where it counts") {
  CompileOptions options;
  options.arguments = {"-DA=2", "-Iown"};
  options.python_headers = "/py";
  const std::vector<std::string> arguments = arguments_of(
      {{"a.c", kNumpy + "#include \"x/h.h\"\n"}, {"i/x/h.h", ""}, {"setup.py", "define_macros=[('NPY_A', '1')]"}},
      options);
  CHECK(arguments == std::vector<std::string>{"-DNPY_A=1", "-DA=2", "-Iown", "-I/t/i", "-isystem", "/py"});
}

TEST_CASE("headers of installed libraries are looked for where neither the tree nor a package has them") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("abicheck-libraries-" + std::to_string(::getpid()));
  fs::create_directories(folder / "lib");
  std::ofstream(folder / "lib" / "far.h") << "";
  CompileOptions options;
  options.libraries = {folder.native(), (folder / "lib").native()};
  const std::string text = kNumpy + "#include <far.h>\n#include <none.h>\n";
  CHECK(arguments_of({{"a.c", text}}, options) == std::vector<std::string>{"-idirafter" + (folder / "lib").native()});
  CHECK(arguments_of({{"a.c", text}, {"b/far.h", ""}}, options) == std::vector<std::string>{"-idirafter/t/b"});
  fs::remove_all(folder);
}

TEST_CASE("macros of NumPy's stand in setup.py and what it takes along") {
  const std::string macro = "define_macros = [('NPY_A', '1')]";
  for (const char* file : {"setup.py", "demo-1/setupext.py", "demo-1/build_tools.py",
                           "demo-1/demo/core/setup_package.py", "demo-1/pyproject.toml"})
    CHECK(arguments_of({{"a.c", kNumpy}, {file, macro}}).front() == "-DNPY_A=1");
  CHECK(arguments_of({{"a.c", kNumpy}, {"demo-1/demo/core/build.py", macro}}).empty());
}

}  // namespace
}  // namespace abicheck
