// PE: .pyd and .dll of Windows, as Visual C++, clang and MinGW write them.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "image/image_header.h"
#include "model/binary_image.h"

namespace abicheck {

// kMalformed also for a file whose sections reach beyond its end.
Result<ImageHeader> read_pe_header(ByteView bytes);
// The entry point and thread-local callbacks are not among image.initializers: a module's own code does not begin
// there.
Result<BinaryImage> read_pe(ByteView bytes);

}  // namespace abicheck
