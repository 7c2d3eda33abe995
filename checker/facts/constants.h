// What the general registers hold at a place in the code, as far as it is constant.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "disasm/instruction.h"

namespace abicheck {

// A number is taken for an address only when a RIP-relative lea made it or it was loaded from a fixed place: small
// integers (2632, the size of flatiter) are valid addresses of small files too.
struct Constant {
  enum class Kind : std::uint8_t { kUnknown, kNumber, kAddress, kLoaded } kind = Kind::kUnknown;
  std::uint64_t value = 0;  // the number; the address; or the address it was loaded from

  bool operator==(const Constant&) const = default;
  bool is_number() const { return kind == Kind::kNumber; }
  bool is_address() const { return kind == Kind::kAddress; }
};

class Registers {
 public:
  const Constant& operator[](Register reg) const { return values_[static_cast<std::size_t>(reg)]; }
  const Constant& argument(std::size_t index) const { return (*this)[kArgumentRegisters[index]]; }

  void apply(const Instruction& instruction);
  void forget_all() { *this = {}; }
  // Keeps what both agree on; says whether that changed this.
  bool meet(const Registers& other);

 private:
  void set(Register reg, Constant value);
  Constant read(const Operand& operand) const;
  void forget_call_clobbered();

  std::array<Constant, 17> values_{};  // the last stands for Register::none
  Constant pushed_;                    // by the instruction just before
};

// Along `code` up to, not including, the instruction at `site`. What was known before an unconditional jump or return
// is forgotten behind it.
Registers registers_before(const std::vector<Instruction>& code, std::uint64_t site);

// Over a whole function, joining what all ways to `site` agree on; slower, and needed where compilers keep a constant
// in a register that calls preserve.
Registers registers_in_function(const std::vector<Instruction>& function, std::uint64_t site);

}  // namespace abicheck
