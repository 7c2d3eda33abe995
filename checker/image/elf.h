// ELF-64 through LIEF, plus the two tables that LIEF 0.12 does not read: .eh_frame_hdr and DT_RELR.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "model/binary_image.h"

namespace abicheck {

Result<BinaryImage> read_elf(ByteView bytes);

}  // namespace abicheck
