#include "cython/requirements.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

namespace abicheck {
namespace {

using Files = std::map<std::string, std::string>;

// "pyproject.toml:2:14 >=0.29", one a line.
std::string asked(const Files& files, const std::string& path = "p/m.pyx") {
  std::string out;
  for (const CythonRequirement& one : cython_requirements({"", files, true}, path))
    out += one.place.file + ":" + std::to_string(one.place.line) + ":" + std::to_string(one.place.column) + " " +
           one.specifier + "\n";
  return out;
}

TEST_CASE("build-system.requires") {
  CHECK(asked({{"pyproject.toml", "[build-system]\nrequires = [\"setuptools\", 'Cython>=0.29,<3']\n"}}) ==
        "pyproject.toml:2:28 >=0.29,<3\n");
  CHECK(asked({{"pyproject.toml",
                "[project]\nrequires = ['cython==1']\n[build-system]\nbuild-backend = 'x'\nrequires = [\n  "
                "'numpy[a]',\n  # "
                "'cython<1'\n  \"cython (==0.29.*) ; python_version>'3'\",\n]\n"}}) == "pyproject.toml:8:4 ==0.29.*\n");
  CHECK(asked({{"pyproject.toml", "[build-system]\nrequires = ['cython']\n"}}) == "pyproject.toml:2:14 \n");
  CHECK(asked({{"pyproject.toml", "[build-system]\nrequires = ['cython-lint>1', 'cythonbuilder']\n"}}).empty());
}

TEST_CASE("setup.py, when pyproject.toml says nothing") {
  CHECK(asked({{"setup.py", "setup(setup_requires=['numpy', 'Cython>=0.29'])\n"}}) == "setup.py:1:33 >=0.29\n");
  CHECK(asked({{"setup.py", "from x import 'Cython'\n# 'cython<1'\n"}}).empty());
  CHECK(asked({{"setup.py", "'cython>1'"}, {"pyproject.toml", "[build-system]\nrequires = ['cython<3']\n"}}) ==
        "pyproject.toml:2:14 <3\n");
  CHECK(asked({{"setup.py", "'cython>1'"}, {"pyproject.toml", "[build-system]\nrequires = ['numpy']\n"}}) ==
        "setup.py:1:2 >1\n");
}

TEST_CASE("the nearest folder above counts") {
  const Files files{{"a/setup.py", "'cython>1'"}, {"setup.py", "'cython>2'"}};
  CHECK(asked(files, "a/b/m.pyx") == "a/setup.py:1:2 >1\n");
  CHECK(asked(files, "c/m.pyx") == "setup.py:1:2 >2\n");
}

TEST_CASE("files that are cut off or no TOML") {
  const std::string whole = "[build-system]\nrequires = ['a[b]', \"cython<3\"]\n";
  for (std::size_t size = 0; size < whole.size(); ++size) asked({{"pyproject.toml", whole.substr(0, size)}});
  CHECK(asked({{"pyproject.toml", "[build-system]\nrequires\n[x]\ny = ['cython']\n"}}).empty());
  CHECK(asked({{"pyproject.toml", "[build-system]\nrequires = [\"cython<3]\n"}}).empty());
}

}  // namespace
}  // namespace abicheck
