// One zip member's compressed bytes -> its bytes, through libdeflate.
#pragma once

#include <cstdint>

#include "base/byte_buffer.h"
#include "base/result.h"

namespace abicheck {

// Raw deflate (RFC 1951) that must give exactly `size` bytes. The caller has checked `size` against the limits.
Result<ByteBuffer> inflate(ByteView compressed, std::uint64_t size);

std::uint32_t crc32_of(ByteView bytes);

}  // namespace abicheck
