#include "image/read_image.h"

#include "image/elf.h"

namespace abicheck {

namespace {

bool starts_with(ByteView bytes, std::string_view magic) {
  return as_text(bytes).substr(0, magic.size()) == magic;
}

}  // namespace

Result<ImageHeader> read_image_header(ByteView bytes) {
  using namespace std::string_view_literals;
  if (bytes.empty()) return Error{ErrorCode::kMalformed, "the file is empty", ""};
  if (starts_with(bytes,
                  "\x7f"
                  "ELF"sv)) {
    return read_elf_header(bytes);
  }
  if (starts_with(bytes, "MZ"sv)) return ImageHeader{"pe", "unknown", 0};
  for (std::string_view magic :
       {"\xfe\xed\xfa\xce"sv, "\xfe\xed\xfa\xcf"sv, "\xce\xfa\xed\xfe"sv, "\xcf\xfa\xed\xfe"sv, "\xca\xfe\xba\xbe"sv}) {
    if (starts_with(bytes, magic)) return ImageHeader{"macho", "unknown", 0};
  }
  return Error{ErrorCode::kMalformed, "not a native library: neither ELF, PE nor Mach-O", ""};
}

Result<BinaryImage> read_image(ByteView bytes) {
  const Result<ImageHeader> header = read_image_header(bytes);
  if (!header) return header.error();
  if (!is_readable(*header)) {
    return Error{ErrorCode::kUnsupported,
                 "machine code of " + header->format + " " + header->arch + " is not read, only ELF x86_64", ""};
  }
  return read_elf(bytes);
}

}  // namespace abicheck
