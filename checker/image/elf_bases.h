// What the code of some machines takes for granted, so that its reader must know it: ARM's Thumb state, the table of
// contents of ppc64le, the global offset table of i686.
#pragma once

#include "image/elf_dynamic.h"
#include "image/elf_file.h"
#include "model/binary_image.h"

namespace abicheck {

// Sets image.thumb, and clears the bit that marks Thumb code in symbols and, if most of it is, in pointers. Wants code,
// symbols, relocations.
void clear_thumb_bits(BinaryImage& image);

// Sets image.toc. Wants image.functions.
void find_table_of_contents(const ElfFile& file, BinaryImage& image);

// Sets image.got.
void find_global_offset_table(const ElfFile& file, const DynamicTable& dynamic, BinaryImage& image);

}  // namespace abicheck
