// The header tables of an ELF file of either class and byte order (System V ABI, gABI chapters 4 and 5), read field by
// field. LIEF reads them too; what stands here is what it cannot be asked for: whether the file is whole, and where
// code ends and read-only data begins.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace abicheck {

struct ElfSegment {
  std::uint32_t type = 0;
  std::uint64_t offset = 0;
  std::uint64_t address = 0;
  std::uint64_t size = 0;  // p_filesz
};

struct ElfSection {
  std::string_view name;  // empty when there is no table of names
  std::uint32_t type = 0;
  std::uint64_t flags = 0;
  std::uint64_t address = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

class ElfFile {
 public:
  explicit ElfFile(ByteView bytes);

  ByteView bytes() const { return bytes_; }
  bool wide() const { return wide_; }
  bool big_endian() const { return big_endian_; }
  std::uint16_t machine() const;
  std::uint64_t header_size() const { return wide_ ? 64 : 52; }

  // Empty when the program headers do not lie wholly inside the file.
  std::optional<std::vector<ElfSegment>> segments() const;
  // Those that can be read.
  std::vector<ElfSection> sections() const;

  // Whether every segment and both header tables lie inside the file: false for a file that was cut.
  bool is_complete() const;
  // The end of the last segment or of the program headers.
  std::optional<std::uint64_t> end_of_segments() const;
  // A copy of the file without section headers and without what lies behind the last segment. LIEF 0.12 cannot be asked
  // to skip the static symbols, which are most of an unstripped module and of no use here.
  std::vector<std::uint8_t> copy_without_sections() const;

 private:
  // A field of two or four bytes, and one of the class's own size, at the offset that it has in that class.
  std::optional<std::uint32_t> half(std::uint64_t in32, std::uint64_t in64) const;
  std::optional<std::uint32_t> word(std::uint64_t offset) const;
  std::optional<std::uint64_t> sized(std::uint64_t base, std::uint64_t in32, std::uint64_t in64) const;
  std::optional<ElfSection> section(std::uint64_t index) const;
  std::optional<ElfSegment> segment(std::uint64_t offset) const;

  ByteView bytes_;
  bool wide_ = true;
  bool big_endian_ = false;
};

// The machines that differ in more than their relocations (e_machine).
inline constexpr std::uint16_t kEmPpc64 = 21;
inline constexpr std::uint16_t kEmS390 = 22;
inline constexpr std::uint16_t kEmArm = 40;

}  // namespace abicheck
