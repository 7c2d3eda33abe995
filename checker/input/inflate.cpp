#include "input/inflate.h"

#include <libdeflate.h>

#include <memory>

#include "input/file.h"

namespace abicheck {

Result<ByteBuffer> inflate(ByteView compressed, std::uint64_t size) {
  Result<ByteBuffer> bytes = ByteBuffer::allocate(size);
  if (!bytes) return bytes;
  // A decompressor is 11 kB and must not be shared by threads, so each call has its own.
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)> decompressor(
      libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
  if (!decompressor) return Error{ErrorCode::kTooLarge, "there is not enough memory to read it", ""};
  // Without a place for the number of bytes made, libdeflate itself insists on exactly `size`.
  switch (libdeflate_deflate_decompress(decompressor.get(), compressed.data(), compressed.size(), bytes->data(),
                                        bytes->size(), nullptr)) {
    case LIBDEFLATE_SUCCESS:
      return bytes;
    case LIBDEFLATE_SHORT_OUTPUT:
      return Error{ErrorCode::kMalformed, "inflates to fewer than the " + with_commas(size) + " bytes it claims", ""};
    case LIBDEFLATE_INSUFFICIENT_SPACE:
      return Error{ErrorCode::kMalformed, "inflates to more than the " + with_commas(size) + " bytes it claims", ""};
    default:
      return Error{ErrorCode::kMalformed, "its compressed bytes are damaged", ""};
  }
}

std::uint32_t crc32_of(ByteView bytes) {
  return libdeflate_crc32(0, bytes.data(), bytes.size());
}

}  // namespace abicheck
