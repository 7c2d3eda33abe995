#include "rules/known_cython.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace abicheck {
namespace {

KnownCython asked(const std::vector<std::string>& specifiers) {
  std::vector<CythonRequirement> requirements;
  for (const std::string& specifier : specifiers) requirements.push_back({{"pyproject.toml", 2, 1}, specifier});
  return KnownCython::asked_for(requirements);
}

// "before" and "from" the version that may be used.
std::string sides(const KnownCython& known, const std::string& version = "3.0.0") {
  return std::string(known.may_be_before(version) ? "before" : "") + (known.may_be_from(version) ? " from" : "");
}

TEST_CASE("requirements on both sides of Cython 3") {
  CHECK(sides(asked({"<3"})) == "before");
  CHECK(sides(asked({">=0.29,<3.0"})) == "before");
  CHECK(sides(asked({"~=0.29"})) == "before");
  CHECK(sides(asked({"==0.29.*"})) == "before");
  CHECK(sides(asked({"==0.29.17"})) == "before");
  CHECK(sides(asked({">=0.29"})) == "before from");
  CHECK(sides(asked({"!=3.0.0"})) == "before from");
  CHECK(sides(asked({">=3"})) == " from");
  CHECK(sides(asked({">=3.0.0a11"})) == " from");
  CHECK(sides(asked({"==3.0.5"})) == " from");
  CHECK(sides(asked({">=3.0.8,<3.1.0"})) == " from");
  CHECK(sides(asked({">=0.29.31,<3"}), "0.29.31") == " from");
  CHECK(sides(asked({"==0.29.24"}), "0.29.31") == "before");
}

TEST_CASE("several requirements, of which one holds") {
  CHECK(sides(asked({"<3", ">=3"})) == "before from");
}

TEST_CASE("nothing stated, or nothing that can be read or met") {
  for (const auto& known : {asked({}), asked({"nonsense"}), asked({">4,<2"})}) {
    CHECK_FALSE(known.stated());
    CHECK(sides(known) == "before from");
  }
  CHECK(asked({""}).stated());
  CHECK(asked({"<3"}).said() == "pyproject.toml:2 asks for cython<3");
}

TEST_CASE("the Cython that wrote a file") {
  CHECK(sides(KnownCython::exactly("0.29.36")) == "before");
  CHECK(sides(KnownCython::exactly("3.0.0a10")) == " from");
  CHECK(sides(KnownCython::exactly("3.1.2")) == " from");
  CHECK_FALSE(KnownCython::exactly("").stated());
}

}  // namespace
}  // namespace abicheck
