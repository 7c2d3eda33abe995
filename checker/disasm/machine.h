// How code for one processor and operating system hands over arguments: the calling convention, as data.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "disasm/instruction.h"

namespace abicheck {

struct Machine {
  std::string_view name;
  std::uint8_t pointer_size = 8;
  std::uint8_t alignment = 1;  // of instructions, in bytes
  std::uint8_t longest = 4;    // instruction, in bytes

  std::array<Register, 8> arguments{};  // registers of the first integer arguments
  std::uint8_t argument_count = 0;
  // Where the following arguments lie: from the stack pointer, as it is when the call is executed.
  std::int32_t stack_arguments = 0;
  // Whether what variadic functions take behind their named arguments lies on the stack, from the stack pointer on.
  bool variadic_on_stack = false;

  Register result = kNoRegister;
  Register stack_pointer = kNoRegister;
  Register toc = kNoRegister;     // holds BinaryImage::toc in every function
  Register got = kNoRegister;     // holds BinaryImage::got where a stub is entered
  bool return_register = false;   // calls put the return address there: they leave the stack as it is
  bool literals_in_code = false;  // numbers that instructions load stand between them
  bool compares_results = false;  // whatever computes (Instruction::arithmetic) compares its result with 0 besides
  Register upper_halves = 0;  // what is added to a vector register's number for a half that only some instructions move
  std::uint64_t preserved = 0;  // a bit for every register that calls preserve

  bool preserves(Register reg) const { return (preserved >> reg & 1) != 0; }
};

constexpr std::uint64_t registers_mask(std::initializer_list<Register> registers) {
  std::uint64_t mask = 0;
  for (Register reg : registers) mask |= std::uint64_t{1} << reg;
  return mask;
}

}  // namespace abicheck
