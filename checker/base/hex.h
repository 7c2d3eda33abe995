// "0x1a2b", as addresses and versions are printed.
#pragma once

#include <cstdint>
#include <string>

namespace abicheck {

std::string hex(std::uint64_t value);

}  // namespace abicheck
