// The opcodes of LC_DYLD_INFO (mach-o/loader.h, REBASE_OPCODE_* and BIND_OPCODE_*), which fill pointers in files for
// macOS 11 and older.
#pragma once

#include "image/macho_file.h"
#include "image/macho_symbols.h"
#include "model/binary_image.h"

namespace abicheck {

// Appends to image.relocations: the image's own addresses first, then names, so that of two relocations of one place
// the later one holds.
void read_dyld_info(const MachoFile& file, MachoSymbols& symbols, BinaryImage& image);

}  // namespace abicheck
