// How dyld fills files that have no opcodes and no chains: relocation entries (mach-o/reloc.h) as linkers before that
// of Mac OS X 10.6 write, and the pointers and stubs that the indirect symbol table alone names (mach-o/loader.h).
#pragma once

#include "image/macho_file.h"
#include "image/macho_symbols.h"
#include "model/binary_image.h"

namespace abicheck {

// Appends to image.relocations. Entries that are not read, or damage, become a defect.
void read_relocation_entries(const MachoFile& file, const MachoSymbols& symbols, BinaryImage& image);

// Appends what nothing else fills; image.relocations must be sorted.
void read_indirect_symbols(const MachoFile& file, const MachoSymbols& symbols, BinaryImage& image);

}  // namespace abicheck
