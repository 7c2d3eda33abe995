#include "image/macho_relocations.h"

#include <algorithm>

namespace abicheck {

namespace {

constexpr std::uint64_t kRelocationSize = 8;  // relocation_info, scattered_relocation_info
constexpr std::uint32_t kScattered = 0x80000000;
// GENERIC_RELOC_VANILLA, X86_64_RELOC_UNSIGNED; and of lazy pointers in prebound files
constexpr std::uint32_t kVanilla = 0;
constexpr std::uint32_t kPreboundLazyPointer = 3;
// Entries of the indirect symbol table that name no symbol
constexpr std::uint32_t kIndirectLocal = 0x80000000;
constexpr std::uint32_t kIndirectAbsolute = 0x40000000;

struct RelocationEntry {
  std::uint32_t place = 0;  // from reloc_base()
  std::uint32_t symbol = 0;
  bool external = false;
  bool pointer = false;  // fills a pointer with an address
};

RelocationEntry read_entry(ByteView bytes, std::uint64_t at, const MachoFile& file) {
  const std::uint32_t first = *read_le<std::uint32_t>(bytes, at);
  const std::uint32_t second = *read_le<std::uint32_t>(bytes, at + 4);
  const std::uint32_t pointer_length = file.header.bits == 64 ? 3 : 2;
  const auto fills = [&](std::uint32_t type, std::uint32_t length, bool from_here) {
    return (type == kVanilla || type == kPreboundLazyPointer) && length == pointer_length && !from_here;
  };
  if (file.header.bits == 32 && (first & kScattered) != 0) {
    const bool pointer = fills(first >> 24 & 0xf, first >> 28 & 3, (first >> 30 & 1) != 0);
    return {first & 0xffffff, 0, false, pointer};
  }
  const bool pointer = fills(second >> 28, second >> 25 & 3, (second >> 24 & 1) != 0);
  return {first, second & 0xffffff, (second >> 27 & 1) != 0, pointer};
}

// What entries count from: the first segment, in 64-bit files the first that is written to.
std::optional<std::uint64_t> base_of_entries(const MachoFile& file) {
  for (const MachoSegment& segment : file.segments) {
    if (file.header.bits == 32 || segment.writable) return segment.address;
  }
  return std::nullopt;
}

bool read_entries(const MachoFile& file, const Blob& blob, const MachoSymbols& symbols, BinaryImage& image) {
  const ByteView entries = slice(file.bytes, blob.offset, blob.size * kRelocationSize);
  const auto base = base_of_entries(file);
  bool whole = base && entries.size() == blob.size * kRelocationSize;
  for (std::uint64_t i = 0; base && (i + 1) * kRelocationSize <= entries.size(); ++i) {
    const RelocationEntry entry = read_entry(entries, i * kRelocationSize, file);
    const std::uint64_t place = image.wrapped(*base + entry.place);
    const auto held = image.read_pointer(place);
    const auto symbol = entry.external ? symbols.at(entry.symbol) : std::nullopt;
    const bool read = entry.pointer && held && entry.external == symbol.has_value();
    if (read) image.relocations.push_back({place, *held, symbol});
    whole = whole && read;
  }
  return whole;
}

// The index in the indirect symbol table of what fills entry `i` of a section of pointers or stubs.
std::optional<std::uint32_t> indirect_entry(const MachoFile& file, const MachoSection& section, std::uint64_t i) {
  const std::uint64_t entry = section.reserved1 + i;
  if (entry >= file.indirect_symbols.size) return std::nullopt;
  return read_le<std::uint32_t>(file.bytes, file.indirect_symbols.offset + 4 * entry);
}

// Stubs that dyld writes itself: `hlt` until then (__IMPORT,__jump_table).
bool is_written_by_loader(const MachoFile& file, const MachoSection& section) {
  constexpr std::uint32_t kSize = 5;
  return file.header.arch == "i686" && section.type == section_type::kStubs && section.reserved2 == kSize;
}

}  // namespace

void read_relocation_entries(const MachoFile& file, const MachoSymbols& symbols, BinaryImage& image) {
  bool whole = true;
  for (const Blob* blob : {&file.local_relocations, &file.external_relocations}) {
    if (blob->size != 0) whole = read_entries(file, *blob, symbols, image) && whole;
  }
  if (!whole) image.defects.push_back("part of the relocation entries is not read");
}

void read_indirect_symbols(const MachoFile& file, const MachoSymbols& symbols, BinaryImage& image) {
  // Without opcodes or chains dyld moves pointers to the file's own things with the file.
  const bool moves_local = !file.has_opcodes && file.chained_fixups.size == 0;
  std::vector<Relocation> added;
  for (const MachoSection& section : file.sections) {
    const bool pointers = section.type == section_type::kNonLazyPointers || section.type == section_type::kLazyPointers;
    const bool stubs = is_written_by_loader(file, section);
    if (!pointers && !stubs) continue;
    const std::uint64_t size = stubs ? section.reserved2 : image.pointer_size();
    for (std::uint64_t i = 0; i < section.size / size; ++i) {
      const auto index = indirect_entry(file, section, i);
      if (!index) break;
      const std::uint64_t slot = section.address + i * size;
      const Relocation* const other = image.relocation_at(slot);
      const bool names = (*index & (kIndirectLocal | kIndirectAbsolute)) == 0;
      const auto symbol = names ? symbols.at(*index) : std::nullopt;
      // A lazy pointer leads to its helper first, which an entry of its own tells.
      if (symbol && (other == nullptr || (moves_local && !other->symbol))) added.push_back({slot, 0, symbol});
      const auto held = *index == kIndirectLocal && moves_local && other == nullptr && pointers
                            ? image.read_pointer(slot)
                            : std::nullopt;
      if (held && *held != 0) added.push_back({slot, *held, std::nullopt});
    }
  }
  image.relocations.insert(image.relocations.end(), added.begin(), added.end());
}

}  // namespace abicheck
