#include "image/elf.h"

#include <LIEF/ELF.hpp>
#include <algorithm>
#include <memory>

#include "image/arm_exidx.h"
#include "image/eh_frame.h"
#include "image/elf_bases.h"
#include "image/elf_dynamic.h"
#include "image/elf_file.h"
#include "image/elf_sections.h"

namespace abicheck {

namespace {

constexpr std::uint32_t kPtLoad = 1;
constexpr std::uint32_t kPtGnuEhFrame = 0x6474e550;
constexpr std::uint32_t kPtArmExidx = 0x70000001;

void read_ranges(const LIEF::ELF::Binary& elf, BinaryImage& image) {
  for (const LIEF::ELF::Segment& segment : elf.segments()) {
    if (static_cast<std::uint32_t>(segment.type()) != kPtLoad || segment.physical_size() == 0) continue;
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

DynamicTable read_dynamic(const LIEF::ELF::Binary& elf, BinaryImage& image) {
  DynamicTable table;
  for (const LIEF::ELF::DynamicEntry& entry : elf.dynamic_entries()) {
    if (const auto* library = dynamic_cast<const LIEF::ELF::DynamicEntryLibrary*>(&entry)) {
      image.needed.push_back(library->name());
    } else if (const auto* soname = dynamic_cast<const LIEF::ELF::DynamicSharedObject*>(&entry)) {
      image.soname = soname->name();
    } else {
      table.emplace(static_cast<std::uint64_t>(entry.tag()), entry.value());
    }
  }
  return table;
}

void read_initializers(const DynamicTable& dynamic, BinaryImage& image) {
  constexpr std::uint64_t kMostInitializers = 100'000;
  // Bit 0 of a code address of ARM is the Thumb state; of what is left of it nothing can be said.
  const auto add = [&](std::uint64_t address) {
    const bool marked = image.arch == "armv7l" && (address & 1) != 0;
    if (!marked || image.thumb) image.initializers.push_back(address - (marked ? 1 : 0));
  };
  if (const auto init = dynamic.find(dt::kInit); init != dynamic.end()) add(init->second);
  const auto array = dynamic.find(dt::kInitArray);
  const auto size = dynamic.find(dt::kInitArraySz);
  if (array == dynamic.end() || size == dynamic.end()) return;
  const std::uint64_t count = std::min(size->second / image.pointer_size(), kMostInitializers);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (const auto target = image.pointer_at(array->second + image.pointer_size() * i)) add(*target);
  }
}

void read_elf_functions(const LIEF::ELF::Binary& elf, const ElfFile& file, BinaryImage& image) {
  for (const LIEF::ELF::Segment& segment : elf.segments()) {
    if (static_cast<std::uint32_t>(segment.type()) == kPtGnuEhFrame && image.functions.empty())
      read_function_table(segment.virtual_address(), image);
  }
  for (const ElfSection& section : file.sections()) {
    if (section.name == ".eh_frame" && image.functions.empty()) walk_frames(section.address, image);
  }
  if (file.machine() != kEmArm || !image.functions.empty()) return;
  // The number means something else on other machines (PT_LOPROC).
  for (const LIEF::ELF::Segment& segment : elf.segments()) {
    if (static_cast<std::uint32_t>(segment.type()) == kPtArmExidx)
      read_exception_index(segment.virtual_address(), segment.physical_size(), image);
  }
}

// LIEF warns and goes on with what it has; a table that came out shorter than the file says is a defect of the image.
void note_defects(const LIEF::ELF::Binary& elf, BinaryImage& image) {
  if (image.ranges.empty()) image.defects.push_back("no loadable segment");
  if (elf.segments().size() != elf.header().numberof_segments())
    image.defects.push_back("the program headers are damaged");
  const bool may_have_none = image.arch == "riscv64" || image.arch == "s390x" || image.arch == "i686" ||
                             image.arch == "armv7l";  // compilers write it for what exceptions pass through only
  if (image.functions.empty() && !may_have_none)
    image.defects.push_back("no table of function boundaries (.eh_frame_hdr)");
}

BinaryImage convert(const LIEF::ELF::Binary& elf, const ElfFile& file, const ImageHeader& header) {
  BinaryImage image;
  image.format = header.format;
  image.arch = header.arch;
  image.bits = header.bits;
  image.big_endian = file.big_endian();
  image.bytes = file.bytes();
  read_ranges(elf, image);
  read_sections(file, image);
  const DynamicTable dynamic = read_dynamic(elf, image);
  read_dynamic_symbols(file, dynamic, image);
  read_dynamic_relocations(file, dynamic, image);
  if (file.machine() == kEmArm) clear_thumb_bits(image);
  read_initializers(dynamic, image);
  read_elf_functions(elf, file, image);
  if (image.arch == "ppc64le") find_table_of_contents(file, image);
  if (image.arch == "i686") find_global_offset_table(file, dynamic, image);
  note_defects(elf, image);
  return image;
}

}  // namespace

Result<ImageHeader> read_elf_header(ByteView bytes) {
  const ElfFile file(bytes);
  if (bytes.size() < file.header_size()) return Error{ErrorCode::kMalformed, "the ELF header is cut off", ""};
  // Without this, what is left of a cut file may have no trace of NumPy and pass for a module that does not use it.
  if (!file.is_complete())
    return Error{ErrorCode::kMalformed, "the ELF file is cut off: its headers point beyond its end", ""};
  return ImageHeader{"elf", elf_machine_name(file.machine(), file.wide(), file.big_endian()), file.wide() ? 64 : 32};
}

Result<BinaryImage> read_elf(ByteView bytes) {
  const Result<ImageHeader> header = read_elf_header(bytes);
  if (!header) return header.error();
  const ElfFile file(bytes);
  try {
    // Counted by sections, of which the copy has none, there are no dynamic symbols: they are read here.
    const std::unique_ptr<const LIEF::ELF::Binary> elf =
        LIEF::ELF::Parser::parse(file.copy_without_sections(), "", LIEF::ELF::DYNSYM_COUNT_METHODS::COUNT_SECTION);
    if (elf == nullptr) return Error{ErrorCode::kMalformed, "the ELF headers are damaged", ""};
    return convert(*elf, file, *header);
  } catch (const std::exception& problem) {
    return Error{ErrorCode::kMalformed, std::string("the ELF file is damaged: ") + problem.what(), ""};
  }
}

}  // namespace abicheck
