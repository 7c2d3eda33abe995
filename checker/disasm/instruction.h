// Machine code of any processor reduced to what the extractors ask about: moves of constants and addresses, compares,
// calls, jumps, and which registers each instruction overwrites. Made by the file of each processor in this folder.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/binary_image.h"

namespace abicheck {

// A general register in the processor's own numbering; parts (eax, w0) count as the whole register. Registers beside
// the general ones that hold code addresses (PowerPC's ctr and lr) have numbers too.
using Register = std::uint8_t;
inline constexpr Register kNoRegister = 0xff;
inline constexpr std::size_t kRegisterCount = 36;

enum class Operation : std::uint8_t {
  kOther,
  kMove,    // between registers and memory, and of constants
  kLea,     // the address that a memory operand names: base + index + displacement; `add r,s,imm` is one
  kPage,    // a kLea of a page only, to which other instructions add the rest of an address (adrp)
  kInsert,  // movk, movt, iilf: puts the immediate, shifted by Operand::shift, into some bits of the register
  kOr,      // ori, oris: the immediate is or-ed to the second register
  kXor,     // xori, xoris, xilf: the same with exclusive or
  kZero,    // xor r, r
  kOnes,    // or r, -1
  kAdd,     // add or sub of an immediate to the operand itself (the immediate negated for sub)
  kCompare,
  kTest,  // sets flags by something else than a compare: and of two different things, a compare that depends on one
  kPush,
  kPop,
  kCall,
  kJump,
  kBranch,  // conditional jump; where the processor compares in it, the operands are what is compared
  kSet,     // setcc, cset
  kReturn,
  kTrap,  // ud2, hlt, brk: execution does not continue
};

// The condition codes that version compares use. Signed and unsigned orders are one: the numbers compared are small and
// positive, and compilers choose either. Flag tests are kOther.
enum class Condition : std::uint8_t {
  kNone,
  kEqual,
  kNotEqual,
  kBelow,
  kAboveEqual,
  kBelowEqual,
  kAbove,
  kNegative,
  kNotNegative,
  kOther
};

// What a kOther does with its two operands: where it overwrites another register than the first, `written` tells; and a
// kCompare that keeps the difference besides (subs).
enum class Arithmetic : std::uint8_t { kNone, kAdd, kSubtract, kMultiply, kAnd, kOr, kXor, kShiftLeft, kShiftRight };

// Where eight bytes come from that an instruction puts into half of a vector register, or from one into memory or a
// general register.
struct Lane {
  enum class From : std::uint8_t {
    kUnknown,
    kZero,
    kGeneral,  // a general register
    kLow,      // a half of a vector register
    kHigh,
    kMemory,      // the first eight bytes of the memory operand
    kMemoryNext,  // and those behind them
  } from = From::kUnknown;
  Register reg = kNoRegister;
};

struct Operand {
  enum class Kind : std::uint8_t { kNone, kRegister, kImmediate, kMemory } kind = Kind::kNone;
  std::uint8_t width = 0;      // bytes
  Register reg = kNoRegister;  // the register, or the base of a memory operand
  Register index = kNoRegister;
  std::uint8_t shift = 0;  // bits by which the index, or the immediate of kInsert, is shifted left
  // `value` is an address of this image: of a memory operand relative to the instruction (or, on ARM, what makes an
  // address of the number in `reg`), or an immediate that the loader relocates.
  bool absolute = false;
  std::int64_t value = 0;  // immediate; displacement; or, when absolute, the address itself

  bool is_register() const { return kind == Kind::kRegister; }
  bool is_immediate() const { return kind == Kind::kImmediate; }
  bool is_memory() const { return kind == Kind::kMemory; }
};

struct OutlinedPiece;

struct Instruction {
  std::uint64_t address = 0;
  std::uint8_t size = 0;
  Operation operation = Operation::kOther;
  Condition condition = Condition::kNone;
  Register written = kNoRegister;       // the general register it overwrites
  Register also_written = kNoRegister;  // and a second one
  std::uint64_t written_set = 0;        // and more of them, a bit for each (lmg, ldm)
  Register adjusted = kNoRegister;      // a register to which `adjustment` is added besides (push, write-back)
  std::uint8_t flags = 0;               // which of several condition registers a compare sets, a branch reads
  bool clobbers_memory = false;         // and memory that its operands do not name
  bool clobbers_all = false;            // overwrites registers in a way that is not modelled
  bool clobbers_vectors = false;        // the same of vector registers
  bool sign_extends = false;            // a load that makes a signed number of what it read
  bool conditional = false;             // takes place only if `condition` holds, without being a branch (ARM)
  bool sets_flags = false;              // a move, load or sum that compares what it writes with 0 besides
  std::int32_t adjustment = 0;
  // Destination first (Intel order); of a store the memory comes first. Of kOther at least what it reads.
  std::array<Operand, 2> operands;
  Operand paired;  // a second register that a kMove moves from or to the memory behind the first
  Arithmetic arithmetic = Arithmetic::kNone;
  // Of what moves whole words through vector registers: what `vector` gets or, where that is none, what the first
  // operand gets.
  Register vector = kNoRegister;
  std::array<Lane, 2> lanes;
  bool zeroes_upper_half = false;        // of `vector`, where that has one (Machine::upper_halves)
  Register paired_vector = kNoRegister;  // a second one that is moved from or to the second half of the memory
  std::uint64_t target = 0;              // of a direct call, jump or branch
  const OutlinedPiece* piece = nullptr;  // what a call executes as if it stood in its place

  std::uint64_t end() const { return address + size; }
  bool ends_block() const {
    return operation == Operation::kJump || operation == Operation::kReturn || operation == Operation::kTrap;
  }
  bool compares() const {
    return operation == Operation::kCompare ||
           (operation == Operation::kBranch && operands[0].kind != Operand::Kind::kNone);
  }
};

// Straight code that a compiler moved out of several functions because it stood in all of them (LLVM's machine
// outliner), or a function as short: `code`, and then `last`, which returns or goes on to another function.
struct OutlinedPiece {
  std::vector<Instruction> code;
  Instruction last;

  bool returns() const { return last.operation == Operation::kReturn; }
};

}  // namespace abicheck
