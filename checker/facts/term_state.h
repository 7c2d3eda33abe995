// What registers and memory hold at a place in the code as terms, and what instructions make of it.
//
// Memory is kept by root: what is stored through one root is taken not to change what lies at another. That is wrong of
// aliases and right of what compilers make of locals, vectors and handed-over objects.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "disasm/instruction.h"
#include "disasm/machine.h"
#include "facts/terms.h"
#include "model/binary_image.h"

namespace abicheck {

// What does not change while code is followed.
struct TermWorld {
  const Machine& machine;
  const BinaryImage& image;
  Terms& terms;
  // Variables that hold entries of NumPy's table, and which; may be empty.
  const std::unordered_map<std::uint64_t, std::uint32_t>& members;
  // Flags of variables that are filled once (__cxa_guard_acquire) are taken for set.
  bool guards_set = true;
  // Where values were seen in memory, so that it can be told that two belong to one object.
  std::unordered_map<Term, std::vector<Term>, TermHash>* seen = nullptr;
};

class TermState {
 public:
  static TermState at_entry(const TermWorld& world);

  const Term& operator[](Register reg) const { return registers_[reg < kRegisterCount ? reg : kRegisterCount]; }
  void set(Register reg, const Term& value) {
    if (reg < kRegisterCount) registers_[reg] = value;
  }

  Term address_of(const TermWorld& world, const Operand& operand) const;
  Term read(const TermWorld& world, const Operand& operand) const;
  Term load(const TermWorld& world, const Term& address, std::uint8_t width) const;
  void store(const TermWorld& world, const Term& address, std::uint8_t width, const Term& value);
  Term argument(const TermWorld& world, std::size_t index) const;

  // `at` and `chain` name what is not followed.
  void apply(const TermWorld& world, const Instruction& one, Chain chain);
  // Behind a call that is not followed: registers that calls do not preserve are lost.
  void forget_scratch(const TermWorld& world);
  // What a call may have changed: some words from each stack address that it was handed, and what is known of the
  // object that it was handed first.
  void forget_handed_over(const TermWorld& world, std::uint64_t call, Chain chain, std::size_t arguments);

  // Whether the condition holds, as far as what was compared tells.
  std::optional<bool> holds(const TermWorld& world, const Instruction& one);
  // What taking a branch, or not, says of two values: that they are equal. Known to what is called from there too.
  struct Equality {
    std::uint64_t branch;
    Chain chain;
    Term left, right;
    bool constant = false;  // `right` stands in the code
    bool operator==(const Equality&) const = default;
  };
  void note_branch(const TermWorld& world, const Instruction& one, bool taken, Chain chain);
  const std::vector<Equality>& equalities() const { return equalities_; }

  // Whether some register is 0 here and 1 there, or the other way round.
  bool disagrees(const TermState& other) const;
  // The join with what another way brings to `place`; says whether that changed this.
  bool meet(const TermWorld& world, const TermState& other, std::uint64_t place, Chain chain);
  // What an entered function leaves to its caller: memory, but for what lies on the stack below the caller's frame, and
  // the registers that calls do not preserve. Compilers rely on what a function leaves in them (GCC's -fipa-ra).
  void come_back_from(const TermWorld& world, TermState&& inner);

  // Calls visit(address, value) for everything that was put into memory.
  template <typename Visit>
  void for_each_cell(Visit visit) const {
    for (const Cell& cell : cells_) visit(Term{cell.root, cell.offset}, cell.value);
  }

 private:
  struct Cell {
    Root root;
    std::uint8_t width;
    std::int64_t offset;
    Term value;
    bool operator==(const Cell&) const = default;
  };
  struct Vector {
    Register reg;
    std::array<Term, 4> words;  // as wide as pointers, those of the lower half first
    bool operator==(const Vector&) const = default;
  };
  struct Compared {
    enum class Kind : std::uint8_t { kNothing, kCompare, kTest } kind = Kind::kNothing;
    std::uint8_t width = 0;
    Term left, right;
    std::uint8_t flags = 0;  // which condition register tells it
    bool constant = false;   // `right` stands in the code
    bool operator==(const Compared&) const = default;
  };

  Compared compared_by(const TermWorld& world, const Instruction& one) const;
  Term result_of(const TermWorld& world, const Instruction& one, Chain chain);
  Term arithmetic(const TermWorld& world, const Instruction& one, Chain chain) const;
  Term lane(const TermWorld& world, const Instruction& one, const Lane& from, std::size_t part) const;
  void move_words(const TermWorld& world, const Instruction& one);
  void apply_vectors(const TermWorld& world, const Instruction& one);
  void apply_vector(const TermWorld& world, const Instruction& one);
  std::size_t cell_at(Root root, std::int64_t offset) const;
  void join_cells(const TermWorld& world, const TermState& other, std::uint64_t place, Chain chain, bool& changed);

  std::array<Term, kRegisterCount + 1> registers_{};
  std::vector<Cell> cells_;  // by root and offset
  std::vector<Vector> vectors_;
  std::vector<Equality> equalities_;  // by branch
  Compared compared_;
};

}  // namespace abicheck
