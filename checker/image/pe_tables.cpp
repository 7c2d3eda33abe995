#include "image/pe_tables.h"

#include <algorithm>
#include <unordered_set>

namespace abicheck {

namespace {

constexpr std::uint64_t kMostDlls = 4096;
constexpr std::uint64_t kMostImportsOfDll = 100'000;
constexpr std::uint64_t kMostExports = 65536;  // ordinals have 16 bits
constexpr std::uint64_t kExportDirectorySize = 40;
constexpr std::uint64_t kImportDescriptorSize = 20;
constexpr std::uint64_t kDelayDescriptorSize = 32;
constexpr std::uint16_t kHighLow = 3;  // IMAGE_REL_BASED_HIGHLOW
constexpr std::uint16_t kDir64 = 10;   // IMAGE_REL_BASED_DIR64

// One DLL: the names and the slots that the loader fills with their addresses, side by side.
struct ImportedDll {
  std::uint64_t name = 0;
  std::uint64_t names = 0;
  std::uint64_t slots = 0;
};

// The name that a word of an import lookup table leads to; its highest bit says that it is an ordinal instead.
std::optional<std::string> imported_name(const PeFile& file, std::uint64_t word) {
  constexpr std::uint64_t kHintSize = 2;
  const unsigned highest = file.wide ? 63 : 31;
  if ((word >> highest & 1) != 0) return "#" + std::to_string(word & 0xffff);
  return file.string_at(word + kHintSize);
}

void read_dll(const PeFile& file, const ImportedDll& dll, BinaryImage& image) {
  const auto name = file.string_at(dll.name);
  if (name) image.needed.push_back(*name);
  for (std::uint64_t i = 0; i < kMostImportsOfDll; ++i) {
    const auto word = file.read_pointer(dll.names + i * file.pointer_size());
    if (word && *word == 0) return;
    const auto symbol = word ? imported_name(file, *word) : std::nullopt;
    if (!symbol) break;
    image.relocations.push_back(
        {file.image_base + dll.slots + i * file.pointer_size(), 0, static_cast<std::uint32_t>(image.symbols.size())});
    image.symbols.push_back({*symbol, 0, false, true});
  }
  image.defects.push_back("the imports from " + name.value_or("a library") + " are damaged");
}

void read_import_directory(const PeFile& file, BinaryImage& image) {
  const std::uint64_t table = file.directory(PeTable::kImports).rva;
  for (std::uint64_t i = 0; table != 0 && i < kMostDlls; ++i) {
    const ByteView entry = file.bytes_at(table + i * kImportDescriptorSize, kImportDescriptorSize);
    const auto names = read_le<std::uint32_t>(entry, 0);
    const auto name = read_le<std::uint32_t>(entry, 12);
    const auto slots = read_le<std::uint32_t>(entry, 16);
    if (!slots) {
      image.defects.push_back("the import directory is damaged");
      return;
    }
    if (*name == 0 || *slots == 0) return;  // the last one is all zero
    read_dll(file, {*name, *names != 0 ? *names : *slots, *slots}, image);
  }
}

void read_delay_directory(const PeFile& file, BinaryImage& image) {
  const std::uint64_t table = file.directory(PeTable::kDelayImports).rva;
  for (std::uint64_t i = 0; table != 0 && i < kMostDlls; ++i) {
    const ByteView entry = file.bytes_at(table + i * kDelayDescriptorSize, kDelayDescriptorSize);
    const auto attributes = read_le<std::uint32_t>(entry, 0);
    const auto name = read_le<std::uint32_t>(entry, 4);
    const auto slots = read_le<std::uint32_t>(entry, 12);
    const auto names = read_le<std::uint32_t>(entry, 16);
    if (!names) {
      image.defects.push_back("the delay-load import directory is damaged");
      return;
    }
    if (*name == 0) return;
    // dlattrRva (delayimp.h): RVAs; without it, the addresses themselves, as Visual C++ 6 wrote them.
    const std::uint64_t base = (*attributes & 1) != 0 ? 0 : file.image_base;
    read_dll(file, {*name - base, *names - base, *slots - base}, image);
  }
}

// The pointers of one page; false when the block does not fit its table.
bool read_relocation_block(const PeFile& file, ByteView block, const std::unordered_set<std::uint64_t>& taken,
                           BinaryImage& image) {
  const std::uint64_t page = *read_le<std::uint32_t>(block, 0);
  for (std::uint64_t at = 8; at + 2 <= block.size(); at += 2) {
    const std::uint16_t entry = *read_le<std::uint16_t>(block, at);
    const std::uint16_t kind = entry >> 12;
    if (kind != kHighLow && kind != kDir64) continue;
    const std::uint64_t rva = page + (entry & 0xfff);
    const auto target = file.read_pointer(rva);
    if (!target) return false;
    if (taken.count(file.image_base + rva) == 0)
      image.relocations.push_back({file.image_base + rva, *target, std::nullopt});
  }
  return true;
}

struct ExportDirectory {
  PeDirectory place;
  std::uint64_t first_ordinal = 0;
  std::uint64_t function_count = 0, functions = 0;
  std::uint64_t name_count = 0, names = 0, name_ordinals = 0;
};

std::optional<ExportDirectory> read_export_directory(const PeFile& file, PeDirectory place) {
  const ByteView table = file.bytes_at(place.rva, kExportDirectorySize);
  if (table.size() < kExportDirectorySize) return std::nullopt;
  const auto number = [&](std::uint64_t at) -> std::uint64_t { return *read_le<std::uint32_t>(table, at); };
  return ExportDirectory{
      place,      number(16), std::min(number(20), kMostExports), number(28), std::min(number(24), kMostExports),
      number(32), number(36)};
}

// False when the table of addresses does not hold the one with this index.
bool add_export(const PeFile& file, const ExportDirectory& exports, const std::string& name, std::uint64_t index,
                BinaryImage& image) {
  const auto rva = index < exports.function_count ? file.read_u32(exports.functions + 4 * index) : std::nullopt;
  if (!rva) return false;
  if (*rva == 0) return true;  // a gap in the ordinals
  // An address inside the directory is the name of another library's function.
  const bool forwarded = *rva >= exports.place.rva && *rva - exports.place.rva < exports.place.size;
  image.symbols.push_back({name, forwarded ? 0 : file.image_base + *rva, !forwarded, file.is_code(*rva)});
  return true;
}

// Those with names, then those that have ordinals alone, as "#12". False when a table is not wholly there.
bool add_exports(const PeFile& file, const ExportDirectory& exports, BinaryImage& image) {
  std::vector<bool> named(exports.function_count);
  for (std::uint64_t i = 0; i < exports.name_count; ++i) {
    const auto name = file.string_at(file.read_u32(exports.names + 4 * i).value_or(0));
    const auto index = read_le<std::uint16_t>(file.bytes_at(exports.name_ordinals + 2 * i, 2), 0);
    if (!name || !index || !add_export(file, exports, *name, *index, image)) return false;
    named[*index] = true;
  }
  for (std::uint64_t i = 0; i < exports.function_count; ++i) {
    const std::string name = "#" + std::to_string(exports.first_ordinal + i);
    if (!named[i] && !add_export(file, exports, name, i, image)) return false;
  }
  return true;
}

}  // namespace

void read_exports(const PeFile& file, BinaryImage& image) {
  const PeDirectory directory = file.directory(PeTable::kExports);
  if (directory.rva == 0) return;
  image.soname = file.string_at(file.read_u32(directory.rva + 12).value_or(0)).value_or("");
  const auto exports = read_export_directory(file, directory);
  if (!exports || !add_exports(file, *exports, image)) image.defects.push_back("the export directory is damaged");
}

void read_imports(const PeFile& file, BinaryImage& image) {
  read_import_directory(file, image);
  read_delay_directory(file, image);
}

void read_base_relocations(const PeFile& file, BinaryImage& image) {
  std::unordered_set<std::uint64_t> taken;
  for (const Relocation& import : image.relocations) taken.insert(import.address);
  const PeDirectory directory = file.directory(PeTable::kBaseRelocations);
  bool damaged = file.bytes_at(directory.rva, directory.size).size() < directory.size;
  const ByteView table = file.bytes_at(directory.rva, directory.size);
  for (std::uint64_t at = 0; at + 8 <= table.size() && !damaged;) {
    const std::uint64_t size = *read_le<std::uint32_t>(table, at + 4);
    if (size == 0) break;  // padding up to the alignment
    damaged =
        size < 8 || size > table.size() - at || !read_relocation_block(file, slice(table, at, size), taken, image);
    at += size;
  }
  if (damaged) image.defects.push_back("the base relocations are damaged");
  std::stable_sort(image.relocations.begin(), image.relocations.end(),
                   [](const auto& a, const auto& b) { return a.address < b.address; });
}

}  // namespace abicheck
