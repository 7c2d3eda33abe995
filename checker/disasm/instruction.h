// x86-64 instructions reduced to what the extractors ask about: moves of constants and addresses, compares, calls,
// jumps, and which general register each instruction overwrites.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/binary_image.h"

namespace abicheck {

// General registers in the processor's numbering; parts (eax, r8d) count as the whole register.
enum class Register : std::uint8_t {
  rax,
  rcx,
  rdx,
  rbx,
  rsp,
  rbp,
  rsi,
  rdi,
  r8,
  r9,
  r10,
  r11,
  r12,
  r13,
  r14,
  r15,
  none
};

// System V psABI: the registers of the first six integer arguments, in order.
inline constexpr std::array<Register, 6> kArgumentRegisters = {Register::rdi, Register::rsi, Register::rdx,
                                                               Register::rcx, Register::r8,  Register::r9};

enum class Operation : std::uint8_t {
  kOther,
  kMove,  // mov, movabs, and movsxd/movzx between registers and memory
  kLea,
  kZero,     // xor r, r
  kOnes,     // or r, -1
  kAdd,      // add or sub of an immediate (the immediate negated for sub)
  kCompare,  // cmp
  kTest,
  kPush,
  kPop,
  kCall,
  kJump,
  kBranch,  // conditional jump
  kSet,     // setcc
  kReturn,
  kTrap,  // ud2, hlt, int3: execution does not continue
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

struct Operand {
  enum class Kind : std::uint8_t { kNone, kRegister, kImmediate, kMemory } kind = Kind::kNone;
  std::uint8_t width = 0;         // bytes
  Register reg = Register::none;  // the register, or the base of a memory operand
  Register index = Register::none;
  bool rip_relative = false;
  std::int64_t value = 0;  // immediate; displacement; or, when rip_relative, the address itself

  bool is_register() const { return kind == Kind::kRegister; }
  bool is_immediate() const { return kind == Kind::kImmediate; }
  bool is_memory() const { return kind == Kind::kMemory; }
};

struct Instruction {
  std::uint64_t address = 0;
  std::uint8_t size = 0;
  Operation operation = Operation::kOther;
  Condition condition = Condition::kNone;
  Register written = Register::none;  // the general register it overwrites, when it is exactly one
  bool clobbers_all = false;          // overwrites registers in a way that is not modelled
  std::array<Operand, 2> operands;    // destination first (Intel order)
  std::uint64_t target = 0;           // of a direct call, jump or branch

  std::uint64_t end() const { return address + size; }
  bool ends_block() const {
    return operation == Operation::kJump || operation == Operation::kReturn || operation == Operation::kTrap;
  }
};

}  // namespace abicheck
