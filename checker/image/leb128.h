// The numbers of variable length that DWARF defined and Mach-O borrowed.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace abicheck {

// Reads at `at` and moves it behind the number; empty when the bytes end inside it.
inline std::optional<std::uint64_t> read_uleb128(ByteView bytes, std::uint64_t& at) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; at < bytes.size(); shift += 7) {
    const std::uint8_t byte = bytes[at++];
    if (shift < 64) value |= std::uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80) == 0) return value;
  }
  return std::nullopt;
}

inline std::optional<std::uint64_t> read_sleb128(ByteView bytes, std::uint64_t& at) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; at < bytes.size();) {
    const std::uint8_t byte = bytes[at++];
    if (shift < 64) value |= std::uint64_t{byte & 0x7fu} << shift;
    shift += 7;
    if ((byte & 0x80) != 0) continue;
    if (shift < 64 && (byte & 0x40) != 0) value |= ~std::uint64_t{0} << shift;
    return value;
  }
  return std::nullopt;
}

}  // namespace abicheck
