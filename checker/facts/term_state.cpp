#include "facts/term_state.h"

#include <algorithm>
#include <limits>

namespace abicheck {

namespace {

constexpr std::size_t kMostCells = 600;
constexpr std::size_t kMostSeen = 30;
constexpr std::int64_t kWord = 8;
constexpr int kWordsLeft = 3;  // of what a call is handed the address of: a vector, a string

using Kind = RootOf::Kind;

}  // namespace

TermState TermState::at_entry(const TermWorld& world) {
  TermState state;
  const Machine& machine = world.machine;
  for (Register reg = 0; reg < kRegisterCount; ++reg)
    state.registers_[reg] = world.terms.term({Kind::kEntry, 0, 0, 0, 0, reg});
  for (std::size_t i = 0; i < machine.argument_count; ++i)
    state.registers_[machine.arguments[i]] = world.terms.term({Kind::kParameter, 0, 0, 0, 0, i});
  state.set(machine.stack_pointer, Term::stack(0));
  if (world.image.toc != 0) state.set(machine.toc, Term::number(world.image.toc));
  return state;
}

Term TermState::address_of(const TermWorld& world, const Operand& operand) const {
  if (operand.absolute && operand.reg == kNoRegister && operand.index == kNoRegister)
    return Term::number(static_cast<std::uint64_t>(operand.value));
  Term sum = operand.reg == kNoRegister ? Term::number(0) : (*this)[operand.reg];
  if (operand.index != kNoRegister) {
    const Term& index = (*this)[operand.index];
    if (index.is_number()) {
      sum = sum.plus(static_cast<std::int64_t>(index.bits() << operand.shift));
    } else if (sum.is_number() && operand.shift == 0) {
      sum = index.plus(sum.offset);
    } else {
      return {};
    }
  }
  sum = sum.plus(operand.value);
  return sum.is_number() ? Term::number(sum.offset, world.machine.pointer_size) : sum;
}

std::size_t TermState::cell_at(Root root, std::int64_t offset) const {
  const auto found =
      std::lower_bound(cells_.begin(), cells_.end(), std::pair(root, offset),
                       [](const Cell& cell, const auto& at) { return std::pair(cell.root, cell.offset) < at; });
  return static_cast<std::size_t>(found - cells_.begin());
}

Term TermState::load(const TermWorld& world, const Term& address, std::uint8_t width) const {
  if (!address.known()) return {};
  const std::uint8_t size = world.machine.pointer_size;
  if (address.is_number() && width == size) {
    const auto member = world.members.find(address.bits());
    if (member != world.members.end()) return world.terms.term({Kind::kMember, 0, 0, 0, 0, member->second});
  }
  const std::size_t at = cell_at(address.root, address.offset);
  const bool begins = at < cells_.size() && cells_[at].root == address.root && cells_[at].offset == address.offset;
  if (begins || (at > 0 && cells_[at - 1].root == address.root)) {
    const Cell& cell = cells_[begins ? at : at - 1];
    const std::int64_t into = address.offset - cell.offset;
    if (into == 0 && cell.width == width) return cell.value;
    if (into < cell.width) {
      const std::int64_t behind = cell.width - into - width;
      const std::int64_t lower = world.image.big_endian ? behind : into;  // bytes below those asked for
      if (behind < 0 || lower >= 8) return {};
      if (cell.value.is_number()) return Term::number(static_cast<std::int64_t>(cell.value.bits() >> 8 * lower), width);
      return lower == 0 ? world.terms.part(cell.value, width) : Term{};
    }
  }
  if (address.is_number()) {
    if (const Relocation* relocation = world.image.relocation_at(address.bits())) {
      if (width != size) return {};
      if (const auto own = world.image.pointer_at(address.bits())) return Term::number(*own);
      return relocation->symbol ? world.terms.term({Kind::kSymbol, 0, 0, 0, 0, address.bits()}) : Term{};
    }
    if (width == 4 && world.machine.literals_in_code && world.image.is_code(address.bits())) {
      if (const auto literal = world.image.read_u32(address.bits())) return Term::number(*literal);
    }
  }
  const std::int64_t first = (world.machine.return_register ? 0 : size) + world.machine.stack_arguments;
  if (address.is_stack() && address.offset >= first && (address.offset - first) % size == 0 && width == size) {
    const auto index = static_cast<std::uint64_t>((address.offset - first) / size) + world.machine.argument_count;
    return world.terms.term({Kind::kParameter, 0, 0, 0, 0, index});
  }
  return world.terms.loaded(address, width);
}

void TermState::store(const TermWorld& world, const Term& address, std::uint8_t width, const Term& value) {
  if (!address.known() || width == 0) return;
  std::size_t at = cell_at(address.root, address.offset);
  if (at > 0 && cells_[at - 1].root == address.root && cells_[at - 1].offset + cells_[at - 1].width > address.offset) {
    // What is left of a cell that is overwritten from its middle on.
    Cell& before = cells_[at - 1];
    before.width = static_cast<std::uint8_t>(address.offset - before.offset);
    before.value = before.value.is_number() ? Term::number(before.value.offset, before.width) : Term{};
  }
  std::size_t end = at;
  while (end < cells_.size() && cells_[end].root == address.root && cells_[end].offset < address.offset + width) ++end;
  const Cell cell{address.root, width, address.offset, value.is_number() ? Term::number(value.offset, width) : value};
  if (end > at) {
    cells_[at] = cell;
    cells_.erase(cells_.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                 cells_.begin() + static_cast<std::ptrdiff_t>(end));
  } else if (cells_.size() < kMostCells) {
    cells_.insert(cells_.begin() + static_cast<std::ptrdiff_t>(at), cell);
  }
  if (world.seen != nullptr && width == world.machine.pointer_size && value.known() && !value.is_number()) {
    std::vector<Term>& places = (*world.seen)[value];
    if (places.size() < kMostSeen && std::find(places.begin(), places.end(), address) == places.end())
      places.push_back(address);
  }
}

Term TermState::read(const TermWorld& world, const Operand& operand) const {
  if (operand.is_immediate()) return Term::number(static_cast<std::uint64_t>(operand.value));
  if (operand.is_register()) {
    const Term& held = (*this)[operand.reg];
    if (held.is_number()) return Term::number(held.offset, operand.width);
    return operand.width >= 4 || world.terms.is_truth(held) ? held : world.terms.part(held, operand.width);
  }
  if (!operand.is_memory()) return {};
  const Term address = address_of(world, operand);
  const Term value = load(world, address, operand.width);
  if (world.seen != nullptr && operand.width == world.machine.pointer_size && value.known() && !value.is_number()) {
    std::vector<Term>& places = (*world.seen)[value];
    if (places.size() < kMostSeen && std::find(places.begin(), places.end(), address) == places.end())
      places.push_back(address);
  }
  return value;
}

Term TermState::argument(const TermWorld& world, std::size_t index) const {
  const Machine& machine = world.machine;
  if (index < machine.argument_count) return (*this)[machine.arguments[index]];
  const auto place = static_cast<std::int64_t>((index - machine.argument_count) * machine.pointer_size);
  return load(world, (*this)[machine.stack_pointer].plus(machine.stack_arguments + place), machine.pointer_size);
}

void TermState::forget_scratch(const TermWorld& world) {
  for (Register reg = 0; reg < kRegisterCount; ++reg) {
    if (!world.machine.preserves(reg) && reg != world.machine.stack_pointer) registers_[reg] = {};
  }
  if (world.image.toc != 0) set(world.machine.toc, Term::number(world.image.toc));
  vectors_.clear();
  compared_ = {};
}

void TermState::forget_handed_over(const TermWorld& world, std::uint64_t call, Chain chain, std::size_t arguments) {
  for (std::size_t i = 0; i < arguments; ++i) {
    const Term handed = argument(world, i);
    if (!handed.known() || handed.is_number()) continue;
    if (handed.is_stack()) {
      for (int word = 0; word < kWordsLeft; ++word) {
        const Term at = handed.plus(word * world.machine.pointer_size);
        store(world, at, world.machine.pointer_size,
              world.terms.term({Kind::kLeft, 0, at.root, chain, at.offset, call}));
      }
    } else if (i == 0) {
      for (std::size_t c = cell_at(handed.root, handed.offset); c < cells_.size(); ++c) {
        Cell& cell = cells_[c];
        if (cell.root != handed.root || cell.offset >= handed.offset + kWordsLeft * kWord) break;
        cell.value = world.terms.term({Kind::kLeft, 0, cell.root, chain, cell.offset, call});
      }
    }
  }
}

void TermState::come_back_from(const TermWorld& world, TermState&& inner) {
  cells_ = std::move(inner.cells_);
  vectors_ = std::move(inner.vectors_);
  compared_ = {};
  for (Register reg = 0; reg < kRegisterCount; ++reg) {
    if (!world.machine.preserves(reg) && reg != world.machine.stack_pointer) registers_[reg] = inner.registers_[reg];
  }
  const Term& frame = (*this)[world.machine.stack_pointer];
  if (!frame.is_stack()) return;
  const std::size_t first = cell_at(frame.root, std::numeric_limits<std::int64_t>::min());
  const std::size_t end = cell_at(frame.root, frame.offset);
  cells_.erase(cells_.begin() + static_cast<std::ptrdiff_t>(first), cells_.begin() + static_cast<std::ptrdiff_t>(end));
}

void TermState::join_cells(const TermWorld& world, const TermState& other, std::uint64_t place, Chain chain,
                           bool& changed) {
  if (cells_ == other.cells_) return;
  const auto has_root = [](const std::vector<Cell>& cells, Root root) {
    const auto found = std::lower_bound(cells.begin(), cells.end(), root,
                                        [](const Cell& cell, Root wanted) { return cell.root < wanted; });
    return found != cells.end() && found->root == root;
  };
  const auto met = [&](const Cell& cell) {
    Cell joined = cell;
    const RootOf wanted{Kind::kMet, 1, cell.root, chain, cell.offset, place};
    if (cell.value.offset != 0 || !(world.terms.of(cell.value) == wanted)) joined.value = world.terms.term(wanted);
    return joined;
  };
  const auto same_place = [](const Cell& a, const Cell& b) { return a.root == b.root && a.offset == b.offset; };
  if (std::equal(cells_.begin(), cells_.end(), other.cells_.begin(), other.cells_.end(), same_place)) {
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (cells_[i] == other.cells_[i]) continue;
      const Cell joined = met(cells_[i]);
      changed |= !(joined == cells_[i]);
      cells_[i] = joined;
    }
    return;
  }
  std::vector<Cell> joined;
  joined.reserve(std::max(cells_.size(), other.cells_.size()));
  auto a = cells_.begin();
  auto b = other.cells_.begin();
  const auto key = [](const Cell& cell) { return std::pair(cell.root, cell.offset); };
  while (a != cells_.end() || b != other.cells_.end()) {
    if (b == other.cells_.end() || (a != cells_.end() && key(*a) < key(*b))) {
      // Memory that only one way has allocated is as that way left it.
      const bool alone = world.terms.of(a->root).kind == Kind::kHeap && !has_root(other.cells_, a->root);
      joined.push_back(alone ? *a : met(*a));
      changed |= !(joined.back() == *a);
      ++a;
    } else if (a == cells_.end() || key(*b) < key(*a)) {
      const bool alone = world.terms.of(b->root).kind == Kind::kHeap && !has_root(cells_, b->root);
      joined.push_back(alone ? *b : met(*b));
      changed = true;
      ++b;
    } else {
      joined.push_back(*a == *b ? *a : met(*a));
      changed |= !(joined.back() == *a);
      ++a;
      ++b;
    }
  }
  cells_ = std::move(joined);
}

bool TermState::disagrees(const TermState& other) const {
  const auto truth = [](const Term& term) { return term == Term::number(0) || term == Term::number(1); };
  for (Register reg = 0; reg < kRegisterCount; ++reg) {
    if (truth(registers_[reg]) && truth(other.registers_[reg]) && registers_[reg] != other.registers_[reg]) return true;
  }
  return false;
}

bool TermState::meet(const TermWorld& world, const TermState& other, std::uint64_t place, Chain chain) {
  bool changed = false;
  for (Register reg = 0; reg < kRegisterCount; ++reg) {
    if (registers_[reg] == other.registers_[reg]) continue;
    const RootOf& held = world.terms.of(registers_[reg]);
    if (held == RootOf{Kind::kMet, 0, 0, chain, reg, place} && registers_[reg].offset == 0) continue;
    registers_[reg] = world.terms.term({Kind::kMet, 0, 0, chain, reg, place});
    changed = true;
  }
  join_cells(world, other, place, chain, changed);
  const std::size_t vectors = vectors_.size();
  std::erase_if(vectors_, [&](const Vector& vector) {
    return std::find(other.vectors_.begin(), other.vectors_.end(), vector) == other.vectors_.end();
  });
  changed |= vectors_.size() != vectors;
  // The branch counts, not the values, which widen when a loop comes round.
  const std::size_t equalities = equalities_.size();
  std::erase_if(equalities_, [&](const Equality& mine) {
    return std::none_of(other.equalities_.begin(), other.equalities_.end(), [&](const Equality& theirs) {
      return theirs.branch == mine.branch && theirs.chain == mine.chain;
    });
  });
  changed |= equalities_.size() != equalities;
  for (Equality& mine : equalities_) {
    for (const Equality& theirs : other.equalities_) {
      if (theirs.branch == mine.branch && theirs.chain == mine.chain) mine = theirs;
    }
  }
  if (!(compared_ == other.compared_) && compared_.kind != Compared::Kind::kNothing) {
    compared_ = {};
    changed = true;
  }
  return changed;
}

}  // namespace abicheck
