// What registers and stack slots hold at a place in the code, as far as it can be said: numbers, addresses, what was
// loaded from known places, what a call returned.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "disasm/instruction.h"
#include "disasm/machine.h"
#include "model/binary_image.h"

namespace abicheck {

// A number is taken for an address only when an instruction made one of it or it was loaded from a fixed place: small
// integers (2632, the size of flatiter) are valid addresses of small files too.
//
// A value may be loaded through another: with `loads` = 1 it is what lies at [root + inner], plus `offset`; with 2, for
// addresses only, [[root] + inner] + offset. So slot 211 of the table behind a variable at A is {kAddress A, loads 2,
// inner 8 * 211}.
struct Value {
  enum class Kind : std::uint8_t {
    kUnknown,
    kNumber,
    kAddress,   // of this image
    kSymbol,    // the address of what the loader binds to the slot at `value`, from another library
    kStack,     // relative to what the stack pointer was at the beginning
    kResult,    // of the call at `value`
    kArgument,  // what the function was entered with: in register `value` or, from kRegisterCount on, on the stack
  } kind = Kind::kUnknown;
  std::uint8_t loads = 0;
  std::int16_t inner = 0;
  std::int32_t offset = 0;  // of what was loaded, or of a root that is no address
  std::uint64_t value = 0;

  bool operator==(const Value&) const = default;
  bool known() const { return kind != Kind::kUnknown; }
  bool is_number() const { return kind == Kind::kNumber; }
  bool is_address() const { return kind == Kind::kAddress && loads == 0; }
  bool is_symbol() const { return kind == Kind::kSymbol && loads == 0 && offset == 0; }
  bool is_result() const { return kind == Kind::kResult && loads == 0 && offset == 0; }

  static Value number(std::uint64_t n) { return {Kind::kNumber, 0, 0, 0, n}; }
  static Value address(std::uint64_t a) { return {Kind::kAddress, 0, 0, 0, a}; }
  static Value result_of(std::uint64_t call) { return {Kind::kResult, 0, 0, 0, call}; }

  // The value `distance` further on; unknown where that does not fit.
  Value plus(std::int64_t distance, std::uint8_t pointer_size) const;
  // What lies where this points to; unknown where that is more than can be said.
  Value loaded() const;
};

class Values {
 public:
  Values(const Machine& machine, const BinaryImage& image);
  // At the beginning of a function: what registers hold is kArgument, and so is the stack where all arguments lie
  // there.
  static Values at_entry(const Machine& machine, const BinaryImage& image);

  const Value& operator[](Register reg) const { return registers_[reg < kRegisterCount ? reg : kRegisterCount]; }
  void set(Register reg, Value value);

  // What an operand holds, or a memory operand's bytes do.
  Value read(const Operand& operand) const;
  // The address that a memory operand names.
  Value address_of(const Operand& operand) const;
  // What lies at an address, as far as something was put there or the image says.
  Value load(const Value& address, std::uint8_t width) const;

  // Whether some register, or memory that is tracked, holds a value of which `is` says so.
  template <typename Is>
  bool any(Is is) const {
    for (const Value& value : registers_) {
      if (is(value)) return true;
    }
    for (const Cell& cell : cells_) {
      if (is(cell.value)) return true;
    }
    return false;
  }

  // The integer arguments of the call at which these values hold, as the calling convention has them.
  Value argument(std::size_t index) const;
  // The same of a variadic function that has `named` arguments besides.
  Value variadic_argument(std::size_t index, std::size_t named) const;
  // What the callee of that call is entered with, for its `argument` (kArgument): wherever compilers pass arguments of
  // local functions.
  Value passed(const Value& argument) const;

  void apply(const Instruction& instruction);
  // Where the function begins that a call leads to, behind the piece that the call executes on the way.
  Values at_callee(const Instruction& call) const;
  // The two sides that an instruction compares; unknown ones when it compares nothing.
  struct Compared {
    Value left;
    Value right;
  };
  Compared compared(const Instruction& instruction) const;
  void forget_all();
  // Keeps what both agree on; says whether that changed this.
  bool meet(const Values& other);

 private:
  void store(const Operand& to, Value value);
  Value stack_argument(std::size_t index) const;
  Value handed_over(std::int64_t distance) const;
  void forget_memory(const Operand& at);
  void move_stack(std::int64_t distance);
  void apply_call(const Instruction& call);
  Value result_of(const Instruction& instruction) const;
  std::uint64_t truncated(std::uint64_t value, std::uint8_t width) const;

  const Machine* machine_;
  const BinaryImage* image_;
  std::array<Value, kRegisterCount + 1> registers_{};  // the last stands for kNoRegister
  struct Cell {
    Value address;  // kStack or kAddress
    Value value;
    std::uint8_t width;
    bool before_call = false;  // put there in front of an earlier call
    bool same_as(const Cell& o) const { return address == o.address && value == o.value && width == o.width; }
  };
  std::vector<Cell> cells_;  // memory that was written and whose contents are known
};

// Along `code` up to, not including, the instruction at `site`. What was known before an unconditional jump or return
// is forgotten behind it.
Values values_before(const std::vector<Instruction>& code, std::uint64_t site, const Machine& machine,
                     const BinaryImage& image);

}  // namespace abicheck
