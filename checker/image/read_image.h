// The bytes of an extension module or shared library -> BinaryImage.
#pragma once

#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "model/binary_image.h"

namespace abicheck {

// What the first bytes say, without parsing the rest: enough for a module that has nothing to do with NumPy.
struct ImageHeader {
  std::string format;  // "elf", "pe", "macho"
  std::string arch;
  int bits = 0;
};

// kMalformed when the bytes are no native library at all, or cut inside the header.
Result<ImageHeader> read_image_header(ByteView bytes);

// Parses the whole file. `bytes` must outlive the image. Errors: kMalformed, and kUnsupported for a format, word size
// or processor whose code is not read here.
Result<BinaryImage> read_image(ByteView bytes);

}  // namespace abicheck
