// One extension module or shared library as the fact extractors see it: its bytes, where they are mapped, what the
// dynamic linker would write into them, and where functions begin. Made by image/, the only folder that knows the
// container formats. Addresses are those that the file itself names: of ELF and Mach-O as they stand, of PE the
// preferred ImageBase plus the RVA. The bit that marks Thumb code in ARM's code addresses is cleared.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace abicheck {

// A run of the file that is mapped at `address`.
struct MappedRange {
  std::uint64_t address = 0;
  std::uint64_t file_offset = 0;
  std::uint64_t size = 0;  // bytes that come from the file; zero-filled memory behind it is not in here
  bool executable = false;
};

// A defined or wanted dynamic symbol.
struct DynamicSymbol {
  std::string name;
  std::uint64_t address = 0;  // 0 when not defined here
  bool defined = false;
  bool function = false;
  bool weak = false;  // it may be missing; told of ELF only
};

// What the dynamic linker writes at `address`: the address of `symbol` (an index into BinaryImage::symbols) or, when
// there is no symbol, the image base plus `addend`. Amid code that is no pointer, but a jump to the symbol.
struct Relocation {
  std::uint64_t address = 0;
  std::uint64_t addend = 0;
  std::optional<std::uint32_t> symbol;
};

struct FunctionRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  bool holds(std::uint64_t address) const { return address >= begin && address < end; }
};

inline bool holds(const std::vector<FunctionRange>& functions, std::uint64_t address) {
  return std::any_of(functions.begin(), functions.end(), [&](const FunctionRange& one) { return one.holds(address); });
}

// The address from which the code of [begin, end) counts that of other things.
struct CodeBase {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t address = 0;
};

class BinaryImage {
 public:
  std::string format;  // "elf", "pe", "macho"
  std::string arch;    // "x86_64", "aarch64", ... or the number of the machine
  int bits = 64;
  bool big_endian = false;
  bool thumb = false;           // ARM only: most functions are Thumb code
  std::uint64_t toc = 0;        // ppc64le: what r2 holds in functions (ELFv2 ABI, ".TOC."); 0 = not known
  std::uint64_t got = 0;        // i686: _GLOBAL_OFFSET_TABLE_, to which code adds distances; 0 = not known
  std::vector<CodeBase> bases;  // i686 Mach-O: the same, of each function its own; sorted by begin

  ByteView bytes;  // the whole file, or one slice of a universal one; owned by the caller, outlives the image
  std::vector<MappedRange> ranges;  // sorted by address
  // Where to look for instructions and for texts: the sections that hold them, or, in a file without section headers,
  // the ranges that may.
  std::vector<MappedRange> code;
  std::vector<MappedRange> data;
  std::vector<DynamicSymbol> symbols;
  std::vector<Relocation> relocations;  // sorted by address
  // Sorted by begin; from the unwind table, so cold parts are entries of their own, or from LC_FUNCTION_STARTS. Empty
  // where the file has no such table (PE of i686).
  std::vector<FunctionRange> functions;
  std::vector<std::uint64_t> initializers;  // DT_INIT_ARRAY, DT_INIT, __mod_init_func
  std::vector<std::string> needed;          // DT_NEEDED, imported DLLs, LC_LOAD_DYLIB; in order
  std::string soname;                       // DT_SONAME, the name of the export directory, LC_ID_DYLIB

  // Why part of the file could not be read, when the rest could; facts that may depend on it are then unknown.
  std::vector<std::string> defects;

  std::optional<std::uint64_t> offset_of(std::uint64_t address) const;
  std::optional<std::uint64_t> address_of(std::uint64_t offset) const;
  ByteView bytes_at(std::uint64_t address, std::uint64_t length) const;
  std::optional<std::string_view> string_at(std::uint64_t address) const;
  bool is_code(std::uint64_t address) const;
  // Whether it lies in `code`: is_code() also holds for what else is mapped executable.
  bool holds_code(std::uint64_t address) const;

  // An address as the processor counts: 32-bit ones begin again behind the last.
  std::uint64_t wrapped(std::uint64_t address) const { return bits == 32 ? address & 0xffffffff : address; }
  std::uint64_t pointer_size() const { return static_cast<std::uint64_t>(bits) / 8; }
  // Numbers as they stand in the file, in the image's byte order.
  std::optional<std::uint32_t> read_u32(std::uint64_t address) const;
  std::optional<std::uint64_t> read_u64(std::uint64_t address) const;
  std::optional<std::uint64_t> read_pointer(std::uint64_t address) const;

  // Whether code names addresses by their distance from one that a register got in front of it.
  bool counts_from_register() const { return got != 0 || !bases.empty(); }
  // From where the code at `address` counts; empty where that is not one place.
  std::optional<std::uint64_t> base_at(std::uint64_t address) const;

  // The relocation that fills the pointer at `address`.
  const Relocation* relocation_at(std::uint64_t address) const;
  // The address within this image that the loaded pointer at `address` will hold, following own symbols.
  std::optional<std::uint64_t> pointer_at(std::uint64_t address) const;
  const DynamicSymbol* find_symbol(std::string_view name) const;
  const FunctionRange* function_at(std::uint64_t address) const;
};

// The one of `functions`, sorted by begin, that holds `address`; null if none does.
const FunctionRange* find_function(const std::vector<FunctionRange>& functions, std::uint64_t address);

}  // namespace abicheck
