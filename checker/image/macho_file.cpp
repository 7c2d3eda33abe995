#include "image/macho_file.h"

#include <LIEF/MachO.hpp>
#include <algorithm>
#include <memory>

namespace abicheck {

namespace {

// mach-o/loader.h
constexpr std::uint32_t kMagic32 = 0xfeedface;
constexpr std::uint32_t kMagic64 = 0xfeedfacf;
// Large frameworks have some hundred commands in less than 64 KiB.
constexpr std::uint32_t kMostCommands = 1000;
constexpr std::uint32_t kMostCommandBytes = 1 << 17;
constexpr std::uint32_t kSectionTypeMask = 0xff;
constexpr std::uint32_t kInstructions = 0x80000400;
constexpr std::uint32_t kProtWrite = 2;
constexpr std::uint32_t kProtExecute = 4;

// The sizes of what load commands are made of, and where a segment has its number of sections.
struct CommandLayout {
  std::uint64_t header;
  std::uint32_t segment_command;
  std::uint64_t segment;
  std::uint64_t section;
  std::uint64_t section_count_at;
};
constexpr CommandLayout kLayout32{28, 1, 56, 68, 48};
constexpr CommandLayout kLayout64{32, 0x19, 72, 80, 64};

namespace lc {
constexpr std::uint32_t kReqDyld = 0x80000000, kSymtab = 2, kDysymtab = 0xb, kLoadDylib = 0xc, kIdDylib = 0xd,
                        kLoadWeakDylib = 0x18 | kReqDyld, kReexportDylib = 0x1f | kReqDyld, kLazyLoadDylib = 0x20,
                        kDyldInfo = 0x22, kLoadUpwardDylib = 0x23 | kReqDyld, kFunctionStarts = 0x26,
                        kExportsTrie = 0x33 | kReqDyld, kChainedFixups = 0x34 | kReqDyld;
}

Error damaged_commands() {
  return {ErrorCode::kMalformed, "the Mach-O load commands are damaged_commands", ""};
}

// The end of the load commands, when each of them has the size of what it holds. LIEF trusts their sizes, and would
// read the same bytes again and again where they are too small.
std::optional<std::uint64_t> end_of_commands(ByteView bytes, const CommandLayout& layout) {
  const auto count = read_le<std::uint32_t>(bytes, 16);
  const auto size = read_le<std::uint32_t>(bytes, 20);
  if (bytes.size() < layout.header || *count > kMostCommands || *size > kMostCommandBytes) return std::nullopt;
  if (*size > bytes.size() - layout.header) return std::nullopt;
  const ByteView commands = slice(bytes, layout.header, *size);
  std::uint64_t at = 0;
  for (std::uint32_t i = 0; i < *count; ++i) {
    const auto kind = read_le<std::uint32_t>(commands, at);
    const auto length = read_le<std::uint32_t>(commands, at + 4);
    if (!length || *length < 8 || *length > commands.size() - at) return std::nullopt;
    if (*kind == layout.segment_command) {
      const std::uint64_t sections = read_le<std::uint32_t>(commands, at + layout.section_count_at).value_or(0);
      if (*length < layout.segment + sections * layout.section) return std::nullopt;
    }
    at += *length;
  }
  return layout.header + *size;
}

void read_segment(const LIEF::MachO::SegmentCommand& segment, MachoFile& file) {
  const std::uint64_t size = std::min(segment.file_size(), segment.virtual_size());
  file.segments.push_back({segment.name(), segment.virtual_address(), segment.file_offset(), size,
                           (segment.init_protection() & kProtExecute) != 0,
                           (segment.init_protection() & kProtWrite) != 0});
  if (segment.file_offset() == 0 && segment.file_size() != 0) file.base = segment.virtual_address();
  for (const LIEF::MachO::Section& section : segment.sections()) {
    const std::uint32_t flags = section.raw_flags();
    file.sections.push_back({section.name(), section.address(), section.offset(), section.size(),
                             flags & kSectionTypeMask, (flags & kInstructions) != 0, section.reserved1(),
                             section.reserved2()});
  }
}

bool names_needed_library(std::uint32_t kind) {
  return kind == lc::kLoadDylib || kind == lc::kLoadWeakDylib || kind == lc::kReexportDylib ||
         kind == lc::kLazyLoadDylib || kind == lc::kLoadUpwardDylib;
}

// The commands that point into __LINKEDIT.
void read_places(std::uint32_t kind, ByteView command, MachoFile& file) {
  const auto blob = [&](std::uint64_t at) {
    return Blob{read_le<std::uint32_t>(command, at).value_or(0), read_le<std::uint32_t>(command, at + 4).value_or(0)};
  };
  switch (kind) {
    case lc::kSymtab:
      file.symbols = blob(8);
      file.strings = blob(16);
      break;
    case lc::kDysymtab:
      file.indirect_symbols = blob(56);
      file.external_relocations = blob(64);
      file.local_relocations = blob(72);
      break;
    case lc::kDyldInfo:
    case lc::kDyldInfo | lc::kReqDyld:
      file.has_opcodes = true;
      file.rebases = blob(8);
      file.binds = blob(16);
      file.weak_binds = blob(24);
      file.lazy_binds = blob(32);
      file.exports = blob(40);
      break;
    case lc::kExportsTrie:
      file.exports = blob(8);
      break;
    case lc::kFunctionStarts:
      file.function_starts = blob(8);
      break;
    case lc::kChainedFixups:
      file.chained_fixups = blob(8);
      break;
    default:
      break;
  }
}

Result<MachoFile> convert(const LIEF::MachO::Binary& macho, ByteView bytes) {
  MachoFile file;
  file.bytes = bytes;
  std::size_t read = 0;
  for (const LIEF::MachO::LoadCommand& command : macho.commands()) {
    const auto kind = static_cast<std::uint32_t>(command.command());
    ++read;
    if (const auto* segment = dynamic_cast<const LIEF::MachO::SegmentCommand*>(&command)) {
      read_segment(*segment, file);
    } else if (const auto* library = dynamic_cast<const LIEF::MachO::DylibCommand*>(&command)) {
      if (kind == lc::kIdDylib) file.id = library->name();
      if (names_needed_library(kind)) file.needed.push_back(library->name());
    } else {
      read_places(kind, slice(bytes, command.command_offset(), command.size()), file);
    }
  }
  // LIEF leaves out a command that it cannot read.
  if (read != macho.header().nb_cmds()) return damaged_commands();
  for (const MachoSegment& segment : file.segments) {
    // Without this, what is left of a cut file may have no trace of NumPy and pass for a module that does not use it.
    if (segment.offset > bytes.size() || bytes.size() - segment.offset < segment.size)
      return Error{ErrorCode::kMalformed, "the Mach-O file is cut off: its segments reach beyond its end", ""};
  }
  return file;
}

bool is_little_endian(ByteView bytes) {
  const auto magic = read_le<std::uint32_t>(bytes, 0);
  return magic == kMagic32 || magic == kMagic64;
}

// The header of any thin file, without its commands.
Result<ImageHeader> first_bytes(ByteView bytes) {
  const auto little = read_le<std::uint32_t>(bytes, 0);
  const auto big = read_be<std::uint32_t>(bytes, 0);
  const bool big_endian = big == kMagic32 || big == kMagic64;
  const auto cpu = read_in_order<std::uint32_t>(bytes, 4, big_endian);
  const auto subtype = read_in_order<std::uint32_t>(bytes, 8, big_endian);
  if (!subtype) return Error{ErrorCode::kMalformed, "the Mach-O header is cut off", ""};
  const bool wide = little == kMagic64 || big == kMagic64;
  return ImageHeader{"macho", macho_machine_name(*cpu, *subtype), wide ? 64 : 32};
}

}  // namespace

Result<ImageHeader> read_macho_header(ByteView bytes) {
  Result<ImageHeader> header = first_bytes(bytes);
  if (!header) return header;
  if (!is_little_endian(bytes)) return header;
  const Result<MachoFile> file = read_macho_file(bytes);
  if (!file) return file.error();
  return header;
}

Result<MachoFile> read_macho_file(ByteView bytes) {
  const Result<ImageHeader> header = first_bytes(bytes);
  if (!header) return header.error();
  if (!is_little_endian(bytes)) return Error{ErrorCode::kUnsupported, "big-endian Mach-O is not read", ""};
  const auto end = end_of_commands(bytes, header->bits == 64 ? kLayout64 : kLayout32);
  if (!end) return damaged_commands();
  try {
    LIEF::MachO::ParserConfig commands_alone;
    commands_alone.full_dyldinfo(false);
    const std::vector<std::uint8_t> copy(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(*end));
    const std::unique_ptr<const LIEF::MachO::FatBinary> parsed = LIEF::MachO::Parser::parse(copy, "", commands_alone);
    if (parsed == nullptr || parsed->size() != 1) return damaged_commands();
    Result<MachoFile> file = convert(*parsed->at(0), bytes);
    if (file) file->header = *header;
    return file;
  } catch (const std::exception&) {
    return damaged_commands();
  }
}

}  // namespace abicheck
