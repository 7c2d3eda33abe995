// The two instruction sets of 32-bit ARM: what they share, and where each is read.
#pragma once

#include <cstdint>
#include <optional>

#include "disasm/instruction.h"
#include "model/binary_image.h"

namespace abicheck::arm {

inline constexpr Register kSp = 13;
inline constexpr Register kLr = 14;
inline constexpr Register kPc = 15;
inline constexpr std::uint32_t kAlways = 14;  // condition field

// One instruction under construction; the instruction sets differ in their encodings, not in what they say.
class Builder {
 public:
  // `pc` is what the instruction reads as the program counter.
  Builder(std::uint64_t address, std::uint8_t size, std::uint64_t pc);

  Operand memory(Register base, std::int64_t displacement, std::uint8_t width) const;

  void move(Register to, const Operand& from, bool flags);
  void load(Register to, const Operand& from, bool sign_extends);
  void store(const Operand& to, Register from);
  void load_pair(Register first, Register second, const Operand& from);
  void store_pair(const Operand& to, Register first, Register second);
  // Several registers below or behind the one that holds the address.
  void load_many(Register base, std::uint32_t list, bool below, bool write_back);
  void store_many(Register base, std::uint32_t list, bool below, bool write_back);
  void write_back(Register base, std::int64_t distance);

  // to = first + number, to = first + (second << shift); the program counter may be among them.
  void add(Register to, Register first, std::int64_t number, bool flags);
  void add(Register to, Register first, Register second, std::uint8_t shift, bool flags);
  void insert_upper(Register to, std::uint32_t half);
  void compare(Register left, const Operand& right);
  void compare_and_write(Register to, Register left, const Operand& right);
  // to = left (arithmetic) right.
  void compute(Register to, Arithmetic arithmetic, Register left, const Operand& right, bool flags = false);
  // Anything else that writes `to` (or nothing) and reads the others.
  void other(Register to, Register first, Register second, bool flags);
  void other_long(Register low, Register high, Register first, Register second);

  void branch(Operation operation, std::uint64_t target);
  void jump(Register to);
  // By a table at the program counter whose entries have `width` bytes; 0: to one of the instructions there.
  void jump_by_index(Register index, std::uint8_t width);
  void call(Register to);
  void branch_on_zero(Register reg, bool zero, std::uint64_t target);
  void trap() { one_.operation = Operation::kTrap; }
  void unknown() { one_.clobbers_all = true; }

  // With the condition under which it takes place.
  Instruction done(std::uint32_t condition);

 private:
  void write(Register to);

  Instruction one_;
  std::uint64_t pc_;
};

Operand number(std::int64_t value);
Operand whole(Register reg);
Condition condition_of(std::uint32_t code);

inline std::uint32_t field(std::uint32_t bits, int high, int low) {
  return bits >> low & ((2u << (high - low)) - 1);
}
inline bool bit(std::uint32_t bits, int place) {
  return (bits >> place & 1) != 0;
}

// Coprocessor instructions, which both sets encode alike (VFP, NEON, system registers): `word` with the first half in
// the upper bits.
void read_coprocessor(std::uint32_t word, Builder& out);

Instruction read_arm(std::uint32_t word, std::uint64_t address);

// `condition` is that of the IT block around it.
Instruction read_thumb(std::uint16_t first, std::uint16_t second, std::uint64_t address, std::uint32_t condition);
inline bool is_wide_thumb(std::uint16_t first) {
  return first >= 0xe800;
}
// Counts the instructions of an IT block in code that is read in order.
class ItBlock {
 public:
  std::uint32_t next(std::uint16_t first);  // the condition of an instruction that begins with `first`

 private:
  std::uint32_t state_ = 0;
};
// The same for an instruction anywhere: by the IT instruction in front of it.
std::uint32_t it_condition(const BinaryImage& image, std::uint64_t address);

}  // namespace abicheck::arm
