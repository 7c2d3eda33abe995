// Function boundaries from .eh_frame_hdr and .eh_frame (Linux Standard Base, "Exception Frames"), which survive
// stripping.
#pragma once

#include <cstdint>

#include "model/binary_image.h"

namespace abicheck {

// Fills image.functions from the header at `header` (PT_GNU_EH_FRAME), by its sorted table, or, when it has none of the
// common form, by walking the frames that it points to. Wants image.relocations.
void read_function_table(std::uint64_t header, BinaryImage& image);

// The same from the address of .eh_frame, for files without a header.
void walk_frames(std::uint64_t frames, BinaryImage& image);

// Sorts image.functions, and ends each where the next one begins, where it reaches into it or its end is not known.
void tidy_functions(BinaryImage& image);

}  // namespace abicheck
