#include "image/read_image.h"

#include <algorithm>

#include "image/elf.h"
#include "image/sections.h"

namespace abicheck {

namespace {

// e_machine (System V ABI, and the registry of the ELF machines).
std::string machine_name(std::uint16_t machine, int bits) {
  switch (machine) {
    case 3:
      return "i686";
    case 20:
      return "ppc";
    case 21:
      return bits == 64 ? "ppc64le" : "ppc";
    case 22:
      return "s390x";
    case 40:
      return "armv7l";
    case 62:
      return "x86_64";
    case 183:
      return "aarch64";
    case 243:
      return "riscv64";
    case 258:
      return "loongarch64";
    default:
      return std::to_string(machine);
  }
}

bool starts_with(ByteView bytes, std::string_view magic) {
  return as_text(bytes).substr(0, magic.size()) == magic;
}

Result<ImageHeader> read_elf_header(ByteView bytes) {
  constexpr std::size_t kSmallestElfHeader = 52;  // sizeof(Elf32_Ehdr)
  if (bytes.size() < kSmallestElfHeader) return Error{ErrorCode::kMalformed, "the ELF header is cut off", ""};
  ImageHeader header;
  header.format = "elf";
  header.bits = bytes[4] == 2 ? 64 : 32;  // EI_CLASS
  const bool big_endian = bytes[5] == 2;  // EI_DATA
  const std::uint16_t machine = big_endian ? static_cast<std::uint16_t>(bytes[18] << 8 | bytes[19])
                                           : static_cast<std::uint16_t>(bytes[19] << 8 | bytes[18]);
  header.arch = machine_name(machine, header.bits);
  // Without this, what is left of a cut file may have no trace of NumPy and pass for a module that does not use it.
  if (header.bits == 64 && !big_endian && !is_complete(bytes))
    return Error{ErrorCode::kMalformed, "the ELF file is cut off: its headers point beyond its end", ""};
  return header;
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
  Result<ImageHeader> header = read_image_header(bytes);
  if (!header) return header.error();
  if (header->format != "elf" || header->arch != "x86_64" || header->bits != 64) {
    return Error{ErrorCode::kUnsupported,
                 "machine code of " + header->format + " " + header->arch + " is not read, only ELF x86_64", ""};
  }
  Result<BinaryImage> image = read_elf(bytes);
  if (image) {
    image->format = header->format;
    image->arch = header->arch;
    image->bits = header->bits;
  }
  return image;
}

}  // namespace abicheck
