#include "image/elf.h"

#include <LIEF/ELF.hpp>
#include <algorithm>
#include <memory>
#include <unordered_map>

#include "image/sections.h"
#include "image/unwind.h"

namespace abicheck {

namespace {

using LIEF::ELF::DYNAMIC_TAGS;
using LIEF::ELF::RELOC_x86_64;
using LIEF::ELF::SEGMENT_TYPES;

constexpr std::uint64_t kDtRelrsz = 35;  // generic ABI, 2022; unknown to LIEF 0.12
constexpr std::uint64_t kDtRelr = 36;

void read_ranges(const LIEF::ELF::Binary& elf, BinaryImage& image) {
  for (const LIEF::ELF::Segment& segment : elf.segments()) {
    if (segment.type() != SEGMENT_TYPES::PT_LOAD || segment.physical_size() == 0) continue;
    const std::uint64_t offset = segment.file_offset();
    if (offset >= image.bytes.size()) {
      image.defects.push_back("a segment lies beyond the end of the file");
      continue;
    }
    const std::uint64_t size = std::min<std::uint64_t>(segment.physical_size(), image.bytes.size() - offset);
    if (size < segment.physical_size()) image.defects.push_back("the file ends inside a segment");
    image.ranges.push_back({segment.virtual_address(), offset, size, segment.has(LIEF::ELF::ELF_SEGMENT_FLAGS::PF_X)});
  }
  std::sort(image.ranges.begin(), image.ranges.end(),
            [](const auto& a, const auto& b) { return a.address < b.address; });
}

using SymbolIndex = std::unordered_map<const LIEF::ELF::Symbol*, std::uint32_t>;

SymbolIndex read_symbols(const LIEF::ELF::Binary& elf, BinaryImage& image) {
  SymbolIndex index;
  const auto symbols = elf.dynamic_symbols();
  image.symbols.reserve(symbols.size());
  index.reserve(symbols.size());
  for (const LIEF::ELF::Symbol& symbol : symbols) {
    index.emplace(&symbol, static_cast<std::uint32_t>(image.symbols.size()));
    const bool defined = symbol.section_idx() != 0 && symbol.value() != 0;
    image.symbols.push_back({symbol.name(), defined ? symbol.value() : 0, defined, symbol.is_function()});
  }
  return index;
}

void read_relocations(const LIEF::ELF::Binary& elf, const SymbolIndex& index, BinaryImage& image) {
  for (const LIEF::ELF::Relocation& relocation : elf.relocations()) {
    if (relocation.purpose() == LIEF::ELF::RELOCATION_PURPOSES::RELOC_PURPOSE_OBJECT) continue;
    const auto type = static_cast<RELOC_x86_64>(relocation.type());
    Relocation ours{relocation.address(), static_cast<std::uint64_t>(relocation.addend()), std::nullopt};
    if (type == RELOC_x86_64::R_X86_64_JUMP_SLOT || type == RELOC_x86_64::R_X86_64_GLOB_DAT ||
        type == RELOC_x86_64::R_X86_64_64) {
      const auto found = index.find(relocation.symbol());
      if (found == index.end()) continue;
      ours.symbol = found->second;
      // psABI: GLOB_DAT and JUMP_SLOT are S alone; some linkers leave rubbish in the addend.
      if (type != RELOC_x86_64::R_X86_64_64) ours.addend = 0;
    } else if (type != RELOC_x86_64::R_X86_64_RELATIVE) {
      continue;
    }
    image.relocations.push_back(ours);
  }
}

// DT_RELR: an address starts a run, a following odd word is a bitmap of the next 63 words; the addend stands in place.
void read_packed_relocations(std::uint64_t address, std::uint64_t size, BinaryImage& image) {
  const ByteView words = image.bytes_at(address, size);
  std::uint64_t next = 0;
  const auto add = [&](std::uint64_t at) {
    if (const auto addend = read_le<std::uint64_t>(image.bytes_at(at, 8), 0)) {
      image.relocations.push_back({at, *addend, std::nullopt});
    }
  };
  for (std::uint64_t at = 0; at + 8 <= words.size(); at += 8) {
    const std::uint64_t word = *read_le<std::uint64_t>(words, at);
    if ((word & 1) == 0) {
      add(word);
      next = word + 8;
      continue;
    }
    for (int bit = 1; bit < 64; ++bit) {
      if (word >> bit & 1) add(next + 8 * (bit - 1));
    }
    next += 63 * 8;
  }
}

void read_dynamic(const LIEF::ELF::Binary& elf, BinaryImage& image) {
  std::uint64_t relr = 0;
  std::uint64_t relr_size = 0;
  for (const LIEF::ELF::DynamicEntry& entry : elf.dynamic_entries()) {
    if (const auto* library = dynamic_cast<const LIEF::ELF::DynamicEntryLibrary*>(&entry)) {
      image.needed.push_back(library->name());
    } else if (const auto* soname = dynamic_cast<const LIEF::ELF::DynamicSharedObject*>(&entry)) {
      image.soname = soname->name();
    } else if (entry.tag() == DYNAMIC_TAGS::DT_INIT) {
      image.initializers.push_back(entry.value());
    } else if (static_cast<std::uint64_t>(entry.tag()) == kDtRelr) {
      relr = entry.value();
    } else if (static_cast<std::uint64_t>(entry.tag()) == kDtRelrsz) {
      relr_size = entry.value();
    }
  }
  if (relr != 0) read_packed_relocations(relr, relr_size, image);
  std::stable_sort(image.relocations.begin(), image.relocations.end(),
                   [](const auto& a, const auto& b) { return a.address < b.address; });
  if (const LIEF::ELF::DynamicEntry* array =
          elf.has(DYNAMIC_TAGS::DT_INIT_ARRAY) ? elf.get(DYNAMIC_TAGS::DT_INIT_ARRAY) : nullptr) {
    const LIEF::ELF::DynamicEntry* size =
        elf.has(DYNAMIC_TAGS::DT_INIT_ARRAYSZ) ? elf.get(DYNAMIC_TAGS::DT_INIT_ARRAYSZ) : nullptr;
    constexpr std::uint64_t kMostInitializers = 100'000;
    const std::uint64_t count = size == nullptr ? 0 : std::min(size->value() / 8, kMostInitializers);
    for (std::uint64_t i = 0; i < count; ++i) {
      if (const auto target = image.pointer_at(array->value() + 8 * i)) image.initializers.push_back(*target);
    }
  }
}

void read_functions(const LIEF::ELF::Binary& elf, BinaryImage& image) {
  for (const LIEF::ELF::Segment& segment : elf.segments()) {
    if (segment.type() == SEGMENT_TYPES::PT_GNU_EH_FRAME) {
      image.functions = read_function_ranges(image, segment.virtual_address());
    }
  }
}

// LIEF warns and goes on with what it has; a table that came out shorter than the file says is a defect of the image.
void note_defects(const LIEF::ELF::Binary& elf, BinaryImage& image) {
  if (image.ranges.empty()) image.defects.push_back("no loadable segment");
  if (elf.segments().size() != elf.header().numberof_segments())
    image.defects.push_back("the program headers are damaged");
  if (!elf.has(DYNAMIC_TAGS::DT_SYMTAB)) image.defects.push_back("no dynamic symbol table");
  if (image.functions.empty()) image.defects.push_back("no table of function boundaries (.eh_frame_hdr)");
}

BinaryImage convert(const LIEF::ELF::Binary& elf, ByteView bytes) {
  BinaryImage image;
  image.bytes = bytes;
  read_ranges(elf, image);
  read_sections(image);
  const SymbolIndex index = read_symbols(elf, image);
  read_relocations(elf, index, image);
  read_dynamic(elf, image);
  read_functions(elf, image);
  note_defects(elf, image);
  return image;
}

}  // namespace

Result<BinaryImage> read_elf(ByteView bytes) {
  try {
    const std::unique_ptr<const LIEF::ELF::Binary> elf = LIEF::ELF::Parser::parse(copy_without_sections(bytes));
    if (elf == nullptr) return Error{ErrorCode::kMalformed, "the ELF headers are damaged", ""};
    return convert(*elf, bytes);
  } catch (const std::exception& problem) {
    return Error{ErrorCode::kMalformed, std::string("the ELF file is damaged: ") + problem.what(), ""};
  }
}

}  // namespace abicheck
