// "0x1a2b", as addresses and versions are printed; with eight digits, as abi_db/ writes versions.
#pragma once

#include <cstdint>
#include <string>

namespace abicheck {

std::string hex(std::uint64_t value);
std::string hex_version(std::uint32_t value);  // "0x0000000d"

}  // namespace abicheck
