// What is to be done to a text.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace abicheck {

// `text` takes the place of `length` bytes from `offset` on.
struct TextEdit {
  std::size_t offset = 0;
  std::size_t length = 0;
  std::string text;
  bool operator==(const TextEdit&) const = default;
};

}  // namespace abicheck
