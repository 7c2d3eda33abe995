#include "image/pe_file.h"

#include <LIEF/PE.hpp>
#include <algorithm>
#include <memory>

namespace abicheck {

namespace {

// Offsets from the signature "PE\0\0" (PE specification, "COFF File Header", "Optional Header").
constexpr std::uint64_t kSectionCount = 6;
constexpr std::uint64_t kOptionalHeaderSize = 20;
constexpr std::uint64_t kOptionalHeader = 24;
constexpr std::uint64_t kDirectoryCount32 = kOptionalHeader + 92;
constexpr std::uint64_t kDirectoryCount64 = kOptionalHeader + 108;
constexpr std::uint64_t kSectionHeaderBytes = 40;
constexpr std::uint16_t kPe32Plus = 0x20b;
constexpr std::uint32_t kCntInitializedData = 0x40;
constexpr std::uint32_t kCntCode = 0x20;
constexpr std::uint32_t kMemExecute = 0x20000000;
constexpr std::size_t kLongestImportName = 4096;
// Bounds of what linkers write: the stub in front of the signature has some hundred bytes, Windows loads 96 sections,
// and the table of directories always has all its places.
constexpr std::uint64_t kLongestStub = 0x10000;
constexpr std::uint64_t kMostSections = 1000;
constexpr std::uint32_t kDirectories = 16;

Error damaged_headers() {
  return {ErrorCode::kMalformed, "the PE headers are damaged_headers", ""};
}

struct Layout {
  std::uint64_t signature = 0;
  std::uint64_t directories = 0;
  std::uint64_t end = 0;  // of the section table
  std::uint64_t section_count = 0;
};

std::optional<Layout> find_layout(ByteView bytes) {
  const std::uint64_t at = read_le<std::uint32_t>(bytes, 0x3c).value_or(0);  // e_lfanew
  const auto signature = read_le<std::uint32_t>(bytes, at);
  const auto sections = read_le<std::uint16_t>(bytes, at + kSectionCount);
  const auto optional_size = read_le<std::uint16_t>(bytes, at + kOptionalHeaderSize);
  const auto magic = read_le<std::uint16_t>(bytes, at + kOptionalHeader);
  if (!magic || *signature != 0x00004550) return std::nullopt;
  const std::uint64_t count_at = at + (*magic == kPe32Plus ? kDirectoryCount64 : kDirectoryCount32);
  const auto count = read_le<std::uint32_t>(bytes, count_at);
  const std::uint64_t end = at + kOptionalHeader + *optional_size + *sections * kSectionHeaderBytes;
  if (count != kDirectories || end > bytes.size() || at > kLongestStub || *sections > kMostSections)
    return std::nullopt;
  if (count_at + 4 + kDirectories * sizeof(PeDirectory) > end) return std::nullopt;
  return Layout{at, count_at + 4, end, *sections};
}

// LIEF follows every directory it finds; it shall find none.
std::vector<std::uint8_t> copy_of_headers(ByteView bytes, const Layout& layout) {
  std::vector<std::uint8_t> copy(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(layout.end));
  const auto first = copy.begin() + static_cast<std::ptrdiff_t>(layout.directories);
  std::fill(first, first + kDirectories * sizeof(PeDirectory), 0);
  return copy;
}

PeSection convert(const LIEF::PE::Section& section) {
  const std::uint64_t raw = section.sizeof_raw_data();
  const std::uint64_t in_memory = section.virtual_size();
  const auto flags = static_cast<std::uint32_t>(section.characteristics());
  // Behind the shorter of the two there is padding in the file, or zeros in memory.
  return {section.virtual_address(), section.pointerto_raw_data(), in_memory == 0 ? raw : std::min(raw, in_memory),
          (flags & (kCntCode | kMemExecute)) != 0, (flags & kCntInitializedData) != 0};
}

Result<PeFile> convert(const LIEF::PE::Binary& pe, ByteView bytes, const Layout& layout) {
  PeFile file;
  file.bytes = bytes;
  file.machine = static_cast<std::uint16_t>(pe.header().machine());
  file.wide = pe.type() == LIEF::PE::PE_TYPE::PE32_PLUS;
  file.image_base = pe.optional_header().imagebase();
  for (std::uint64_t i = 0; i < kDirectories; ++i) {
    const auto rva = read_le<std::uint32_t>(bytes, layout.directories + 8 * i);
    const auto size = read_le<std::uint32_t>(bytes, layout.directories + 8 * i + 4);
    if (!size) return damaged_headers();
    file.directories[i] = {*rva, *size};
  }
  for (const LIEF::PE::Section& section : pe.sections()) file.sections.push_back(convert(section));
  if (file.sections.size() != layout.section_count) return damaged_headers();
  for (PeSection& section : file.sections) {
    if (section.size == 0) section.offset = 0;
    // Without this, what is left of a cut file may have no trace of NumPy and pass for a module that does not use it.
    if (section.offset > bytes.size() || bytes.size() - section.offset < section.size)
      return Error{ErrorCode::kMalformed, "the PE file is cut off: its sections reach beyond its end", ""};
  }
  std::sort(file.sections.begin(), file.sections.end(), [](const auto& a, const auto& b) { return a.rva < b.rva; });
  return file;
}

const PeSection* section_at(const PeFile& file, std::uint64_t rva) {
  for (const PeSection& section : file.sections) {
    if (rva >= section.rva && rva - section.rva < section.size) return &section;
  }
  return nullptr;
}

}  // namespace

ByteView PeFile::bytes_at(std::uint64_t rva, std::uint64_t length) const {
  const PeSection* section = section_at(*this, rva);
  if (section == nullptr) return {};
  const std::uint64_t within = rva - section->rva;
  return slice(bytes, section->offset + within, std::min(length, section->size - within));
}

std::optional<std::uint64_t> PeFile::read_pointer(std::uint64_t rva) const {
  if (wide) return read_le<std::uint64_t>(bytes_at(rva, 8), 0);
  const auto narrow = read_u32(rva);
  return narrow ? std::optional<std::uint64_t>(*narrow) : std::nullopt;
}

std::optional<std::string> PeFile::string_at(std::uint64_t rva) const {
  const auto text = read_c_string(bytes_at(rva, kLongestImportName), 0, kLongestImportName);
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

bool PeFile::is_code(std::uint64_t rva) const {
  const PeSection* section = section_at(*this, rva);
  return section != nullptr && section->executable;
}

Result<PeFile> read_pe_file(ByteView bytes) {
  const auto layout = find_layout(bytes);
  if (!layout) return damaged_headers();
  try {
    const std::unique_ptr<const LIEF::PE::Binary> pe = LIEF::PE::Parser::parse(copy_of_headers(bytes, *layout));
    if (pe == nullptr) return damaged_headers();
    return convert(*pe, bytes, *layout);
  } catch (const std::exception&) {
    return damaged_headers();
  }
}

}  // namespace abicheck
