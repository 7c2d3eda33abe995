// The slices of a universal Mach-O file (mach-o/fat.h): one complete file for each processor, side by side.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace abicheck {

bool is_universal(ByteView bytes);

struct UniversalSlice {
  std::uint32_t cpu_type = 0;
  std::uint32_t cpu_subtype = 0;
  ByteView bytes;  // empty when it does not lie wholly inside the file
};

Result<std::vector<UniversalSlice>> read_universal(ByteView bytes);

}  // namespace abicheck
