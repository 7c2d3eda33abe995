#include "unit/report/golden.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace abicheck::golden {

void check(std::string_view name, const std::string& actual) {
  const std::string path = std::string(ABICHECK_SOURCE_DIR) + "/tests/golden/" + std::string(name);
  if (std::getenv("ABICHECK_REBASE") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream expected;
  expected << file.rdbuf();
  INFO("golden file ", path);
  CHECK(actual == expected.str());
}

}  // namespace abicheck::golden
