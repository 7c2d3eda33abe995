#include "image/pe.h"

#include "image/pe_file.h"
#include "image/pe_tables.h"
#include "image/pe_unwind.h"

namespace abicheck {

namespace {

ImageHeader header_of(const PeFile& file) {
  return {"pe", pe_machine_name(file.machine), file.wide ? 64 : 32};
}

void read_ranges(const PeFile& file, BinaryImage& image) {
  for (const PeSection& section : file.sections) {
    const MappedRange range{file.image_base + section.rva, section.offset, section.size, section.executable};
    image.ranges.push_back(range);
    if (section.size == 0) continue;  // variables that begin as null
    if (section.executable) image.code.push_back(range);
    if (section.initialized && !section.executable) image.data.push_back(range);
  }
}

}  // namespace

Result<ImageHeader> read_pe_header(ByteView bytes) {
  const Result<PeFile> file = read_pe_file(bytes);
  if (!file) return file.error();
  return header_of(*file);
}

Result<BinaryImage> read_pe(ByteView bytes) {
  const Result<PeFile> file = read_pe_file(bytes);
  if (!file) return file.error();
  const ImageHeader header = header_of(*file);
  BinaryImage image;
  image.format = header.format;
  image.arch = header.arch;
  image.bits = header.bits;
  image.bytes = bytes;
  read_ranges(*file, image);
  read_exports(*file, image);
  read_imports(*file, image);
  read_base_relocations(*file, image);
  read_unwind_table(*file, image);
  return image;
}

}  // namespace abicheck
