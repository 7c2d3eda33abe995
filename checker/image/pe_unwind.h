// Function boundaries from .pdata (Microsoft, "x64 exception handling" and "ARM64 exception handling").
#pragma once

#include "image/pe_file.h"
#include "model/binary_image.h"

namespace abicheck {

// Fills image.functions. Functions that neither call nor keep anything on the stack have no entry; and i686 has no such
// table at all, which is no defect there.
void read_unwind_table(const PeFile& file, BinaryImage& image);

}  // namespace abicheck
