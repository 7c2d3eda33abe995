#pragma once

#include <cstddef>

namespace abicheck {

inline constexpr std::size_t kLongestName = std::size_t{1} << 16;  // of symbols: mangled C++ names

}  // namespace abicheck
