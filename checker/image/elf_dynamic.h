// The dynamic section and the tables that it names: symbols and relocations. LIEF 0.12 reads these too, but drops
// symbols in silence when a library exports many more than its relocations use, knows nothing of DT_RELR, and leaves
// REL addends where they stand.
#pragma once

#include <cstdint>
#include <map>

#include "image/elf_file.h"
#include "model/binary_image.h"

namespace abicheck {

// d_tag -> d_val of those tags that occur once.
using DynamicTable = std::map<std::uint64_t, std::uint64_t>;

// d_tag (gABI chapter 5, "Dynamic Section").
namespace dt {
inline constexpr std::uint64_t kPltRelSz = 2, kPltGot = 3, kHash = 4, kStrTab = 5, kSymTab = 6, kRela = 7, kRelaSz = 8,
                               kStrSz = 10, kInit = 12, kRel = 17, kRelSz = 18, kPltRel = 20, kJmpRel = 23,
                               kInitArray = 25, kInitArraySz = 27, kRelrSz = 35, kRelr = 36, kGnuHash = 0x6ffffef5;
}

// Both want image.ranges, image.bits and image.big_endian.
void read_dynamic_symbols(const ElfFile& file, const DynamicTable& dynamic, BinaryImage& image);
// The relocations' order in the result is that of their addresses. Wants image.symbols too.
void read_dynamic_relocations(const ElfFile& file, const DynamicTable& dynamic, BinaryImage& image);

// The highest symbol that a relocation names.
std::uint64_t highest_symbol_of_relocations(const ElfFile& file, const DynamicTable& dynamic, const BinaryImage& image);

}  // namespace abicheck
