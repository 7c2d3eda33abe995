#include "image/pe_unwind.h"

#include <algorithm>

#include "image/eh_frame.h"

namespace abicheck {

namespace {

// RUNTIME_FUNCTION of x64, in RVAs.
struct RuntimeFunction {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t unwind = 0;
};

constexpr std::uint64_t kX64EntrySize = 12;
constexpr std::uint64_t kArm64EntrySize = 8;
constexpr std::uint8_t kChainInfo = 4;  // UNW_FLAG_CHAININFO

std::optional<RuntimeFunction> read_function(ByteView entry) {
  const auto begin = read_le<std::uint32_t>(entry, 0);
  const auto end = read_le<std::uint32_t>(entry, 4);
  const auto unwind = read_le<std::uint32_t>(entry, 8);
  if (!unwind) return std::nullopt;
  return RuntimeFunction{*begin, *end, *unwind};
}

// The entry that a chained one continues. UNWIND_INFO: version and flags, size of the prolog, count of codes, frame
// register; then the codes, rounded up to an even number, then the parent.
std::optional<RuntimeFunction> parent_of(const PeFile& file, const RuntimeFunction& function) {
  const ByteView head = file.bytes_at(function.unwind, 4);
  if (head.size() < 4 || (head[0] >> 3 & kChainInfo) == 0) return std::nullopt;
  const std::uint64_t codes = (head[2] + 1u) & ~1u;
  return read_function(file.bytes_at(function.unwind + 4 + 2 * codes, kX64EntrySize));
}

// The first of the entries that one chained entry after the other leads back to.
std::uint32_t root_of(const PeFile& file, RuntimeFunction function) {
  constexpr int kLongestChain = 32;
  for (int i = 0; i < kLongestChain; ++i) {
    const auto parent = parent_of(file, function);
    if (!parent) break;
    function = *parent;
  }
  return function.begin;
}

void read_x64(const PeFile& file, ByteView table, BinaryImage& image) {
  std::vector<RuntimeFunction> entries;
  for (std::uint64_t at = 0; at + kX64EntrySize <= table.size(); at += kX64EntrySize) {
    const auto entry = read_function(slice(table, at, kX64EntrySize));
    if (entry && entry->begin != 0 && entry->end > entry->begin) entries.push_back(*entry);
  }
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  std::uint32_t root = 0;  // of the function before
  for (const RuntimeFunction& entry : entries) {
    const std::uint64_t begin = file.image_base + entry.begin;
    const std::uint64_t end = file.image_base + entry.end;
    const std::uint32_t own_root = root_of(file, entry);
    // The compiler begins a new entry where the prolog goes on; a part elsewhere is a cold part of its own.
    const bool goes_on = !image.functions.empty() && image.functions.back().end == begin && own_root == root;
    if (goes_on) {
      image.functions.back().end = end;
    } else {
      image.functions.push_back({begin, end});
    }
    root = own_root;
  }
}

// The length stands in the entry (flag 1 and 2) or in the first word of the record that it leads to, in instructions.
std::uint64_t arm64_length(const PeFile& file, std::uint32_t unwind) {
  if ((unwind & 3) != 0) return std::uint64_t{unwind >> 2 & 0x7ff} * 4;
  return std::uint64_t{file.read_u32(unwind).value_or(0) & 0x3ffff} * 4;
}

// How many bytes an unwind code takes ("ARM64 exception handling", "Unwind codes").
std::size_t arm64_code_size(std::uint8_t code) {
  if (code < 0xc0) return 1;
  if (code < 0xe0 || code == 0xe2) return 2;
  if (code == 0xe0) return 4;
  return code == 0xe7 ? 3 : 1;
}

// Whether an entry goes on with the function in front of it: it has no prolog of its own, or its codes go on with those
// of another behind end_c.
bool is_arm64_fragment(const PeFile& file, std::uint32_t unwind) {
  constexpr std::uint32_t kWithoutProlog = 2;
  constexpr std::uint8_t kEnd = 0xe4;
  constexpr std::uint8_t kEndOfPart = 0xe5;
  if ((unwind & 3) != 0) return (unwind & 3) == kWithoutProlog;
  const std::uint32_t head = file.read_u32(unwind).value_or(0);
  const bool one_epilog = (head >> 21 & 1) != 0;
  std::uint32_t epilogs = head >> 22 & 0x1f;
  std::uint32_t words = head >> 27;
  std::uint64_t at = unwind + 4;
  if (epilogs == 0 && words == 0) {
    const std::uint32_t more = file.read_u32(unwind + 4).value_or(0);
    epilogs = more & 0xffff;
    words = more >> 16 & 0xff;
    at += 4;
  }
  const ByteView codes = file.bytes_at(at + (one_epilog ? 0 : std::uint64_t{epilogs} * 4), std::uint64_t{words} * 4);
  for (std::size_t i = 0; i < codes.size() && codes[i] != kEnd; i += arm64_code_size(codes[i])) {
    if (codes[i] == kEndOfPart) return true;
  }
  return false;
}

void read_arm64(const PeFile& file, ByteView table, BinaryImage& image) {
  for (std::uint64_t at = 0; at + kArm64EntrySize <= table.size(); at += kArm64EntrySize) {
    const std::uint32_t rva = *read_le<std::uint32_t>(table, at);
    const std::uint32_t unwind = *read_le<std::uint32_t>(table, at + 4);
    const std::uint64_t length = arm64_length(file, unwind);
    if (rva == 0 || length == 0) continue;
    const std::uint64_t begin = file.image_base + rva;
    const bool behind_another = !image.functions.empty() && image.functions.back().end == begin;
    if (behind_another && is_arm64_fragment(file, unwind)) {
      image.functions.back().end = begin + length;
    } else {
      image.functions.push_back({begin, begin + length});
    }
  }
}

}  // namespace

void read_unwind_table(const PeFile& file, BinaryImage& image) {
  const bool x64 = image.arch == "x86_64";
  if (!x64 && image.arch != "aarch64") return;
  const PeDirectory directory = file.directory(PeTable::kExceptions);
  const ByteView table = file.bytes_at(directory.rva, directory.size);
  if (table.size() < directory.size) image.defects.push_back("the table of function boundaries (.pdata) is cut off");
  x64 ? read_x64(file, table, image) : read_arm64(file, table, image);
  tidy_functions(image);
  // Code without calls needs no table.
  if (image.functions.empty() && directory.size != 0)
    image.defects.push_back("no table of function boundaries (.pdata)");
}

}  // namespace abicheck
