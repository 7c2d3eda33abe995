// One processor as this program reads it. Everything that depends on it stands in one file each (x86.cpp, arm64.cpp,
// ...) and is listed in architecture.cpp; all that is above works on Instruction, Machine and Reference.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "disasm/instruction.h"
#include "disasm/machine.h"
#include "disasm/reference.h"
#include "model/binary_image.h"

struct cs_insn;

namespace abicheck {

struct Architecture {
  std::string_view arch;    // BinaryImage::arch
  std::string_view format;  // BinaryImage::format; empty: any
  bool thumb = false;       // BinaryImage::thumb
  Machine machine;

  int capstone_arch = 0;  // cs_arch and cs_mode
  int capstone_mode = 0;

  // Capstone's instruction, with details, as ours.
  Instruction (*convert)(const cs_insn& insn, const BinaryImage& image) = nullptr;

  // Whether all instructions are words of which convert() looks at nothing but address and bytes: what Capstone has
  // said of a word holds wherever it stands.
  bool reads_words = false;

  // Whether an instruction only fills up the room between functions.
  bool (*is_padding)(ByteView code) = nullptr;
  // Whether compilers leave functions out of the unwind table.
  bool partial_unwind_table = false;

  // What Capstone does not know at `address`, which begins with `code`: at least how long it is and what it overwrites.
  // Null: bytes that Capstone does not know are data.
  Instruction (*convert_unknown)(std::uint64_t address, ByteView code, const BinaryImage& image) = nullptr;

  // Every reference of the instructions in `range` to an address in [low, high), in any order. It may find some that
  // are not there (bytes that look like one); it may not miss one.
  void (*find_references)(const BinaryImage& image, const MappedRange& range, std::uint64_t low, std::uint64_t high,
                          std::vector<Reference>& found) = nullptr;
  // The same for loads, calls and jumps through pointers that lie below `high` whatever the image's address is: what
  // compilers make of pointers that are always null. Null: find_references() finds them.
  void (*find_null_accesses)(const BinaryImage& image, const MappedRange& range, std::uint64_t high,
                             std::vector<Reference>& found) = nullptr;
  // Where bytes in `range` lead to [low, high) in the way of a memory operand, whatever the instruction. Null:
  // find_references() tells every store.
  void (*find_mentions)(const BinaryImage& image, const MappedRange& range, std::uint64_t low, std::uint64_t high,
                        std::vector<std::uint64_t>& places) = nullptr;
  // Whether finding all references at once costs no more than finding a few: they are then kept, sorted.
  bool index_references = true;
  // Whether bytes inside other instructions can look like a reference.
  bool doubtful_references = false;

  // Where in `range` a pointer may be loaded from some register plus `first` and, right behind it, 32 bits are read
  // from that pointer plus `second`: a member of what a member points to. May find too many. Null: found by decoding
  // everything.
  void (*find_chained_reads)(const BinaryImage& image, const MappedRange& range, std::uint8_t first,
                             std::uint8_t second, std::vector<std::uint64_t>& sites) = nullptr;
};

// Each in the file of its processor.
extern const Architecture kX86_64;
extern const Architecture kX86_64Windows;
extern const Architecture kI686;
extern const Architecture kArm64;
extern const Architecture kArm64Apple;
extern const Architecture kArm;
extern const Architecture kThumb;
extern const Architecture kS390x;
extern const Architecture kPpc64Le;
extern const Architecture kRiscv64;

// Null when code of this kind is not read, or Capstone was built without it.
const Architecture* architecture_of(const BinaryImage& image);

}  // namespace abicheck
