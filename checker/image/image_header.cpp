#include "image/image_header.h"

#include <algorithm>
#include <string_view>

namespace abicheck {

namespace {

struct Readable {
  std::string_view format;
  std::string_view arch;
  int bits;
  bool readable;
};

constexpr Readable kMachines[] = {
    {"elf", "x86_64", 64, true},  {"elf", "i686", 32, true},    {"elf", "aarch64", 64, true},
    {"elf", "armv7l", 32, true},  {"elf", "ppc64le", 64, true}, {"elf", "s390x", 64, true},
    {"elf", "riscv64", 64, true}, {"pe", "x86_64", 64, true},   {"pe", "i686", 32, true},
    {"pe", "aarch64", 64, true},  {"macho", "i686", 32, true},  {"macho", "x86_64", 64, true},
    {"macho", "arm64", 64, true},
};

// CPU_ARCH_ABI64 and CPU_SUBTYPE_MASK (mach/machine.h).
constexpr std::uint32_t kCpuX86 = 7;
constexpr std::uint32_t kCpuX86_64 = 0x01000007;
constexpr std::uint32_t kCpuArm64 = 0x0100000c;
constexpr std::uint32_t kSubtypeMask = 0x00ffffff;
constexpr std::uint32_t kSubtypeArm64e = 2;

}  // namespace

// e_machine (System V ABI, and the registry of the ELF machines).
std::string elf_machine_name(std::uint16_t machine, bool wide, bool big_endian) {
  switch (machine) {
    case 3:
      return "i686";
    case 20:
      return "ppc";
    case 21:
      return big_endian ? "ppc64" : "ppc64le";
    case 22:
      return wide ? "s390x" : "s390";
    case 40:
      return "armv7l";
    case 62:
      return "x86_64";
    case 183:
      return "aarch64";
    case 243:
      return wide ? "riscv64" : "riscv32";
    case 258:
      return wide ? "loongarch64" : "loongarch32";
    default:
      return std::to_string(machine);
  }
}

// IMAGE_FILE_MACHINE_* (PE specification, "Machine Types").
std::string pe_machine_name(std::uint16_t machine) {
  switch (machine) {
    case 0x14c:
      return "i686";
    case 0x8664:
      return "x86_64";
    case 0xaa64:
      return "aarch64";
    case 0x1c4:
      return "armv7l";
    default:
      return std::to_string(machine);
  }
}

std::string macho_machine_name(std::uint32_t cpu_type, std::uint32_t cpu_subtype) {
  switch (cpu_type) {
    case kCpuX86:
      return "i686";
    case kCpuX86_64:
      return "x86_64";
    case kCpuArm64:
      return (cpu_subtype & kSubtypeMask) == kSubtypeArm64e ? "arm64e" : "arm64";
    default:
      return std::to_string(cpu_type);
  }
}

bool is_readable(const ImageHeader& header) {
  return std::any_of(std::begin(kMachines), std::end(kMachines), [&](const Readable& one) {
    return one.readable && one.format == header.format && one.arch == header.arch && one.bits == header.bits;
  });
}

}  // namespace abicheck
