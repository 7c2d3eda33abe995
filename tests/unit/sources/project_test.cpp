#include "sources/project.h"

#include <doctest/doctest.h>

namespace abicheck {
namespace {

WheelMetadata project_of(std::map<std::string, std::string> texts) {
  return read_project(SourceTree{"/t", std::move(texts), true});
}

TEST_CASE("a project is described by its PKG-INFO, and by other files where that says nothing") {
  const WheelMetadata project = project_of(
      {{"demo-1.0/PKG-INFO", "Metadata-Version: 1.2\nName: demo\nVersion: 1.0\nRequires-Python: >=3.8\n"},
       {"demo-1.0/setup.cfg",
        "[metadata]\nname = other\n[options]\ninstall_requires =\n  six\n  numpy>=1.20\n; a comment\n[x]\nnumpy = 3\n"},
       {"demo-1.0/pyproject.toml", "[build-system]\nrequires = [\"numpy\"]\n"}});
  CHECK(project.name == "demo");
  CHECK(project.version == "1.0");
  CHECK(project.requires_python == ">=3.8");
  CHECK(project.requires_dist == std::vector<std::string>{"six", "numpy>=1.20"});
}

TEST_CASE("what a build installs stands in pyproject.toml") {
  const auto build = [](std::map<std::string, std::string> texts) {
    return read_build_requirements(SourceTree{"/t", std::move(texts), true});
  };
  CHECK(build({{"pyproject.toml", "[build-system]\nrequires = [\"setuptools\", 'numpy>=2.0']  # newer\n"}}) ==
        std::vector<std::string>{"setuptools", "numpy>=2.0"});
  CHECK(build({{"pyproject.toml", "[build-system]\nrequires = \"numpy\"\n"}}).empty());
  CHECK(build({{"pyproject.toml", "[build-system\n"}, {"setup.py", "setup_requires=['numpy']"}}).empty());
}

TEST_CASE("the file nearest to the root counts, and none that lies deep in a project that is carried along") {
  const std::string inner = "Name: inner\nVersion: 2\n";
  CHECK(project_of({{"a/PKG-INFO", "Name: outer\nVersion: 1\n"}, {"a/b/PKG-INFO", inner}}).name == "outer");
  CHECK(project_of({{"a/b/PKG-INFO", inner}}).name == "inner");
  CHECK(project_of({{"a/vendor/lib/PKG-INFO", inner}}).name.empty());
}

TEST_CASE("requirements of setuptools' requires.txt keep their markers and leave out extras") {
  const WheelMetadata project = project_of(
      {{"p/demo.egg-info/requires.txt", "six\n\n[:python_version >= \"3.10\"]\nnumpy>=1.21\n\n[test]\nnumpy>=9\n"}});
  CHECK(project.requires_dist == std::vector<std::string>{"six", "numpy>=1.21; python_version >= \"3.10\""});
}

TEST_CASE("a damaged pyproject.toml and values that are computed say nothing") {
  CHECK(project_of({{"pyproject.toml", "[project\nname = 3"}}).name.empty());
  const WheelMetadata project = project_of(
      {{"pyproject.toml", "[project]\nname = \"demo\"\ndynamic = [\"version\"]\ndependencies = [\"numpy>=2\", 3]\n"},
       {"setup.cfg", "[metadata]\nversion = attr: demo.__version__\n"}});
  CHECK(project.name == "demo");
  CHECK(project.version.empty());
  CHECK(project.requires_dist == std::vector<std::string>{"numpy>=2"});
}

}  // namespace
}  // namespace abicheck
