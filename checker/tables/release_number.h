// NumPy releases and minors as one number each, in the order of the versions: what the tables compare.
//   1.26.4 -> 1, 26, 4, 0     1.10.0.post2 -> 1, 10, 0, 3     1.26 -> 1, 26, 0, 0     one byte each
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace abicheck {

// Of X.Y.Z and X.Y.Z.postN in canonical form, each number up to 254; empty for everything else.
std::optional<std::uint32_t> release_number(std::string_view text);
std::string release_text(std::uint32_t number);

// Of X.Y.
std::optional<std::uint32_t> minor_number(std::string_view text);
std::string minor_text(std::uint32_t number);
constexpr std::uint32_t minor_of(std::uint32_t release) {
  return release & 0xffff0000U;
}

}  // namespace abicheck
