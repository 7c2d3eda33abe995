// Bytes that are read or inflated in one go. Not a std::vector, because that writes zeros first: for a module of some
// hundred megabytes this would touch every page twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

#include "base/bytes.h"
#include "base/result.h"

namespace abicheck {

class ByteBuffer {
 public:
  ByteBuffer() = default;

  // `size` bytes of unspecified content; kTooLarge when there is no memory for them.
  static Result<ByteBuffer> allocate(std::uint64_t size) {
    ByteBuffer buffer;
    buffer.bytes_.reset(new (std::nothrow) std::uint8_t[size]);
    if (!buffer.bytes_) return Error{ErrorCode::kTooLarge, "there is not enough memory to read it", ""};
    buffer.size_ = static_cast<std::size_t>(size);
    return buffer;
  }

  std::uint8_t* data() { return bytes_.get(); }
  const std::uint8_t* data() const { return bytes_.get(); }
  std::size_t size() const { return size_; }
  ByteView view() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<std::uint8_t[]> bytes_;  // never null when made by allocate(), not even for no bytes
  std::size_t size_ = 0;
};

}  // namespace abicheck
