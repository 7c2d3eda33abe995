#include "input/metadata.h"

#include <doctest/doctest.h>

using namespace abicheck;

TEST_CASE("header fields of METADATA") {
  const auto metadata = parse_metadata(
      "\xef\xbb\xbfMetadata-Version: 2.1\r\nNAME : demo\nVersion:\t1.0  \rrequires-python: >=3.8\n"
      "Requires-Dist: numpy>=1.21;\n python_version<'3.12'\nRequires-Dist: scipy (>=1.0)\nNot a field\n"
      "Name: second\n\nRequires-Dist: in-the-description\n");
  CHECK(metadata.name == "demo");
  CHECK(metadata.version == "1.0");
  CHECK(metadata.requires_python == ">=3.8");
  CHECK(metadata.requires_dist == std::vector<std::string>{"numpy>=1.21; python_version<'3.12'", "scipy (>=1.0)"});
}

TEST_CASE("the last field counts without an end of line; a folded description may look like a field") {
  CHECK(parse_metadata("Version: 2.0").version == "2.0");
  CHECK(parse_metadata("Description: x\n  Version: 9\nVersion: 1").version == "1");
  CHECK(parse_metadata("\r\nVersion: 2.0").version.empty());
  CHECK(parse_metadata("").name.empty());
  CHECK(parse_metadata(" folded first line\nName: a\n").name == "a");
}
