// The bytes of an extension module or shared library -> BinaryImage.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "image/image_header.h"
#include "model/binary_image.h"

namespace abicheck {

// kMalformed when the bytes are no native library at all, or cut inside the header.
Result<ImageHeader> read_image_header(ByteView bytes);

// Parses the whole file. `bytes` must outlive the image. Errors: kMalformed, and kUnsupported for a format, word size
// or processor whose code is not read here.
Result<BinaryImage> read_image(ByteView bytes);

}  // namespace abicheck
