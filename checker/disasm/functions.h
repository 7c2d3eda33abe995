// Where functions begin, for images whose format does not tell or leaves some out: 32-bit PE has no unwind table, that
// of 64-bit PE leaves out functions that neither call nor save anything (PE specification, "The .pdata Section").
#pragma once

#include <vector>

#include "disasm/disassembler.h"
#include "model/binary_image.h"

namespace abicheck {

// The functions of the image's own table and those found between them, sorted by begin.
std::vector<FunctionRange> find_functions(const Decoder& decoder);

}  // namespace abicheck
