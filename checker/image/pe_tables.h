// The tables of a PE file that name functions: exports, imports, delay-loaded imports, base relocations (PE
// specification, ".edata", ".idata", "Delay-Load Import Tables", ".reloc").
#pragma once

#include "image/pe_file.h"
#include "model/binary_image.h"

namespace abicheck {

// Exports become defined symbols, but what another DLL provides an undefined one. Sets image.soname.
void read_exports(const PeFile& file, BinaryImage& image);

// Each slot of an import address table becomes a relocation to an undefined symbol, "#12" for an ordinal. Appends to
// image.needed.
void read_imports(const PeFile& file, BinaryImage& image);

// The pointers that hold addresses of the image itself. Where a slot of a delay-loaded import has one too (it leads to
// the code that loads the DLL), the import stays. Sorts image.relocations.
void read_base_relocations(const PeFile& file, BinaryImage& image);

}  // namespace abicheck
