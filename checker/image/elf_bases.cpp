#include "image/elf_bases.h"

#include <algorithm>
#include <string_view>

namespace abicheck {

namespace {

// ELFv2 ABI, 2.3.2.2: a function called from elsewhere begins with addis r2,r12,hi; addi r2,r2,lo where r12 is its own
// address.
constexpr std::uint32_t kAddisR2R12 = 0x3c4c;
constexpr std::uint32_t kAddiR2R2 = 0x3842;
// The same chapter: .TOC. lies 0x8000 behind the beginning of .got, so that 16-bit distances reach both ways.
constexpr std::uint64_t kTocBias = 0x8000;

bool is_in_code(const BinaryImage& image, std::uint64_t address) {
  return std::any_of(image.code.begin(), image.code.end(), [&](const MappedRange& range) {
    return address >= range.address && address - range.address < range.size;
  });
}

std::optional<std::uint64_t> toc_of_prologue(const BinaryImage& image, std::uint64_t function) {
  const auto first = image.read_u32(function);
  const auto second = image.read_u32(function + 4);
  if (!first || !second || *first >> 16 != kAddisR2R12 || *second >> 16 != kAddiR2R2) return std::nullopt;
  const std::int64_t high = static_cast<std::int16_t>(*first & 0xffff);
  const std::int64_t low = static_cast<std::int16_t>(*second & 0xffff);
  return function + static_cast<std::uint64_t>(high * 0x10000 + low);
}

std::optional<std::uint64_t> section_address(const ElfFile& file, std::string_view name) {
  for (const ElfSection& section : file.sections()) {
    if (section.name == name) return section.address;
  }
  return std::nullopt;
}

}  // namespace

void clear_thumb_bits(BinaryImage& image) {
  std::size_t functions = 0;
  std::size_t marked = 0;
  for (DynamicSymbol& symbol : image.symbols) {
    if (!symbol.defined || !symbol.function) continue;
    ++functions;
    marked += symbol.address & 1;
    symbol.address &= ~std::uint64_t{1};
  }
  image.thumb = marked * 2 > functions;
  // Pointers to code of the other kind (what C libraries link to the beginning) stay marked: it cannot be read.
  if (!image.thumb) return;
  // Only in pointers to code: the address of a text may be odd.
  for (Relocation& relocation : image.relocations) {
    const bool odd = !relocation.symbol && (relocation.addend & 1) != 0;
    if (odd && is_in_code(image, relocation.addend)) relocation.addend &= ~std::uint64_t{1};
  }
}

void find_table_of_contents(const ElfFile& file, BinaryImage& image) {
  if (const auto got = section_address(file, ".got")) {
    image.toc = *got + kTocBias;
    return;
  }
  for (const FunctionRange& function : image.functions) {
    if (const auto toc = toc_of_prologue(image, function.begin)) {
      image.toc = *toc;
      return;
    }
  }
}

void find_global_offset_table(const ElfFile& file, const DynamicTable& dynamic, BinaryImage& image) {
  // DT_PLTGOT (i386 psABI, 5.2): a module without a procedure linkage table may leave it out.
  if (const auto entry = dynamic.find(dt::kPltGot); entry != dynamic.end()) {
    image.got = entry->second;
  } else if (const auto plt_got = section_address(file, ".got.plt")) {
    image.got = *plt_got;
  } else {
    image.got = section_address(file, ".got").value_or(0);
  }
}

}  // namespace abicheck
