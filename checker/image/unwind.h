// Function boundaries from .eh_frame_hdr (Linux Standard Base, "Exception Frame Header"), which survives stripping.
#pragma once

#include <cstdint>
#include <vector>

#include "model/binary_image.h"

namespace abicheck {

// `table_address` is the address of the PT_GNU_EH_FRAME segment. Empty when the table is not of the common form
// (sorted, data-relative 4-byte pairs).
std::vector<FunctionRange> read_function_ranges(const BinaryImage& image, std::uint64_t table_address);

}  // namespace abicheck
