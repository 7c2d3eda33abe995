#include "build_files/macros.h"

#include <doctest/doctest.h>

namespace abicheck {
namespace {

using Texts = std::map<std::string, std::string>;

// "NPY_A=1 for a.c b.c", "NPY_A for all"
std::vector<std::string> read(Texts texts) {
  for (const char* source : {"a.c", "b.c", "src/c.c"}) texts.try_emplace(source, "");
  std::vector<std::string> told;
  for (const BuildMacro& macro : read_build_macros(texts)) {
    CHECK(texts.at(macro.file).substr(macro.at, macro.name.size()) == macro.name);
    std::string one = macro.name + (macro.value ? "=" + *macro.value : "") + " for";
    if (!macro.sources) one += " all";
    for (const std::string& source : macro.not_for) one += " but " + source;
    if (macro.sources) {
      for (const std::string& source : *macro.sources) one += " " + source;
    }
    told.push_back(one);
  }
  return told;
}

std::string setup(const std::string& sources, const std::string& before = "", const std::string& behind = "") {
  const std::vector<std::string> told =
      read({{"setup.py", before + "x = [Extension('m', " + sources + ", define_macros=[('NPY_A', '1')])]\n" + behind}});
  return told.size() == 1 ? told.front() : std::to_string(told.size());
}

TEST_CASE("a build file of any shape is read") {
  constexpr std::size_t kMany = 200'000;
  const std::string long_name(kMany, 'x');
  CHECK(setup("['a.c']", "doc = '" + long_name + "'\n") == "NPY_A=1 for a.c");
  CHECK(read({{"setup.py", "x = ('NPY_A', '" + long_name + "')"}}).size() == 1);
  CHECK(read({{"setup.py", "x = (" + std::string(kMany, ' ') + "'NPY_A', None)"}}) ==
        std::vector<std::string>{"NPY_A for all"});
  std::string nested;
  for (std::size_t i = 0; i < kMany / 10; ++i) nested += "Extension(";
  CHECK(setup("['a.c']", "y = " + nested + "\n") == "NPY_A=1 for a.c");
  CHECK(setup(std::string(kMany, '[')) == "NPY_A=1 for all");
  std::string variables = "v0 = ['a.c']\n";
  for (int i = 1; i < 8; ++i) {
    const std::string before = "v" + std::to_string(i - 1);
    variables += "v" + std::to_string(i) + " = " + before;
    for (int j = 0; j < 100; ++j) variables += " + " + before;
    variables += "\n";
  }
  CHECK(setup("v7", variables) == "NPY_A=1 for all");
  std::string sets = "set(A0 a.c)\n";
  for (int i = 1; i < 8; ++i) {
    sets += "set(A" + std::to_string(i);
    for (int j = 0; j < 100; ++j) sets += " ${A" + std::to_string(i - 1) + "}";
    sets += ")\n";
  }
  CHECK(read({{"CMakeLists.txt", sets + "add_library(m ${A7})\ntarget_compile_definitions(m PRIVATE NPY_A)\n"}}) ==
        std::vector<std::string>{"NPY_A for all"});
}

TEST_CASE("comments and documentation define nothing") {
  CHECK(read({{"setup.py", "# ('NPY_A', '1')\n\"\"\"-DNPY_A=1\"\"\"\ndef f():\n    r'''-DNPY_A'''\n"}}).empty());
  CHECK(read({{"meson.build", "x = 1 # '-DNPY_A'\n'''\n-DNPY_A\n'''\n"}}).empty());
  CHECK(read({{"CMakeLists.txt", "# -DNPY_A\n#[[ -DNPY_A\n-DNPY_B ]] #[=[ -DNPY_C ]] ]=]\n"}}).empty());
  CHECK(read({{"setup.cfg", "[build_ext]\n# -DNPY_A\n; -DNPY_B\n"}}).empty());
  CHECK(read({{"pyproject.toml", "[a]\nx = 1 # -DNPY_A\n"}}).empty());
}

TEST_CASE("what looks like a comment in a string is none") {
  CHECK(read({{"setup.py", "a = '#'; b = '-DNPY_A=1'\n"}}) == std::vector<std::string>{"NPY_A=1 for all"});
  CHECK(read({{"setup.py", "a = \"it's \\\" #\" + '-DNPY_A'\n"}}) == std::vector<std::string>{"NPY_A for all"});
  CHECK(read({{"setup.py", "a = '''it's\n# ''', '-DNPY_A'\n"}}) == std::vector<std::string>{"NPY_A for all"});
  CHECK(read({{"CMakeLists.txt", "x(\"#\" it's \\# -DNPY_A)\n"}}) == std::vector<std::string>{"NPY_A for all"});
  CHECK(read({{"setup.cfg", "[build_ext]\ndefine = a;-DNPY_A\n"}}) == std::vector<std::string>{"NPY_A for all"});
}

TEST_CASE("a macro of sources that are not known is not for those of another extension") {
  const std::string other = "e = Extension('n', ['src/c.c'])\n";
  CHECK(setup("glob('*.c')", other) == "NPY_A=1 for all but src/c.c");
  CHECK(setup("files", "for files in groups: pass\n" + other) == "NPY_A=1 for all but src/c.c");
  CHECK(setup("glob('*.c')", "e = Extension('n', glob('src/*.c'))\n") == "NPY_A=1 for all");
  CHECK(setup("['a.c']", other) == "NPY_A=1 for a.c");
  CHECK(read({{"setup.py", other + "macros = [('NPY_A', '1')]\n"}}) == std::vector<std::string>{"NPY_A=1 for all"});
}

TEST_CASE("a macro of one extension is for the sources that the extension names") {
  CHECK(setup("['a.c', \"./src/c.c\"]") == "NPY_A=1 for a.c src/c.c");
  CHECK(setup("sources=['a.c'] + ('b.c',)") == "NPY_A=1 for a.c b.c");
  CHECK(setup("['a.c', 'made.c']") == "NPY_A=1 for a.c");
  CHECK(setup("own", "own = [\n  'a.c',\n] + more\nmore = ['b.c']\n") == "NPY_A=1 for a.c b.c");
  CHECK(read({{"setup.py",
               "e = [Extension('m', ['a.c'], define_macros=[('NPY_A', '1')]),\n"
               "     Extension('n', ['b.c'], define_macros=[('NPY_A', '2')])]\n"}}) ==
        std::vector<std::string>{"NPY_A=1 for a.c", "NPY_A=2 for b.c"});
  CHECK(read({{"demo/setup_package.py", "Extension('m', ['p/d.pyx'], define_macros=[('NPY_A', None)])"},
              {"p/d.pyx", ""},
              {"p/d.cpp", ""}}) == std::vector<std::string>{"NPY_A for p/d.cpp p/d.pyx"});
}

TEST_CASE("a macro counts for all where not all files are known") {
  for (const char* sources : {"glob('*.c')", "['a.c'] + rest", "[f'{x}.c']", "['a.c' for x in y]", "['a' '.c']",
                              "[join('src', 'c.c')]", "sources", "*rest", "['c.c']", "[]", "depends=['a.c']"}) {
    CAPTURE(sources);
    CHECK(setup(sources) == "NPY_A=1 for all");
  }
  CHECK(setup("own", "own = ['a.c']\nown.append('b.c')\n") == "NPY_A=1 for all");
  CHECK(setup("own", "own = ['a.c']\nown += ['b.c']\n") == "NPY_A=1 for all");
  CHECK(setup("own", "if x:\n  own = ['a.c']\nelse:\n  own = ['b.c']\n") == "NPY_A=1 for all");
  CHECK(setup("own", "own = ['a.c']\ndef f(own):\n  ") == "NPY_A=1 for all");
  CHECK(setup("['a.c']", "", "x[0].sources.append('b.c')\n") == "NPY_A=1 for all");
  CHECK(read({{"setup.py", "own = [('NPY_A', '1')]\nExtension('m', ['a.c'], define_macros=own)\n"}}) ==
        std::vector<std::string>{"NPY_A=1 for all"});
}

TEST_CASE("meson's targets") {
  const auto module = [](const std::string& arguments) {
    return read(
        {{"meson.build", "own = files('b.c')\npy.extension_module('m', " + arguments + ", c_args: ['-DNPY_A=1'])"}});
  };
  CHECK(module("'a.c', own") == std::vector<std::string>{"NPY_A=1 for a.c b.c"});
  CHECK(module("['a.c'], sources: ['b.c']") == std::vector<std::string>{"NPY_A=1 for a.c b.c"});
  CHECK(module("'a.c', objects: x.extract_objects()") == std::vector<std::string>{"NPY_A=1 for all"});
  CHECK(module("'a.c', made[0]") == std::vector<std::string>{"NPY_A=1 for all"});
  CHECK(read({{"meson.build", "add_project_arguments('-DNPY_A', language: 'c')\npy.extension_module('m', 'a.c')"}}) ==
        std::vector<std::string>{"NPY_A for all"});
}

TEST_CASE("CMake's targets") {
  const std::string target = "set(own b.c)\nadd_library(m MODULE ${CMAKE_CURRENT_SOURCE_DIR}/a.c ${own})\n";
  CHECK(read({{"CMakeLists.txt", target + "target_compile_definitions(m PRIVATE NPY_A=1 NPY_B)"}}) ==
        std::vector<std::string>{"NPY_A=1 for a.c b.c", "NPY_B for a.c b.c"});
  CHECK(read({{"CMakeLists.txt", target + "target_compile_options(m PRIVATE -DNPY_A)"}}) ==
        std::vector<std::string>{"NPY_A for a.c b.c"});
  CHECK(read({{"CMakeLists.txt", target + "target_compile_definitions(m PUBLIC NPY_A)"}}) ==
        std::vector<std::string>{"NPY_A for all"});
  CHECK(read({{"CMakeLists.txt",
               target + "target_sources(m PRIVATE ${more})\ntarget_compile_definitions(m PRIVATE NPY_A)"}}) ==
        std::vector<std::string>{"NPY_A for all"});
  CHECK(read({{"CMakeLists.txt", target + "add_compile_definitions(-DNPY_A)"}}) ==
        std::vector<std::string>{"NPY_A for all"});
}

}  // namespace
}  // namespace abicheck
