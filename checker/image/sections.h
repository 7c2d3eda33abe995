// The section headers, read for two things only: telling code from read-only data where one segment holds both, and
// leaving them out of the copy that LIEF parses. LIEF 0.12 cannot be asked to skip the static symbols, which are most
// of an unstripped module and of no use here.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "model/binary_image.h"

namespace abicheck {

// Fills image.code and image.data from the section headers, or from image.ranges when there are none that fit them.
void read_sections(BinaryImage& image);

// Whether every segment and both header tables lie inside the file: false for a file that was cut.
bool is_complete(ByteView bytes);

// A copy of the file without section headers and without what lies behind the last segment.
std::vector<std::uint8_t> copy_without_sections(ByteView bytes);

}  // namespace abicheck
