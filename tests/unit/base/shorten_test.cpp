#include "base/shorten.h"

#include <doctest/doctest.h>

using namespace abicheck;

TEST_CASE("texts of the input in messages") {
  CHECK(shortened("") == "");
  CHECK(shortened(std::string(64, 'x')) == std::string(64, 'x'));
  CHECK(shortened(std::string(65, 'x')) == std::string(61, 'x') + "...");
  CHECK(shortened(std::string(60, 'x') + "\u00e9" + std::string(9, 'y')) == std::string(60, 'x') + "...");
  CHECK(shortened(std::string(100, '\x80')) == "...");  // no UTF-8 at all
  CHECK(in_quotes("a") == "'a'");
}
