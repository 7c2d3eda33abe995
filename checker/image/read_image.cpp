#include "image/read_image.h"

#include "image/elf.h"
#include "image/macho.h"
#include "image/pe.h"
#include "image/universal.h"

namespace abicheck {

namespace {

bool starts_with(ByteView bytes, std::string_view magic) {
  return as_text(bytes).substr(0, magic.size()) == magic;
}

bool is_thin_macho(ByteView bytes) {
  using namespace std::string_view_literals;
  for (const auto magic : {"\xfe\xed\xfa\xce"sv, "\xfe\xed\xfa\xcf"sv, "\xce\xfa\xed\xfe"sv, "\xcf\xfa\xed\xfe"sv}) {
    if (starts_with(bytes, magic)) return true;
  }
  return false;
}

ImageSlice read_slice(const UniversalSlice& slice) {
  ImageSlice result{{"macho", macho_machine_name(slice.cpu_type, slice.cpu_subtype), 0}, slice.bytes, std::nullopt};
  if (slice.bytes.empty()) {
    result.problem = Error{ErrorCode::kMalformed, "the universal file is cut off inside it", ""};
  } else if (const Result<ImageHeader> header = read_image_header(slice.bytes)) {
    result.header = *header;
  } else {
    result.problem = header.error();
  }
  if (result.problem) result.problem->message = "slice " + result.header.arch + ": " + result.problem->message;
  return result;
}

std::string name_of(const ImageHeader& header) {
  return header.format == "wasm" ? header.arch : header.format + " " + header.arch;
}

}  // namespace

Result<std::vector<ImageSlice>> read_slices(ByteView bytes) {
  std::vector<ImageSlice> slices;
  if (is_universal(bytes)) {
    const Result<std::vector<UniversalSlice>> parts = read_universal(bytes);
    if (!parts) return parts.error();
    for (const UniversalSlice& part : *parts) slices.push_back(read_slice(part));
    return slices;
  }
  Result<ImageHeader> header = read_image_header(bytes);
  if (!header) return header.error();
  slices.push_back({std::move(*header), bytes, std::nullopt});
  return slices;
}

Result<ImageHeader> read_image_header(ByteView bytes) {
  using namespace std::string_view_literals;
  if (bytes.empty()) return Error{ErrorCode::kMalformed, "the file is empty", ""};
  if (starts_with(bytes,
                  "\x7f"
                  "ELF"sv)) {
    return read_elf_header(bytes);
  }
  if (starts_with(bytes, "MZ"sv)) return read_pe_header(bytes);
  if (is_thin_macho(bytes)) return read_macho_header(bytes);
  if (is_universal(bytes)) return Error{ErrorCode::kMalformed, "a universal file where one slice is expected", ""};
  // WebAssembly core specification, "Modules"; wheels for Pyodide hold such modules.
  if (starts_with(bytes, "\0asm"sv)) return ImageHeader{"wasm", "wasm32", 32};
  return Error{ErrorCode::kMalformed, "not a native library: neither ELF, PE nor Mach-O", ""};
}

Result<BinaryImage> convert_image(ByteView bytes) {
  const Result<ImageHeader> header = read_image_header(bytes);
  if (!header) return header.error();
  if (header->format == "elf") return read_elf(bytes);
  if (header->format == "pe") return read_pe(bytes);
  if (header->format == "macho") return read_macho(bytes);
  return Error{ErrorCode::kUnsupported, "machine code of " + name_of(*header) + " is not read", ""};
}

Result<BinaryImage> read_image(ByteView bytes) {
  const Result<ImageHeader> header = read_image_header(bytes);
  if (!header) return header.error();
  if (!is_readable(*header))
    return Error{ErrorCode::kUnsupported, "machine code of " + name_of(*header) + " is not read", ""};
  return convert_image(bytes);
}

}  // namespace abicheck
