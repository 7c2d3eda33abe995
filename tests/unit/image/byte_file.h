// A file of numbers at fixed places, in either byte order, for the tests of image/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace abicheck::testing {

class ByteFile {
 public:
  explicit ByteFile(std::size_t size, bool big_endian = false) : bytes_(size), big_endian_(big_endian) {}

  ByteFile& put(std::uint64_t at, std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) {
      const int shift = 8 * (big_endian_ ? size - 1 - i : i);
      bytes_[at + static_cast<std::uint64_t>(i)] = static_cast<std::uint8_t>(value >> shift);
    }
    return *this;
  }
  ByteFile& u8(std::uint64_t at, std::uint64_t value) { return put(at, value, 1); }
  ByteFile& u16(std::uint64_t at, std::uint64_t value) { return put(at, value, 2); }
  ByteFile& u32(std::uint64_t at, std::uint64_t value) { return put(at, value, 4); }
  ByteFile& u64(std::uint64_t at, std::uint64_t value) { return put(at, value, 8); }
  ByteFile& text(std::uint64_t at, const std::string& value) {
    for (const char c : value) bytes_[at++] = static_cast<std::uint8_t>(c);
    return *this;
  }
  ByteFile& raw(std::uint64_t at, const std::vector<int>& values) {
    for (const int value : values) bytes_[at++] = static_cast<std::uint8_t>(value);
    return *this;
  }

  void resize(std::size_t size) { bytes_.resize(size); }
  ByteView view() const { return bytes_; }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
  bool big_endian_;
};

}  // namespace abicheck::testing
