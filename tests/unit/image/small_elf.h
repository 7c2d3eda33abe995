// A shared library of any class, byte order and machine in one page: every offset is also the address. It exports
// PyInit_demo, imports PyErr_SetString, and has one relocation of each kind that fills a pointer.
#pragma once

#include <cstdint>

#include "image/byte_file.h"

namespace abicheck::testing {

struct ElfShape {
  const char* name;
  std::uint16_t machine;
  bool wide;
  bool big_endian;
  bool has_addends;  // RELA
  std::uint32_t absolute, slot, relative;
};

class SmallElf {
 public:
  static constexpr std::uint64_t kDynamic = 0x200, kSymbols = 0x400, kStrings = 0x480, kHash = 0x4c0,
                                 kRelocations = 0x500, kFrameHeader = 0x600, kFrames = 0x640, kCode = 0x800,
                                 kSecondFunction = 0x840, kCodeEnd = 0x880, kPointers = 0xc00, kSize = 0x1000;

  explicit SmallElf(const ElfShape& shape) : file(kSize, shape.big_endian), shape_(shape) {
    write_headers();
    write_dynamic();
    write_symbols();
    write_relocations();
    write_frames();
  }

  ByteFile file;

  std::uint64_t word() const { return shape_.wide ? 8 : 4; }
  ByteFile& pointer(std::uint64_t at, std::uint64_t value) { return file.put(at, value, static_cast<int>(word())); }
  std::uint64_t slot(unsigned i) const { return kPointers + i * word(); }
  SmallElf& segment(unsigned i, std::uint32_t type, std::uint64_t offset, std::uint64_t size) {
    const bool wide = shape_.wide;
    const std::uint64_t at = (wide ? 64 : 52) + i * (wide ? 56 : 32);
    file.u32(at, type).u32(at + (wide ? 4 : 24), 7);  // readable, writable, executable
    pointer(at + (wide ? 8 : 4), offset);
    pointer(at + (wide ? 16 : 8), offset);
    pointer(at + (wide ? 32 : 16), size);
    pointer(at + (wide ? 40 : 20), size);
    return *this;
  }
  SmallElf& dynamic(unsigned i, std::uint64_t tag, std::uint64_t value) {
    pointer(kDynamic + 2 * i * word(), tag);
    pointer(kDynamic + (2 * i + 1) * word(), value);
    return *this;
  }

 private:
  void write_headers() {
    const bool wide = shape_.wide;
    file.text(0,
              "\x7f"
              "ELF")
        .u8(4, wide ? 2 : 1)
        .u8(5, shape_.big_endian ? 2 : 1)
        .u8(6, 1);
    file.u16(16, 3).u16(18, shape_.machine).u32(20, 1);  // ET_DYN
    pointer(wide ? 32 : 28, wide ? 64 : 52);             // e_phoff
    file.u16(wide ? 52 : 40, wide ? 64 : 52).u16(wide ? 54 : 42, wide ? 56 : 32).u16(wide ? 56 : 44, 3);
    segment(0, 1, 0, kSize);                     // PT_LOAD
    segment(1, 2, kDynamic, 24 * word());        // PT_DYNAMIC
    segment(2, 0x6474e550, kFrameHeader, 0x40);  // PT_GNU_EH_FRAME
  }

  void write_dynamic() {
    const std::uint64_t relocation_size = (shape_.has_addends ? 3 : 2) * word();
    dynamic(0, 1, 13);  // DT_NEEDED "libm.so"
    dynamic(1, 4, kHash).dynamic(2, 5, kStrings).dynamic(3, 6, kSymbols).dynamic(4, 10, 0x40);
    dynamic(5, shape_.has_addends ? 7 : 17, kRelocations).dynamic(6, shape_.has_addends ? 8 : 18, 3 * relocation_size);
    dynamic(7, shape_.has_addends ? 9 : 19, relocation_size);
    dynamic(8, 25, kPointers + 2 * word()).dynamic(9, 27, word());  // DT_INIT_ARRAY: the relative pointer
  }

  void write_symbols() {
    file.text(kStrings + 1, "PyInit_demo").text(kStrings + 13, "libm.so").text(kStrings + 21, "PyErr_SetString");
    symbol(1, 1, kSecondFunction, 7);
    symbol(2, 21, 0, 0);
    // DT_HASH: one bucket, three symbols; 64-bit words in the s390x ABI.
    const int size = shape_.machine == 22 && shape_.wide ? 8 : 4;
    file.put(kHash, 1, size).put(kHash + static_cast<std::uint64_t>(size), 3, size);
  }

  void symbol(unsigned i, std::uint32_t name, std::uint64_t value, std::uint16_t section) {
    const std::uint64_t at = kSymbols + i * (shape_.wide ? 24 : 16);
    file.u32(at, name);
    if (shape_.wide) {
      file.u8(at + 4, 0x12).u16(at + 6, section).u64(at + 8, value);
    } else {
      file.u32(at + 4, value).u8(at + 12, 0x12).u16(at + 14, section);
    }
  }

  void write_relocations() {
    relocation(0, shape_.slot, 2, 0);
    relocation(1, shape_.absolute, 1, 4);
    relocation(2, shape_.relative, 0, kCode);
  }

  void relocation(unsigned i, std::uint32_t type, std::uint64_t symbol, std::uint64_t addend) {
    const std::uint64_t at = kRelocations + i * (shape_.has_addends ? 3 : 2) * word();
    pointer(at, slot(i));
    pointer(at + word(), shape_.wide ? symbol << 32 | type : symbol << 8 | type);
    if (shape_.has_addends) {
      pointer(at + 2 * word(), addend);
    } else {
      pointer(slot(i), addend);
    }
  }

  // One CIE that says PC-relative 4-byte pointers, two FDEs.
  void write_frames() {
    file.raw(kFrameHeader, {1, 0x1b, 0x03, 0x3b}).u32(kFrameHeader + 8, 2);
    file.u32(kFrames, 16).u32(kFrames + 4, 0).raw(kFrames + 8, {1, 'z', 'R', 0, 1, 0x78, 0x10, 1, 0x1b});
    frame(0, kCode, kSecondFunction - 0x10);
    frame(1, kSecondFunction, kCodeEnd);
  }

  void frame(unsigned i, std::uint64_t begin, std::uint64_t end) {
    const std::uint64_t at = kFrames + 20 + i * 20;
    file.u32(at, 16).u32(at + 4, at + 4 - kFrames).u32(at + 8, begin - at - 8).u32(at + 12, end - begin);
    file.u32(kFrameHeader + 12 + 8 * i, begin - kFrameHeader).u32(kFrameHeader + 16 + 8 * i, at - kFrameHeader);
  }

  ElfShape shape_;
};

}  // namespace abicheck::testing
