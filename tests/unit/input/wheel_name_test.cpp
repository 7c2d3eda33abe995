#include "input/wheel_name.h"

#include <doctest/doctest.h>

using namespace abicheck;

TEST_CASE("the Pythons of a wheel name") {
  struct Case {
    std::string tags;
    std::vector<PythonVersion> pythons;
    PythonVersion at_least;
  };
  const std::vector<Case> cases = {
      {"cp310-cp310-win_amd64", {{3, 10}}, {}},
      {"cp27-cp27mu-manylinux1_x86_64", {{2, 7}}, {}},
      {"cp36-cp36m-any", {{3, 6}}, {}},
      {"cp313-cp313t-any", {{3, 13}}, {}},
      {"cp310-none-win_amd64", {{3, 10}}, {}},
      {"cp39-abi3-any", {}, {3, 9}},
      {"cp315-abi3.abi3t-any", {}, {3, 15}},
      {"cp39.cp310-abi3-any", {}, {3, 9}},
      {"cp3-none-any", {}, {3, 0}},
      {"py3-none-any", {}, {3, 0}},
      {"py38-none-any", {}, {3, 8}},
      {"py2.py3-none-any", {}, {2, 7}},
      {"py3.py2-none-any", {}, {2, 7}},
      {"py2-none-any", {{2, 7}}, {}},
      {"pp310-pypy310_pp73-any", {{3, 10}}, {}},
      {"pp371-pypy3_71-any", {}, {}},
      {"jy27-none-any", {}, {}},
      {"cp34.cp35.cp36-none-any", {{3, 4}, {3, 5}, {3, 6}}, {}},
      {"cp36.cp35-cp35m.cp36m-any", {{3, 5}, {3, 6}}, {}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.tags);
    const auto name = parse_wheel_name("dist/foo-1.0-" + c.tags + ".whl");
    REQUIRE(name.ok());
    CHECK(name->pythons == c.pythons);
    CHECK(name->python_at_least == c.at_least);
  }
}

TEST_CASE("name, version and tags, with and without a build tag") {
  for (const char* text :
       {"Foo_bar-1.0+local.1-py2.py3-none-a.b.whl", "dir-x/Foo_bar-1.0+local.1-2b-py2.py3-none-a.b.whl"}) {
    const auto name = parse_wheel_name(text);
    REQUIRE(name.ok());
    CHECK(name->distribution == "Foo_bar");
    CHECK(name->version == "1.0+local.1");
    CHECK(name->tags == std::vector<std::string>{"py2-none-a", "py2-none-b", "py3-none-a", "py3-none-b"});
  }
}

TEST_CASE("bad names say why") {
  const std::string start = "the file name is not a wheel's: ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"foo.zip", "it does not end with .whl"},
      {"foo.whl", "it needs 5 or 6 parts between hyphens and has 1 (PEP 427)"},
      {"", "it does not end with .whl"},
      {".whl", "it needs 5 or 6 parts between hyphens and has 1 (PEP 427)"},
      {"a-1-2-3-4-5-6.whl", "it needs 5 or 6 parts between hyphens and has 7 (PEP 427)"},
      {"foo--cp310-cp310-any.whl", "a part between two hyphens is empty"},
      {"foo-1.0-cp310-cp310-.whl", "a part between two hyphens is empty"},
      {"foo-1.0-rc-cp310-cp310-any.whl", "the build tag 'rc' does not begin with a digit (PEP 427)"},
      {"foo-1.0-cp310.-cp310-any.whl", "a compressed tag set has an empty tag"},
  };
  for (const auto& [path, message] : cases) {
    CAPTURE(path);
    const auto name = parse_wheel_name(path);
    REQUIRE_FALSE(name.ok());
    CHECK(name.error().code == ErrorCode::kMalformed);
    CHECK(name.error().message == start + message);
  }
}
