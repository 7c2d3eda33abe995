// The header and load commands of a thin Mach-O file (mach-o/loader.h). LIEF reads them, out of a copy that ends
// with them: what the commands point to is read here, since LIEF 0.12 does not know chained fixups, and follows opcodes
// and tries without bounds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "image/image_header.h"

namespace abicheck {

struct MachoSegment {
  std::string name;
  std::uint64_t address = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  // in the file
  bool executable = false;
  bool writable = false;
};

struct MachoSection {
  std::string name;
  std::uint64_t address = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint32_t type = 0;     // SECTION_TYPE of the flags
  bool instructions = false;  // S_ATTR_PURE_INSTRUCTIONS or S_ATTR_SOME_INSTRUCTIONS
  std::uint32_t reserved1 = 0;
  std::uint32_t reserved2 = 0;  // of stubs: the size of one
};

// SECTION_TYPE
namespace section_type {
inline constexpr std::uint32_t kRegular = 0, kZeroFill = 1, kNonLazyPointers = 6, kLazyPointers = 7, kStubs = 8,
                               kModInitPointers = 9, kGbZeroFill = 0xc, kThreadLocalZeroFill = 0x12,
                               kInitOffsets = 0x16;
}

// A range of the file that a command names.
struct Blob {
  std::uint32_t offset = 0;
  std::uint32_t size = 0;
};

struct MachoFile {
  ByteView bytes;
  ImageHeader header;
  std::vector<MachoSegment> segments;  // in the order of the commands, which opcodes count by
  std::vector<MachoSection> sections;
  std::vector<std::string> needed;
  std::string id;

  Blob symbols;  // LC_SYMTAB: offset and number of nlist or nlist_64
  Blob strings;
  Blob indirect_symbols;                         // LC_DYSYMTAB: offset and number of words
  Blob external_relocations, local_relocations;  // offset and number of relocation_info
  bool has_opcodes = false;                      // LC_DYLD_INFO is there
  Blob rebases, binds, weak_binds, lazy_binds, exports;
  Blob function_starts;
  Blob chained_fixups;

  // Where the header is mapped, which offsets count from; 0 in libraries, as far as linkers go.
  std::uint64_t base = 0;

  std::uint64_t pointer_size() const { return static_cast<std::uint64_t>(header.bits) / 8; }
  // The bytes of a blob, cut at the end of the file.
  ByteView at(const Blob& blob) const { return slice(bytes, blob.offset, blob.size); }
};

// Names the processor of any thin Mach-O file; kMalformed for a little-endian one whose segments reach beyond its end.
Result<ImageHeader> read_macho_header(ByteView bytes);
// kUnsupported for a big-endian one.
Result<MachoFile> read_macho_file(ByteView bytes);

}  // namespace abicheck
