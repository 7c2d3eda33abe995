#include "base/find_text.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace abicheck;

namespace {

ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

TEST_CASE("a text is found where string_view::find() finds it") {
  std::mt19937 random(1);
  const auto pick = [&](std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random); };
  const auto some_text = [&](std::size_t length) {
    std::string text;
    for (std::size_t i = 0; i < length; ++i) text += std::string_view("ab\0", 3)[pick(3)];
    return text;
  };
  std::size_t hits = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string file(pick(700), 'x');
    const std::string text = some_text(pick(12));
    for (std::size_t n = pick(4); n > 0 && file.size() > text.size(); --n)
      file.replace(pick(file.size() - text.size()), text.size(), pick(3) == 0 ? some_text(text.size()) : text);
    const std::size_t from = pick(file.size() + 2);
    const std::size_t found = find_text(bytes_of(file), text, from);
    REQUIRE(found == std::string_view(file).find(text, from));
    hits += found != std::string_view::npos ? 1 : 0;
  }
  CHECK(hits > 5000);
}

TEST_CASE("a text at the very end of a file") {
  for (std::size_t before = 0; before < 300; ++before) {
    const std::string file = std::string(before, 'x') + "_ARRAY_API";
    CHECK(find_text(bytes_of(file), "_ARRAY_API") == before);
    CHECK(find_text(bytes_of(file), "_ARRAY_APIs") == std::string_view::npos);
    CHECK(find_text(bytes_of(file), "_ARRAY_API", before + 1) == std::string_view::npos);
  }
}
