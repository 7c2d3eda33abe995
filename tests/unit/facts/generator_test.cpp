#include "facts/generator.h"

#include <doctest/doctest.h>

using namespace abicheck;
using namespace std::string_literals;

namespace {

ByteView bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

TEST_CASE("the oldest NumPy that pybind11 takes") {
  const auto minimum = [](const std::string& text) { return find_pybind11_minimum({bytes_of("x"), bytes_of(text)}); };
  CHECK(minimum("pybind11 numpy support requires numpy >= 1.7.0") == "1.7.0");
  CHECK(minimum("__pybind11_\0pybind11 numpy support requires numpy >= 1.17\0more"s) == "1.17");
  CHECK(minimum("pybind11 numpy support requires numpy >= ").empty());
  CHECK(minimum("pybind11").empty());
}
