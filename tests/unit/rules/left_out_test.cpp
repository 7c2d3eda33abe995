#include "rules/left_out.h"

#include <doctest/doctest.h>

namespace abicheck {

namespace {

bool stays(const std::string& condition) {
  const std::string code = condition + "\nimport_array();\n#endif\n";
  for (const KeptLine& line : without_left_out(code)) {
    if (line.text.find("import_array") != std::string::npos) return true;
  }
  return false;
}

std::string condition_of(const std::string& condition) {
  std::string found = "left out";
  for (const KeptLine& line : without_left_out(condition + "\nimport_array();\n#endif\n")) {
    if (line.text.find("import_array") != std::string::npos) found = line.condition;
  }
  return found;
}

}  // namespace

TEST_CASE("a condition may be nested as deeply as it likes") {
  const std::string many(200'000, '(');
  CHECK(stays("#if " + many));
  CHECK(stays("#if " + std::string(200'000, '!') + "1"));
  CHECK_FALSE(stays("#if " + many.substr(0, 20) + "0" + std::string(20, ')')));
}

TEST_CASE("what no build for Python 3 compiles is left out") {
  CHECK_FALSE(stays("#if 0"));
  CHECK_FALSE(stays("# if (0 && FOO)"));
  CHECK_FALSE(stays("#if PY_MAJOR_VERSION < 3"));
  CHECK_FALSE(stays("#if PY_MAJOR_VERSION == 2 && defined(FOO)"));
  CHECK_FALSE(stays("#if PY_VERSION_HEX < 0x03000000"));
  CHECK_FALSE(stays("#if PY_VERSION_HEX \\\n  < 0x02070000"));
  CHECK_FALSE(stays("#if !(PY_MAJOR_VERSION >= 3L)"));
  CHECK_FALSE(stays("#if PY_MAJOR_VERSION >= 3\n#elif FOO"));
  CHECK_FALSE(stays("#if PY_MAJOR_VERSION >= 3\n#define PY3\n#endif\n#ifndef PY3"));
  CHECK_FALSE(stays("#if PY_MAJOR_VERSION < 3\n#else\n#define PY3 1\n#endif\n#if PY3\n#else"));
  CHECK_FALSE(stays("#if 0\n#if FOO\n#endif"));
}

TEST_CASE("the condition that decides is named") {
  CHECK(condition_of("#ifdef FOO") == "#ifdef FOO");
  CHECK(condition_of("# if  FOO > 2 ") == "#if  FOO > 2");
  CHECK(condition_of("#if FOO\n#elif BAR") == "#elif BAR");
  CHECK(condition_of("#ifdef FOO\n#else") == "the #else of #ifdef FOO");
  CHECK(condition_of("#ifdef FOO\n#if PY_MAJOR_VERSION >= 3") == "#ifdef FOO");
  CHECK(condition_of("#ifdef FOO\n#ifndef BAR") == "#ifndef BAR in #ifdef FOO");
  CHECK(condition_of("#if PY_MAJOR_VERSION >= 3").empty());
  CHECK(condition_of("#ifdef FOO\n#endif\n#if 1").empty());
}

TEST_CASE("what a macro of the build or of a header decides stays") {
  CHECK(stays("#ifdef FOO"));
  CHECK(stays("#ifndef FOO"));
  CHECK(stays("#if FOO"));
  CHECK(stays("#if FOO\n#elif BAR\n#else"));
  CHECK(stays("#if PY_MAJOR_VERSION < 3 || defined(FOO)"));
  CHECK(stays("#if PY_VERSION_HEX < 0x030b0000"));
  CHECK(stays("#if PY_MAJOR_VERSION + 0 < 3"));
  CHECK(stays("#if FOO(0)"));
  CHECK(stays("#ifdef FOO\n#define PY3\n#endif\n#ifndef PY3"));
  CHECK(stays("#define PY3\n#undef PY3\n#ifndef PY3"));
  CHECK(stays("#if 0\n#else"));
  CHECK(stays("#if 0\n#endif\n#if 1"));
}

}  // namespace abicheck
