// A dynamic library in two pages of 0x1000: __TEXT with code and stubs, and __DATA with pointers, which the caller
// fills by opcodes, by chained fixups or by relocation entries. The bit CPU_ARCH_ABI64 of its processor makes it a
// 64-bit one. Offsets are also addresses, but for `kBase`.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "image/byte_file.h"

namespace abicheck::testing {

class SmallMacho {
 public:
  static constexpr std::uint64_t kBase = 0x10000, kText = 0x800, kStubs = 0x900, kData = 0x1000, kGot = 0x1100,
                                 kInit = 0x1200, kLinkEdit = 0x2000, kSize = 0x3000;

  explicit SmallMacho(std::uint32_t cpu, std::uint32_t stub_size = 6)
      : file(kSize), wide_((cpu & 0x01000000) != 0), end_(wide_ ? 32 : 28) {
    file.u32(0, wide_ ? 0xfeedfacf : 0xfeedface).u32(4, cpu).u32(12, 6);  // MH_DYLIB
    segment("__TEXT", 0, 0x1000, 5, 2);
    section("__text", "__TEXT", kText, 0x100, 0x80000400, 0);
    section("__stubs", "__TEXT", kStubs, 2 * std::uint64_t{stub_size}, 0x80000408, stub_size);
    segment("__DATA", kData, 0x1000, 3, 3);
    section("__data", "__DATA", kData, 0x40, 0, 0);
    section("__got", "__DATA", kGot, 2 * pointer_size(), 6, 0);
    section("__mod_init_func", "__DATA", kInit, pointer_size(), 9, 0);
    segment("__LINKEDIT", kLinkEdit, 0x1000, 1, 0);
    library(0xd, "@rpath/libdemo.dylib");
    library(0xc, "/usr/lib/libSystem.B.dylib");
    symbols();
    // LC_FUNCTION_STARTS: two functions, and the stub
    function_starts_ = blob(0x26, kLinkEdit + 0x400, 8);
    file.raw(kLinkEdit + 0x400, {0x80, 0x10, 0x40, 0xc0, 0x01, 0});
  }

  ByteFile file;

  std::uint64_t pointer_size() const { return wide_ ? 8 : 4; }
  void pointer(std::uint64_t at, std::uint64_t value) { file.put(at, value, static_cast<int>(pointer_size())); }
  // A command that names one range of the file.
  std::uint64_t blob(std::uint32_t kind, std::uint64_t offset, std::uint64_t size) {
    const std::uint64_t at = command(kind, 16);
    file.u32(at + 8, offset).u32(at + 12, size);
    return at;
  }
  void no_function_starts() { file.u32(function_starts_ + 8, 0).u32(function_starts_ + 12, 0); }
  // LC_DYLD_INFO_ONLY
  void dyld_info(std::uint64_t offset, const std::vector<int>& rebase, const std::vector<int>& bind) {
    const std::uint64_t at = command(0x80000022, 48);
    file.u32(at + 8, offset).u32(at + 12, rebase.size()).raw(offset, rebase);
    file.u32(at + 16, offset + 0x80).u32(at + 20, bind.size()).raw(offset + 0x80, bind);
  }

  // relocation_info of LC_DYSYMTAB: of the file's own addresses, and of symbols
  void relocation_entries(std::uint64_t offset, const std::vector<std::uint64_t>& local,
                          const std::vector<std::uint64_t>& external) {
    file.u32(dynamic_ + 72, offset).u32(dynamic_ + 76, local.size());
    for (const std::uint64_t entry : local) file.u64(std::exchange(offset, offset + 8), entry);
    file.u32(dynamic_ + 64, offset).u32(dynamic_ + 68, external.size());
    for (const std::uint64_t entry : external) file.u64(std::exchange(offset, offset + 8), entry);
  }

  std::uint64_t relocation_count_at() const { return dynamic_ + 76; }

 private:
  std::uint64_t header_size() const { return wide_ ? 32 : 28; }
  std::uint64_t command(std::uint32_t kind, std::uint64_t size) {
    const std::uint64_t at = end_;
    file.u32(at, kind).u32(at + 4, size);
    end_ += size;
    file.u32(16, ++count_).u32(20, end_ - header_size());
    return at;
  }
  void segment(const std::string& name, std::uint64_t offset, std::uint64_t size, int protection, int sections) {
    const std::uint64_t own = wide_ ? 72 : 56;
    const std::uint64_t at = command(wide_ ? 0x19 : 1, own + section_size() * static_cast<std::uint64_t>(sections));
    file.text(at + 8, name);
    std::uint64_t next = at + 24;
    for (const std::uint64_t value : {kBase + offset, size, offset, size})
      pointer(std::exchange(next, next + pointer_size()), value);
    file.u32(next, 7).u32(next + 4, static_cast<std::uint64_t>(protection));
    file.u32(next + 8, static_cast<std::uint64_t>(sections));
    next_section_ = at + own;
  }
  void section(const std::string& name, const std::string& segment, std::uint64_t offset, std::uint64_t size,
               std::uint32_t flags, std::uint32_t reserved2) {
    const std::uint64_t at = next_section_, behind = at + 32 + 2 * pointer_size();
    file.text(at, name).text(at + 16, segment);
    pointer(at + 32, kBase + offset);
    pointer(at + 32 + pointer_size(), size);
    file.u32(behind, offset).u32(behind + 16, flags).u32(behind + 24, reserved2);
    next_section_ += section_size();
  }
  std::uint64_t section_size() const { return wide_ ? 80 : 68; }
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
    file.u32(table, 1).u8(table + 4, 0x0f).u8(table + 5, 1);
    pointer(table + 8, kBase + kText + 0x40);
    const std::uint64_t second = table + 8 + pointer_size();  // nlist, nlist_64
    file.u32(second, 14).u8(second + 4, 0x01);
    dynamic_ = command(0xb, 80);
    file.u32(dynamic_ + 56, indirect).u32(dynamic_ + 60, 2);
    file.u32(indirect, 0x80000000).u32(indirect + 4, 1);
  }

  bool wide_;
  std::uint64_t end_;
  std::uint64_t dynamic_ = 0;
  std::uint64_t function_starts_ = 0;
  std::uint64_t next_section_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace abicheck::testing
