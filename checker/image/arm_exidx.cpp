#include "image/arm_exidx.h"

#include <algorithm>

#include "image/eh_frame.h"

namespace abicheck {

namespace {

constexpr std::uint64_t kIndexEntrySize = 8;

// prel31: bit 31 is no part of the signed distance, bit 0 of the result may mark Thumb code.
std::uint64_t function_at_entry(std::uint64_t place, std::uint32_t word) {
  const std::int64_t distance = static_cast<std::int32_t>(word << 1) >> 1;
  return (place + static_cast<std::uint64_t>(distance)) & UINT32_MAX & ~std::uint64_t{1};
}

// Linkers merge neighbours whose unwinding is the same, so that an entry may stand for several functions; a function
// ends where the next entry begins.
std::uint64_t end_of_code(const BinaryImage& image, std::uint64_t address) {
  for (const MappedRange& range : image.code) {
    if (address >= range.address && address - range.address < range.size) return range.address + range.size;
  }
  return address;
}

}  // namespace

void read_exception_index(std::uint64_t address, std::uint64_t size, BinaryImage& image) {
  const ByteView table = image.bytes_at(address, size);
  if (table.size() < size) image.defects.push_back("the table of function boundaries (.ARM.exidx) is cut off");
  for (std::uint64_t at = 0; at + kIndexEntrySize <= table.size(); at += kIndexEntrySize) {
    const std::uint32_t word = *read_in_order<std::uint32_t>(table, at, image.big_endian);
    const std::uint64_t begin = function_at_entry(address + at, word);
    // The linker closes the table with an entry behind the last function.
    if (image.is_code(begin)) image.functions.push_back({begin, end_of_code(image, begin)});
  }
  std::erase_if(image.functions, [](const FunctionRange& f) { return f.end <= f.begin; });
  tidy_functions(image);
}

}  // namespace abicheck
