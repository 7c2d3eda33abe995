#include "image/elf_sections.h"

#include <algorithm>
#include <iterator>

namespace abicheck {

namespace {

constexpr std::uint32_t kShtProgbits = 1;
constexpr std::uint64_t kShfAlloc = 2;
constexpr std::uint64_t kShfExecinstr = 4;

}  // namespace

void read_sections(const ElfFile& file, BinaryImage& image) {
  for (const ElfSection& section : file.sections()) {
    if (section.type != kShtProgbits || (section.flags & kShfAlloc) == 0 || section.size == 0) continue;
    if (image.offset_of(section.address) != section.offset) continue;
    if (image.bytes_at(section.address, section.size).size() != section.size) continue;
    const bool executable = (section.flags & kShfExecinstr) != 0;
    (executable ? image.code : image.data).push_back({section.address, section.offset, section.size, executable});
  }
  if (!image.code.empty() && !image.data.empty()) return;
  image.code.clear();
  image.data = image.ranges;
  std::copy_if(image.ranges.begin(), image.ranges.end(), std::back_inserter(image.code),
               [](const auto& r) { return r.executable; });
}

}  // namespace abicheck
