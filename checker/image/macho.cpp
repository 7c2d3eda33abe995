#include "image/macho.h"

#include <algorithm>

#include "image/chained_fixups.h"
#include "image/dyld_info.h"
#include "image/eh_frame.h"
#include "image/leb128.h"
#include "image/macho_relocations.h"
#include "image/macho_symbols.h"
#include "image/x86_bases.h"

namespace abicheck {

namespace {

constexpr std::uint64_t kMostInitializers = 100'000;

bool is_zero_filled(const MachoSection& section) {
  return section.type == section_type::kZeroFill || section.type == section_type::kGbZeroFill ||
         section.type == section_type::kThreadLocalZeroFill;
}

void read_ranges(const MachoFile& file, BinaryImage& image) {
  for (const MachoSegment& segment : file.segments) {
    if (segment.size != 0) image.ranges.push_back({segment.address, segment.offset, segment.size, segment.executable});
  }
  std::sort(image.ranges.begin(), image.ranges.end(),
            [](const auto& a, const auto& b) { return a.address < b.address; });
  for (const MachoSection& section : file.sections) {
    if (is_zero_filled(section) || section.size == 0) continue;
    if (image.offset_of(section.address) != section.offset ||
        image.bytes_at(section.address, section.size).size() != section.size) {
      image.defects.push_back("the section " + section.name + " lies outside its segment");
      continue;
    }
    (section.instructions ? image.code : image.data)
        .push_back({section.address, section.offset, section.size, section.instructions});
  }
}

// Sorts by address; of several for one place, the one that was appended last stays: a bind replaces the rebase that
// lets a lazy slot lead to its stub first.
void sort_relocations(BinaryImage& image) {
  std::vector<Relocation>& all = image.relocations;
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.address < b.address; });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i + 1 == all.size() || all[i + 1].address != all[i].address) all[kept++] = all[i];
  }
  all.resize(kept);
}

void read_initializers(const MachoFile& file, BinaryImage& image) {
  for (const MachoSection& section : file.sections) {
    if (section.type == section_type::kModInitPointers) {
      const std::uint64_t count = std::min(section.size / image.pointer_size(), kMostInitializers);
      for (std::uint64_t i = 0; i < count; ++i) {
        if (const auto target = image.pointer_at(section.address + i * image.pointer_size()))
          image.initializers.push_back(*target);
      }
    } else if (section.type == section_type::kInitOffsets) {  // distances from the header, since macOS 13
      for (std::uint64_t i = 0; i < std::min(section.size / 4, kMostInitializers); ++i) {
        if (const auto offset = image.read_u32(section.address + 4 * i))
          image.initializers.push_back(file.base + *offset);
      }
    }
  }
}

// The section that the function at `address` belongs to; none for stubs, which are no functions.
const MachoSection* section_of_function(const MachoFile& file, std::uint64_t address) {
  for (const MachoSection& section : file.sections) {
    const bool functions = section.instructions && section.type == section_type::kRegular;
    if (functions && section.name != "__stub_helper" && address >= section.address &&
        address - section.address < section.size)
      return &section;
  }
  return nullptr;
}

// LC_FUNCTION_STARTS: the distance of the first function from the header, then of each from the one before it.
std::vector<std::uint64_t> listed_functions(const MachoFile& file, BinaryImage& image) {
  std::vector<std::uint64_t> functions;
  const ByteView deltas = file.at(file.function_starts);
  if (deltas.size() < file.function_starts.size)
    image.defects.push_back("the table of function boundaries (LC_FUNCTION_STARTS) is cut off");
  std::uint64_t address = file.base;
  for (std::uint64_t at = 0; at < deltas.size();) {
    const auto delta = read_uleb128(deltas, at);
    if (!delta || *delta == 0) break;
    address += *delta;
    functions.push_back(address);
  }
  return functions;
}

// What linkers before that of Mac OS X 10.7 leave of it: the symbol table, where functions that are not exported have
// names too.
std::vector<std::uint64_t> named_functions(const MachoFile& file, const MachoSymbols& symbols) {
  const std::vector<std::uint64_t>& local = symbols.local_places();
  const bool whole = std::any_of(local.begin(), local.end(),
                                 [&](std::uint64_t place) { return section_of_function(file, place) != nullptr; });
  if (!whole) return {};
  std::vector<std::uint64_t> functions = symbols.exported_places();
  functions.insert(functions.end(), local.begin(), local.end());
  std::sort(functions.begin(), functions.end());
  functions.erase(std::unique(functions.begin(), functions.end()), functions.end());
  return functions;
}

void read_functions(const MachoFile& file, const MachoSymbols& symbols, BinaryImage& image) {
  for (const std::uint64_t address :
       file.function_starts.size != 0 ? listed_functions(file, image) : named_functions(file, symbols)) {
    if (const MachoSection* section = section_of_function(file, address))
      image.functions.push_back({address, section->address + section->size});
  }
  tidy_functions(image);
  if (image.functions.empty()) image.defects.push_back("no table of function boundaries (LC_FUNCTION_STARTS)");
}

}  // namespace

Result<BinaryImage> read_macho(ByteView bytes) {
  const Result<MachoFile> file = read_macho_file(bytes);
  if (!file) return file.error();
  BinaryImage image;
  image.format = file->header.format;
  image.arch = file->header.arch;
  image.bits = file->header.bits;
  image.bytes = bytes;
  image.needed = file->needed;
  image.soname = file->id;
  read_ranges(*file, image);
  MachoSymbols symbols(*file, image);
  symbols.read_symbol_table();
  symbols.read_export_trie();
  read_dyld_info(*file, symbols, image);
  read_chained_fixups(*file, symbols, image);
  read_relocation_entries(*file, symbols, image);
  sort_relocations(image);
  read_indirect_symbols(*file, symbols, image);
  sort_relocations(image);
  read_initializers(*file, image);
  read_functions(*file, symbols, image);
  if (image.arch == "i686") find_code_bases(image);
  return image;
}

}  // namespace abicheck
