#include "abi/version.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace abicheck {
namespace {

std::string normal(const std::string& text) {
  const auto version = Version::parse(text);
  return version ? version->text() : "invalid";
}

bool in_set(const std::string& version, const std::string& specifiers) {
  const auto set = SpecifierSet::parse(specifiers);
  REQUIRE_MESSAGE(set.ok(), specifiers);
  return set->contains(*Version::parse(version));
}

TEST_CASE("versions are read and written in the normal form of PEP 440") {
  struct Case {
    const char* text;
    const char* normal;
  };
  const std::vector<Case> cases = {
      {"1.26.4", "1.26.4"},
      {" 1.26 ", "1.26"},
      {"v1.0", "1.0"},
      {"1.00.01", "1.0.1"},
      {"2!1.0", "2!1.0"},
      {"1.0RC1", "1.0rc1"},
      {"1.0-alpha.2", "1.0a2"},
      {"1.0_beta", "1.0b0"},
      {"1.0c3", "1.0rc3"},
      {"1.0preview4", "1.0rc4"},
      {"1.0.pre5", "1.0rc5"},
      {"1.0-1", "1.0.post1"},
      {"1.0.rev3", "1.0.post3"},
      {"1.0r2", "1.0.post2"},
      {"1.0post", "1.0.post0"},
      {"1.0dev", "1.0.dev0"},
      {"1.0.dev-4", "1.0.dev4"},
      {"1.0a1.post2.dev3", "1.0a1.post2.dev3"},
      {"1.0+Ubuntu-1_x", "1.0+ubuntu.1.x"},
      {"1.10.0.post2", "1.10.0.post2"},
      {"2.0.0rc1", "2.0.0rc1"},
      {"", "invalid"},
      {"1.x.y", "invalid"},
      {"1.", "invalid"},
      {".1", "invalid"},
      {"1.0+", "invalid"},
      {"1.0+a..b", "invalid"},
      {"1.0 0", "invalid"},
      {"latest", "invalid"},
      {"1.0.*", "invalid"},
      {"1.0-", "invalid"},
      {"1.0dev-", "1.0.dev0"},
      {"1.0rc.-2", "1.0rc0.post2"},
      {"1!", "invalid"},
      {"-1", "invalid"},
      {"1.99999999999999999999", "invalid"},
      {"1.0\xc3\xa9", "invalid"},
  };
  for (const Case& each : cases) CHECK_MESSAGE(normal(each.text) == each.normal, each.text);
}

TEST_CASE("every version is smaller than those after it") {
  const std::vector<std::string> ordered = {"1.dev0",        "1.0.dev456",    "1.0a1",
                                            "1.0a2.dev456",  "1.0a12.dev456", "1.0a12",
                                            "1.0b1.dev456",  "1.0b2",         "1.0b2.post345.dev456",
                                            "1.0b2.post345", "1.0rc1.dev456", "1.0rc1",
                                            "1.0",           "1.0+abc.5",     "1.0+abc.7",
                                            "1.0+5",         "1.0+5.1",       "1.0.post456.dev34",
                                            "1.0.post456",   "1.0.15",        "1.1.dev1",
                                            "1.9",           "1.10",          "1!0.1"};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    for (std::size_t k = i + 1; k < ordered.size(); ++k) {
      CHECK_MESSAGE(*Version::parse(ordered[i]) < *Version::parse(ordered[k]), ordered[i] << " < " << ordered[k]);
    }
  }
}

TEST_CASE("spellings of one version are equal") {
  for (const char* text : {"1.0", "1", "1.0.0", "v1.0", "0!1.0"})
    CHECK_MESSAGE(*Version::parse(text) == *Version::parse("1.0"), text);
  CHECK_FALSE(*Version::parse("1.0") == *Version::parse("1.0+a"));
}

TEST_CASE("specifiers hold as PEP 440 says") {
  struct Case {
    const char* version;
    const char* specifiers;
    bool inside;
  };
  const std::vector<Case> cases = {
      {"2.0.2", "", true},
      {"2.0rc1", "", false},
      {"1.26.4", ">=1.25,<3", true},
      {"1.24.4", ">=1.25,<3", false},
      {"1.26.4", " >= 1.25 , < 3 ,", true},
      {"2.0", "==2.0.0", true},
      {"2.0+local", "==2.0", true},
      {"2.0", "==2.0+local", false},
      {"2.0+local", "==2.0+local", true},
      {"2.0.post1", "==2.0", false},
      {"1.2.3", "==1.2.*", true},
      {"1.20", "==1.2.*", false},
      {"1", "==1.0.*", true},
      {"1.2.post1", "==1.2.*", true},
      {"1.2a1", "==1.2.*", false},  // a prerelease, and the clause does not name one
      {"1!1.2", "==1.2.*", false},
      {"1.2.3", "!=1.2.*", false},
      {"1.3", "!=1.2.*", true},
      {"2.0+local", "!=2.0", false},
      {"1.0rc1", "!=2.0rc1", false},  // != does not let prereleases in
      {"2.0rc1", "<2.0", false},
      {"2.0rc1", "<2.0rc2", true},
      {"2.0rc1.post1", "<2.0,>=1.0a0", false},
      {"2.0.post1", ">2.0rc1", true},
      {"2.0.post2.dev1", ">2.0", false},
      {"1.9.dev1", "<2.0.dev0", true},
      {"2.0.dev0", "<=2.0", false},
      {"2.0rc1", ">=2.0rc1", true},
      {"2.0", ">=2.0rc1", true},
      {"2.1b1", ">=2.0.dev0", true},
      {"1.7.0.post1", ">1.7", false},
      {"1.7.1", ">1.7", true},
      {"1.7.0.post2", ">1.7.0.post1", true},
      {"1.7+local", ">1.7", false},
      {"1.7+local", ">=1.7", true},
      {"1.7+local", "<=1.7", true},
      {"1.7.0.post1", "<=1.7", false},
      {"2.2.post3", "~=2.2.post3", true},
      {"2.3", "~=2.2.post3", true},
      {"2.2", "~=2.2.post3", false},
      {"3.0", "~=2.2.post3", false},
      {"1.4.9", "~=1.4.5", true},
      {"1.5", "~=1.4.5", false},
      {"1.4.4", "~=1.4.5", false},
      {"2.9", "~=2.2", true},
      {"2.2.9", "~=2.2.0", true},
      {"2.3", "~=2.2.0", false},
      {"1.4.5a4", "~=1.4.5a4", true},
      {"1.0", "===1.0", true},
      {"1.0.0", "===1.0", false},
      {"1.0rc1", "===1.0RC1", false},  // === names no prerelease that PEP 440 could see
      {"1!1.0", ">=2.0", true},
  };
  for (const Case& each : cases) {
    CHECK_MESSAGE(in_set(each.version, each.specifiers) == each.inside, each.version << " in " << each.specifiers);
  }
}

TEST_CASE("what is no specifier is refused") {
  for (const char* text :
       {"1.0", "=1.0", ">=1.0.*", "~=1", "~=1.*", "==1.*.1", ">=1.0+local", "<", "===", "==1.0a1.*", ">>1", "< 1 2"}) {
    CHECK_MESSAGE(!SpecifierSet::parse(text).ok(), text);
  }
  CHECK(SpecifierSet::parse("1.x.y").error().message == "'1.x.y' is not a version specifier (PEP 440)");
}

TEST_CASE("a set is written without spaces") {
  CHECK(SpecifierSet::parse(" >= 1.21.0, < 2 ")->text() == ">=1.21.0,<2");
}

}  // namespace
}  // namespace abicheck
