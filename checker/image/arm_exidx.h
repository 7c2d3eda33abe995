// Function boundaries of 32-bit ARM from its exception index table (EHABI32, "Index table entries").
#pragma once

#include <cstdint>

#include "model/binary_image.h"

namespace abicheck {

// `address` and `size` are those of PT_ARM_EXIDX.
void read_exception_index(std::uint64_t address, std::uint64_t size, BinaryImage& image);

}  // namespace abicheck
