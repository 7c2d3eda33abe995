// The bytes of an extension module or shared library -> BinaryImage.
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "image/image_header.h"
#include "model/binary_image.h"

namespace abicheck {

// What stands for one processor: the whole file, or one slice of a universal Mach-O file.
struct ImageSlice {
  ImageHeader header;  // of a damaged slice, what the file says of it
  ByteView bytes;
  std::optional<Error> problem;  // why it cannot be read; the other slices can
};

// One slice, but for a universal file. Errors are those of read_image_header().
Result<std::vector<ImageSlice>> read_slices(ByteView bytes);

// Of one slice. kMalformed when the bytes are no native library at all, cut off, or damaged in their headers.
Result<ImageHeader> read_image_header(ByteView bytes);

// Parses one whole slice. `bytes` must outlive the image. Errors: kMalformed, and kUnsupported for a format, word size
// or processor whose code is not read here.
Result<BinaryImage> read_image(ByteView bytes);

// The same without asking whether its machine code is read.
Result<BinaryImage> convert_image(ByteView bytes);

}  // namespace abicheck
