#include "image/elf_file.h"

#include <algorithm>
#include <cstring>

namespace abicheck {

namespace {

// Offsets of one field in Elf32_* and Elf64_*.
struct Place {
  std::uint64_t in32;
  std::uint64_t in64;
};

constexpr Place kProgramHeaders{28, 32};
constexpr Place kSectionHeaders{32, 40};
constexpr Place kProgramHeaderCount{44, 56};
constexpr Place kSectionHeaderSize{46, 58};
constexpr Place kSectionHeaderCount{48, 60};
constexpr Place kNameTable{50, 62};
constexpr Place kProgramHeaderSize{32, 56};
constexpr Place kSegmentOffset{4, 8};
constexpr Place kSegmentAddress{8, 16};
constexpr Place kSegmentSize{16, 32};
constexpr Place kSectionAddress{12, 16};
constexpr Place kSectionOffset{16, 24};
constexpr Place kSectionSize{20, 32};
constexpr std::size_t kLongestSectionName = 256;

}  // namespace

ElfFile::ElfFile(ByteView bytes)
    : bytes_(bytes),
      wide_(bytes.size() > 5 && bytes[4] == 2),         // EI_CLASS
      big_endian_(bytes.size() > 5 && bytes[5] == 2) {  // EI_DATA
}

std::optional<std::uint32_t> ElfFile::half(std::uint64_t in32, std::uint64_t in64) const {
  const auto value = read_in_order<std::uint16_t>(bytes_, wide_ ? in64 : in32, big_endian_);
  return value ? std::optional<std::uint32_t>(*value) : std::nullopt;
}

std::optional<std::uint32_t> ElfFile::word(std::uint64_t offset) const {
  return read_in_order<std::uint32_t>(bytes_, offset, big_endian_);
}

std::optional<std::uint64_t> ElfFile::sized(std::uint64_t base, std::uint64_t in32, std::uint64_t in64) const {
  const auto at = checked_add(base, wide_ ? in64 : in32);
  if (!at) return std::nullopt;
  if (wide_) return read_in_order<std::uint64_t>(bytes_, *at, big_endian_);
  const auto value = word(*at);
  return value ? std::optional<std::uint64_t>(*value) : std::nullopt;
}

std::uint16_t ElfFile::machine() const {
  return read_in_order<std::uint16_t>(bytes_, 18, big_endian_).value_or(0);
}

std::optional<ElfSegment> ElfFile::segment(std::uint64_t offset) const {
  const auto type = word(offset);
  const auto place = sized(offset, kSegmentOffset.in32, kSegmentOffset.in64);
  const auto address = sized(offset, kSegmentAddress.in32, kSegmentAddress.in64);
  const auto size = sized(offset, kSegmentSize.in32, kSegmentSize.in64);
  if (!type || !place || !address || !size) return std::nullopt;
  return ElfSegment{*type, *place, *address, *size};
}

std::optional<std::vector<ElfSegment>> ElfFile::segments() const {
  const std::uint64_t table = sized(0, kProgramHeaders.in32, kProgramHeaders.in64).value_or(0);
  const std::uint64_t count = half(kProgramHeaderCount.in32, kProgramHeaderCount.in64).value_or(0);
  const std::uint64_t entry = wide_ ? kProgramHeaderSize.in64 : kProgramHeaderSize.in32;
  if (table > bytes_.size()) return std::nullopt;
  std::vector<ElfSegment> all;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto one = segment(table + i * entry);
    if (!one) return std::nullopt;
    all.push_back(*one);
  }
  return all;
}

std::optional<ElfSection> ElfFile::section(std::uint64_t index) const {
  const std::uint64_t table = sized(0, kSectionHeaders.in32, kSectionHeaders.in64).value_or(0);
  const std::uint64_t entry = half(kSectionHeaderSize.in32, kSectionHeaderSize.in64).value_or(0);
  if (table == 0 || table > bytes_.size()) return std::nullopt;
  const std::uint64_t at = table + index * entry;
  const auto type = word(at + 4);
  const auto flags = sized(at, 8, 8);
  const auto address = sized(at, kSectionAddress.in32, kSectionAddress.in64);
  const auto offset = sized(at, kSectionOffset.in32, kSectionOffset.in64);
  const auto size = sized(at, kSectionSize.in32, kSectionSize.in64);
  if (!type || !flags || !address || !offset || !size) return std::nullopt;
  return ElfSection{{}, *type, *flags, *address, *offset, *size};
}

std::vector<ElfSection> ElfFile::sections() const {
  const std::uint64_t table = sized(0, kSectionHeaders.in32, kSectionHeaders.in64).value_or(0);
  const std::uint64_t entry = half(kSectionHeaderSize.in32, kSectionHeaderSize.in64).value_or(0);
  const std::uint64_t count = half(kSectionHeaderCount.in32, kSectionHeaderCount.in64).value_or(0);
  const auto names = section(half(kNameTable.in32, kNameTable.in64).value_or(0));
  std::vector<ElfSection> all;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto one = section(i);
    if (!one) break;
    const auto name = word(table + i * entry);  // sh_name
    if (names && name && *name < names->size)
      one->name = read_c_string(slice(bytes_, names->offset, names->size), *name, kLongestSectionName).value_or("");
    all.push_back(*one);
  }
  return all;
}

std::optional<std::uint64_t> ElfFile::end_of_segments() const {
  const auto all = segments();
  if (!all) return std::nullopt;
  const std::uint64_t table = sized(0, kProgramHeaders.in32, kProgramHeaders.in64).value_or(0);
  std::uint64_t end = table + all->size() * (wide_ ? kProgramHeaderSize.in64 : kProgramHeaderSize.in32);
  for (const ElfSegment& one : *all) {
    const auto segment_end = checked_add(one.offset, one.size);
    if (!segment_end) return std::nullopt;
    end = std::max(end, *segment_end);
  }
  return end;
}

bool ElfFile::is_complete() const {
  const auto segments_end = end_of_segments();
  const std::uint64_t table = sized(0, kSectionHeaders.in32, kSectionHeaders.in64).value_or(0);
  const std::uint64_t entry = half(kSectionHeaderSize.in32, kSectionHeaderSize.in64).value_or(0);
  const std::uint64_t count = half(kSectionHeaderCount.in32, kSectionHeaderCount.in64).value_or(0);
  const auto sections_end = checked_add(table, entry * count);
  return segments_end && *segments_end <= bytes_.size() && sections_end && *sections_end <= bytes_.size();
}

std::vector<std::uint8_t> ElfFile::copy_without_sections() const {
  const std::uint64_t smallest = std::min<std::uint64_t>(header_size(), bytes_.size());
  const std::uint64_t end =
      std::clamp<std::uint64_t>(end_of_segments().value_or(bytes_.size()), smallest, bytes_.size());
  std::vector<std::uint8_t> copy(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(end));
  if (copy.size() < header_size()) return copy;
  std::memset(copy.data() + (wide_ ? kSectionHeaders.in64 : kSectionHeaders.in32), 0, wide_ ? 8 : 4);
  std::memset(copy.data() + (wide_ ? kSectionHeaderCount.in64 : kSectionHeaderCount.in32), 0,
              4);  // e_shnum, e_shstrndx
  return copy;
}

}  // namespace abicheck
