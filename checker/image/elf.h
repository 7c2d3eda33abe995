// ELF of either class and byte order: LIEF reads the segments and the dynamic section, the tables that they name are
// read here.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "image/image_header.h"
#include "model/binary_image.h"

namespace abicheck {

// kMalformed also for a file whose headers point beyond its end.
Result<ImageHeader> read_elf_header(ByteView bytes);
Result<BinaryImage> read_elf(ByteView bytes);

}  // namespace abicheck
