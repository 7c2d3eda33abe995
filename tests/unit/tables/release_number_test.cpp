#include "tables/release_number.h"

#include <doctest/doctest.h>

#include <vector>

using namespace abicheck;

TEST_CASE("releases as numbers, in the order of the versions") {
  const std::vector<std::string> releases = {"1.6.0",  "1.10.0", "1.10.0.post0", "1.10.0.post2", "1.10.1",
                                             "1.26.4", "2.0.0",  "2.0.10",       "254.254.254"};
  std::uint32_t before = 0;
  for (const std::string& release : releases) {
    CAPTURE(release);
    const auto number = release_number(release);
    REQUIRE(number);
    CHECK(*number > before);
    CHECK(release_text(*number) == release);
    CHECK(minor_text(minor_of(*number)) == release.substr(0, release.find('.', release.find('.') + 1)));
    before = *number;
  }
}

TEST_CASE("what is no release or minor in canonical form") {
  for (const char* text :
       {"", "1", "1.26", "1.26.", "1.26.4.5", "01.26.4", "1.26.04", "1.26.255", "1.26.-1", "1.26.4rc1", "1.26.4.post",
        "1.26.4.post01", "1.26.4 ", "v1.26.4", "1.26.99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(release_number(text));
  }
  CHECK(minor_number("1.26") == minor_of(*release_number("1.26.4")));
  for (const char* text : {"", "2", "2.", "2.0.0", "02.0", "2.255", "a.b"}) CHECK_FALSE(minor_number(text));
}
