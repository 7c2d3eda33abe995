// LC_DYLD_CHAINED_FIXUPS (mach-o/fixup-chains.h), which fills pointers in files for macOS 12 and newer: each pointer
// holds, beside what it shall become, the distance to the next one of its page.
#pragma once

#include "image/macho_file.h"
#include "image/macho_symbols.h"
#include "model/binary_image.h"

namespace abicheck {

// Appends to image.relocations. A form of pointers or names that is not read, or damage, becomes a defect.
void read_chained_fixups(const MachoFile& file, MachoSymbols& symbols, BinaryImage& image);

}  // namespace abicheck
