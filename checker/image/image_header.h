// What the first bytes of a module say, without parsing the rest: enough for a module that has nothing to do with
// NumPy.
#pragma once

#include <cstdint>
#include <string>

namespace abicheck {

struct ImageHeader {
  std::string format;  // "elf", "pe", "macho", "wasm"
  std::string arch;
  int bits = 0;
};

// The names that the formats' numbers have here; the number itself where a machine has none.
std::string elf_machine_name(std::uint16_t machine, bool wide, bool big_endian);
std::string pe_machine_name(std::uint16_t machine);
std::string macho_machine_name(std::uint32_t cpu_type, std::uint32_t cpu_subtype);

// Whether the machine code is read: the one table of it. Everything else is converted, and refused by read_image().
bool is_readable(const ImageHeader& header);

}  // namespace abicheck
