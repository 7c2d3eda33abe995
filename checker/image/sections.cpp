#include "image/sections.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <optional>

namespace abicheck {

namespace {

// Offsets in Elf64_Ehdr, Elf64_Phdr and Elf64_Shdr (System V ABI, gABI chapters 4 and 5).
constexpr std::uint64_t kProgramHeaders = 32;
constexpr std::uint64_t kSectionHeaders = 40;
constexpr std::uint64_t kProgramHeaderCount = 56;
constexpr std::uint64_t kSectionHeaderSize = 58;
constexpr std::uint64_t kElfHeaderSize = 64;
constexpr std::uint64_t kProgramHeaderSize = 56;
constexpr std::uint32_t kShtProgbits = 1;
constexpr std::uint64_t kShfAlloc = 2;
constexpr std::uint64_t kShfExecinstr = 4;

// The end of the last segment or of the program headers; empty when the program headers are not in the file.
std::optional<std::uint64_t> end_of_segments(ByteView bytes) {
  const std::uint64_t table = read_le<std::uint64_t>(bytes, kProgramHeaders).value_or(0);
  const std::uint64_t count = read_le<std::uint16_t>(bytes, kProgramHeaderCount).value_or(0);
  auto end = checked_add(table, count * kProgramHeaderSize);
  for (std::uint64_t i = 0; i < count && end; ++i) {
    const auto offset = read_le<std::uint64_t>(bytes, table + i * kProgramHeaderSize + 8);
    const auto size = read_le<std::uint64_t>(bytes, table + i * kProgramHeaderSize + 32);
    if (!offset || !size) return std::nullopt;
    const auto segment_end = checked_add(*offset, *size);
    end = segment_end ? std::optional(std::max(*end, *segment_end)) : std::nullopt;
  }
  return end;
}

}  // namespace

void read_sections(BinaryImage& image) {
  const ByteView bytes = image.bytes;
  const std::uint64_t table = read_le<std::uint64_t>(bytes, kSectionHeaders).value_or(0);
  const std::uint16_t entry_size = read_le<std::uint16_t>(bytes, kSectionHeaderSize).value_or(0);
  const std::uint16_t count = read_le<std::uint16_t>(bytes, kSectionHeaderSize + 2).value_or(0);
  for (std::uint64_t i = 0; table != 0 && i < count; ++i) {
    const ByteView header = slice(bytes, table + i * entry_size, kElfHeaderSize);
    const auto type = read_le<std::uint32_t>(header, 4);
    const auto flags = read_le<std::uint64_t>(header, 8);
    const auto address = read_le<std::uint64_t>(header, 16);
    const auto offset = read_le<std::uint64_t>(header, 24);
    const auto size = read_le<std::uint64_t>(header, 32);
    if (!size || *type != kShtProgbits || (*flags & kShfAlloc) == 0 || *size == 0) continue;
    if (image.offset_of(*address) != *offset || image.bytes_at(*address, *size).size() != *size) continue;
    const bool executable = (*flags & kShfExecinstr) != 0;
    (executable ? image.code : image.data).push_back({*address, *offset, *size, executable});
  }
  if (!image.code.empty() && !image.data.empty()) return;
  image.code.clear();
  image.data = image.ranges;
  std::copy_if(image.ranges.begin(), image.ranges.end(), std::back_inserter(image.code),
               [](const auto& r) { return r.executable; });
}

bool is_complete(ByteView bytes) {
  const auto segments = end_of_segments(bytes);
  const std::uint64_t table = read_le<std::uint64_t>(bytes, kSectionHeaders).value_or(0);
  const std::uint64_t entry_size = read_le<std::uint16_t>(bytes, kSectionHeaderSize).value_or(0);
  const std::uint64_t count = read_le<std::uint16_t>(bytes, kSectionHeaderSize + 2).value_or(0);
  const auto sections = checked_add(table, entry_size * count);
  return segments && *segments <= bytes.size() && sections && *sections <= bytes.size();
}

std::vector<std::uint8_t> copy_without_sections(ByteView bytes) {
  const std::uint64_t smallest = std::min<std::uint64_t>(kElfHeaderSize, bytes.size());
  const std::uint64_t end =
      std::clamp<std::uint64_t>(end_of_segments(bytes).value_or(bytes.size()), smallest, bytes.size());
  std::vector<std::uint8_t> copy(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(end));
  if (copy.size() < kElfHeaderSize) return copy;
  std::memset(copy.data() + kSectionHeaders, 0, 8);         // e_shoff
  std::memset(copy.data() + kSectionHeaderSize + 2, 0, 4);  // e_shnum, e_shstrndx
  return copy;
}

}  // namespace abicheck
