// A 64-bit dynamic library in two pages of 0x1000: __TEXT with code and a stub, and __DATA with pointers, which the
// caller fills by opcodes or by chained fixups. Offsets are also addresses, but for `kBase`.
#pragma once

#include <cstdint>
#include <string>

#include "image/byte_file.h"

namespace abicheck::testing {

class SmallMacho {
 public:
  static constexpr std::uint64_t kBase = 0x10000, kText = 0x800, kStubs = 0x900, kData = 0x1000, kGot = 0x1100,
                                 kInit = 0x1200, kLinkEdit = 0x2000, kSize = 0x3000;

  explicit SmallMacho(std::uint32_t cpu) : file(kSize) {
    file.u32(0, 0xfeedfacf).u32(4, cpu).u32(12, 6);  // MH_DYLIB
    segment("__TEXT", 0, 0x1000, 5, 2);
    section("__text", "__TEXT", kText, 0x100, 0x80000400, 0);
    section("__stubs", "__TEXT", kStubs, 12, 0x80000408, 0);
    segment("__DATA", kData, 0x1000, 3, 3);
    section("__data", "__DATA", kData, 0x40, 0, 0);
    section("__got", "__DATA", kGot, 16, 6, 0);
    section("__mod_init_func", "__DATA", kInit, 8, 9, 0);
    segment("__LINKEDIT", kLinkEdit, 0x1000, 1, 0);
    library(0xd, "@rpath/libdemo.dylib");
    library(0xc, "/usr/lib/libSystem.B.dylib");
    symbols();
    // LC_FUNCTION_STARTS: two functions, and the stub
    blob(0x26, kLinkEdit + 0x400, 8);
    file.raw(kLinkEdit + 0x400, {0x80, 0x10, 0x40, 0xc0, 0x01, 0});
  }

  ByteFile file;

  // A command that names one range of the file.
  void blob(std::uint32_t kind, std::uint64_t offset, std::uint64_t size) {
    const std::uint64_t at = command(kind, 16);
    file.u32(at + 8, offset).u32(at + 12, size);
  }
  // LC_DYLD_INFO_ONLY
  void dyld_info(std::uint64_t offset, const std::vector<int>& rebase, const std::vector<int>& bind) {
    const std::uint64_t at = command(0x80000022, 48);
    file.u32(at + 8, offset).u32(at + 12, rebase.size()).raw(offset, rebase);
    file.u32(at + 16, offset + 0x80).u32(at + 20, bind.size()).raw(offset + 0x80, bind);
  }

 private:
  std::uint64_t command(std::uint32_t kind, std::uint64_t size) {
    const std::uint64_t at = end_;
    file.u32(at, kind).u32(at + 4, size);
    end_ += size;
    file.u32(16, ++count_).u32(20, end_ - 32);
    return at;
  }
  void segment(const std::string& name, std::uint64_t offset, std::uint64_t size, int protection, int sections) {
    const std::uint64_t at = command(0x19, 72 + 80 * static_cast<std::uint64_t>(sections));
    file.text(at + 8, name).u64(at + 24, kBase + offset).u64(at + 32, size).u64(at + 40, offset).u64(at + 48, size);
    file.u32(at + 56, 7).u32(at + 60, static_cast<std::uint64_t>(protection));
    file.u32(at + 64, static_cast<std::uint64_t>(sections));
    next_section_ = at + 72;
  }
  void section(const std::string& name, const std::string& segment, std::uint64_t offset, std::uint64_t size,
               std::uint32_t flags, std::uint32_t reserved1) {
    const std::uint64_t at = next_section_;
    file.text(at, name).text(at + 16, segment).u64(at + 32, kBase + offset).u64(at + 40, size).u32(at + 48, offset);
    file.u32(at + 64, flags).u32(at + 68, reserved1);
    next_section_ += 80;
  }
  void library(std::uint32_t kind, const std::string& name) {
    const std::uint64_t at = command(kind, 56);
    file.u32(at + 8, 24).text(at + 24, name);
  }
  // _PyInit_demo at kText + 0x40, _PyErr_SetString; the second word of __got is left to the indirect symbol table.
  void symbols() {
    const std::uint64_t table = kLinkEdit + 0x200, names = kLinkEdit + 0x280, indirect = kLinkEdit + 0x2c0;
    const std::uint64_t at = command(2, 24);
    file.u32(at + 8, table).u32(at + 12, 2).u32(at + 16, names).u32(at + 20, 0x40);
    file.text(names + 1, "_PyInit_demo").text(names + 14, "_PyErr_SetString");
    file.u32(table, 1).u8(table + 4, 0x0f).u8(table + 5, 1).u64(table + 8, kBase + kText + 0x40);
    file.u32(table + 16, 14).u8(table + 20, 0x01);
    const std::uint64_t dynamic = command(0xb, 80);
    file.u32(dynamic + 56, indirect).u32(dynamic + 60, 2);
    file.u32(indirect, 0x80000000).u32(indirect + 4, 1);
  }

  std::uint64_t end_ = 32;
  std::uint64_t next_section_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace abicheck::testing
