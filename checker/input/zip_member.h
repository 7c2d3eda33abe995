// The bytes of a member of a zip archive, inflated and checked.
#pragma once

#include "base/byte_buffer.h"
#include "base/limits.h"
#include "base/result.h"
#include "input/zip_archive.h"

namespace abicheck {

// What the archive claims of a member is refused before memory is spent on it: more than `most` bytes, or more than
// deflate can make of what is there. Errors have no place.
Result<ByteBuffer> read_zip_member(const ZipArchive& archive, std::uint64_t index,
                                   std::uint64_t most = limits::kMemberBytes);

}  // namespace abicheck
