// Mach-O: one thin 64-bit file, or one slice of a universal file.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "image/macho_file.h"
#include "model/binary_image.h"

namespace abicheck {

Result<BinaryImage> read_macho(ByteView bytes);

}  // namespace abicheck
