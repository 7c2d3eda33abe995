// A PE library with .rdata at RVA 0x1000 and .text at 0x2000, each one page; an RVA is also the place in the file, so
// that tests can write tables by it.
#pragma once

#include <cstdint>

#include "image/byte_file.h"

namespace abicheck::testing {

class SmallPe {
 public:
  static constexpr std::uint64_t kBase = 0x10000000;
  static constexpr std::size_t kSize = 0x3000;

  explicit SmallPe(std::uint16_t machine) : file(kSize), wide_(machine != 0x14c) {
    file.text(0, "MZ").u32(0x3c, kSignature).text(kSignature, "PE");
    file.u16(kSignature + 4, machine).u16(kSignature + 6, 2);
    file.u16(kSignature + 20, wide_ ? 240 : 224).u16(kSignature + 22, 0x2000);  // IMAGE_FILE_DLL
    file.u16(kOptional, wide_ ? 0x20b : 0x10b);
    if (wide_) {
      file.u64(kOptional + 24, kBase);
    } else {
      file.u32(kOptional + 28, kBase);
    }
    file.u32(kOptional + (wide_ ? 108 : 92), 16);
    section(0, ".rdata", 0x1000, 0x40000040);
    section(1, ".text", 0x2000, 0x60000020);
  }

  ByteFile file;

  std::uint64_t word() const { return wide_ ? 8 : 4; }
  SmallPe& directory(unsigned i, std::uint64_t rva, std::uint64_t size) {
    const std::uint64_t at = kOptional + (wide_ ? 112 : 96) + 8 * i;
    file.u32(at, rva).u32(at + 4, size);
    return *this;
  }
  SmallPe& pointer(std::uint64_t rva, std::uint64_t value) {
    file.put(rva, value, static_cast<int>(word()));
    return *this;
  }
  SmallPe& runtime_function(unsigned i, std::uint64_t begin, std::uint64_t end, std::uint64_t unwind) {
    file.u32(0x1200 + 12 * i, begin).u32(0x1204 + 12 * i, end).u32(0x1208 + 12 * i, unwind);
    return *this;
  }

 private:
  static constexpr std::uint64_t kSignature = 0x80;
  static constexpr std::uint64_t kOptional = kSignature + 24;

  void section(unsigned i, const std::string& name, std::uint64_t rva, std::uint32_t flags) {
    const std::uint64_t at = kOptional + (wide_ ? 240 : 224) + 40 * i;
    file.text(at, name).u32(at + 8, 0x1000).u32(at + 12, rva).u32(at + 16, 0x1000).u32(at + 20, rva);
    file.u32(at + 36, flags);
  }

  bool wide_;
};

}  // namespace abicheck::testing
