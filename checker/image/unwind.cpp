#include "image/unwind.h"

#include <algorithm>

namespace abicheck {

namespace {

// Pointer encodings (DW_EH_PE_*, Linux Standard Base): what GNU ld, gold and lld all write.
constexpr std::uint8_t kUdata4 = 0x03;
constexpr std::uint8_t kDataRelativeSdata4 = 0x3b;
constexpr std::uint64_t kHeaderSize = 12;  // version, three encodings, eh_frame_ptr, fde_count
constexpr std::uint64_t kEntrySize = 8;    // initial location, address of the FDE

// The FDE gives the length of the function: length(4) CIE pointer(4) pc_begin(4, PC-relative) pc_range(4).
std::uint64_t function_end(const BinaryImage& image, std::uint64_t begin, std::uint64_t fde) {
  const ByteView record = image.bytes_at(fde, 16);
  const auto relative = read_le<std::int32_t>(record, 8);
  const auto range = read_le<std::uint32_t>(record, 12);
  const bool agrees = relative && fde + 8 + static_cast<std::int64_t>(*relative) == begin;
  return agrees && range ? begin + *range : 0;
}

}  // namespace

std::vector<FunctionRange> read_function_ranges(const BinaryImage& image, std::uint64_t table_address) {
  const ByteView header = image.bytes_at(table_address, kHeaderSize);
  if (header.size() < kHeaderSize || header[0] != 1 || header[2] != kUdata4 || header[3] != kDataRelativeSdata4)
    return {};
  const std::uint32_t count = *read_le<std::uint32_t>(header, 8);
  const ByteView table = image.bytes_at(table_address + kHeaderSize, std::uint64_t{count} * kEntrySize);
  std::vector<FunctionRange> functions;
  functions.reserve(table.size() / kEntrySize);
  for (std::uint64_t at = 0; at + kEntrySize <= table.size(); at += kEntrySize) {
    const std::uint64_t begin = table_address + static_cast<std::int64_t>(*read_le<std::int32_t>(table, at));
    const std::uint64_t fde = table_address + static_cast<std::int64_t>(*read_le<std::int32_t>(table, at + 4));
    functions.push_back({begin, function_end(image, begin, fde)});
  }
  std::sort(functions.begin(), functions.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const std::uint64_t next = i + 1 < functions.size() ? functions[i + 1].begin : functions[i].end;
    if (functions[i].end <= functions[i].begin) functions[i].end = next;
    if (i + 1 < functions.size()) functions[i].end = std::min(functions[i].end, next);
  }
  return functions;
}

}  // namespace abicheck
