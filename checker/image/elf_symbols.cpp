// The dynamic symbol table. Its length stands nowhere: the hash tables tell how many symbols can be looked up, and
// relocations name the others that matter.
#include <algorithm>

#include "image/elf_dynamic.h"
#include "image/name_length.h"

namespace abicheck {

namespace {

constexpr std::uint8_t kSttFunc = 2;
constexpr std::uint8_t kStbWeak = 2;

// DT_HASH: nbucket, nchain; there is a chain word for each symbol. The words have eight bytes in the s390x ABI.
std::uint64_t count_of_hash(const ElfFile& file, std::uint64_t table, const BinaryImage& image) {
  if (file.machine() == kEmS390 && file.wide()) return image.read_u64(table + 8).value_or(0);
  return image.read_u32(table + 4).value_or(0);
}

// DT_GNU_HASH (binutils, elflink.c): nbuckets, symoffset, bloom_size, bloom_shift, bloom words, buckets, chains. Each
// bucket holds its first symbol, the last one of a chain has bit 0 of its word set.
std::uint64_t count_of_gnu_hash(std::uint64_t table, const BinaryImage& image) {
  const std::uint64_t buckets = image.read_u32(table).value_or(0);
  const std::uint64_t first = image.read_u32(table + 4).value_or(0);
  const std::uint64_t bloom_words = image.read_u32(table + 8).value_or(0);
  const std::uint64_t bucket_table = table + 16 + bloom_words * image.pointer_size();
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < buckets; ++i) {
    const auto symbol = image.read_u32(bucket_table + 4 * i);
    if (!symbol) return 0;
    last = std::max<std::uint64_t>(last, *symbol);
  }
  if (last < first) return first;
  const std::uint64_t chains = bucket_table + 4 * buckets;
  for (;; ++last) {
    const auto word = image.read_u32(chains + 4 * (last - first));
    if (!word) return 0;
    if ((*word & 1) != 0) return last + 1;
  }
}

std::uint64_t value_of(const DynamicTable& dynamic, std::uint64_t tag) {
  const auto found = dynamic.find(tag);
  return found == dynamic.end() ? 0 : found->second;
}

std::uint64_t count_symbols(const ElfFile& file, const DynamicTable& dynamic, const BinaryImage& image) {
  std::uint64_t count = 0;
  if (const std::uint64_t table = value_of(dynamic, dt::kGnuHash); table != 0) count = count_of_gnu_hash(table, image);
  if (const std::uint64_t table = value_of(dynamic, dt::kHash); table != 0)
    count = std::max(count, count_of_hash(file, table, image));
  return std::max(count, highest_symbol_of_relocations(file, dynamic, image) + 1);
}

// Elf64_Sym: name, info, other, shndx, value, size; Elf32_Sym: name, value, size, info, other, shndx.
DynamicSymbol read_symbol(const ElfFile& file, ByteView entry, ByteView names) {
  const bool big = file.big_endian();
  const auto name = read_in_order<std::uint32_t>(entry, 0, big);
  const auto section = read_in_order<std::uint16_t>(entry, file.wide() ? 6 : 14, big);
  const std::uint64_t value = file.wide() ? *read_in_order<std::uint64_t>(entry, 8, big)
                                          : std::uint64_t{*read_in_order<std::uint32_t>(entry, 4, big)};
  const std::uint8_t info = entry[file.wide() ? 4 : 12];
  const std::uint8_t type = info & 0xf;
  const bool defined = *section != 0 && value != 0;
  const auto text = *name == 0 ? std::string_view() : read_c_string(names, *name, kLongestName).value_or("");
  return {std::string(text), defined ? value : 0, defined, type == kSttFunc, info >> 4 == kStbWeak};
}

}  // namespace

void read_dynamic_symbols(const ElfFile& file, const DynamicTable& dynamic, BinaryImage& image) {
  const std::uint64_t address = value_of(dynamic, dt::kSymTab);
  if (address == 0) {
    image.defects.push_back("no dynamic symbol table");
    return;
  }
  const std::uint64_t size = file.wide() ? 24 : 16;
  const ByteView table = image.bytes_at(address, UINT64_MAX);
  const ByteView names = image.bytes_at(value_of(dynamic, dt::kStrTab), value_of(dynamic, dt::kStrSz));
  const std::uint64_t claimed = count_symbols(file, dynamic, image);
  const std::uint64_t count = std::min<std::uint64_t>(claimed, table.size() / size);
  if (count < claimed || names.size() < value_of(dynamic, dt::kStrSz))
    image.defects.push_back("the dynamic symbol table is cut off");
  image.symbols.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i)
    image.symbols.push_back(read_symbol(file, slice(table, i * size, size), names));
}

}  // namespace abicheck
