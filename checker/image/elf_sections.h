// Code told from read-only data by the section headers, where one segment holds both.
#pragma once

#include "image/elf_file.h"
#include "model/binary_image.h"

namespace abicheck {

// Fills image.code and image.data from the section headers, or from image.ranges when there are none that fit them.
void read_sections(const ElfFile& file, BinaryImage& image);

}  // namespace abicheck
