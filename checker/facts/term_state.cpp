#include "facts/term_state.h"

#include <algorithm>
#include <limits>

namespace abicheck {

namespace {

constexpr std::size_t kMostCells = 600;
constexpr std::size_t kMostSeen = 30;
constexpr std::int64_t kWord = 8;
constexpr std::size_t kLane = 8;  // bytes of half a vector register
constexpr int kWordsLeft = 3;     // of what a call is handed the address of: a vector, a string

using Kind = RootOf::Kind;

std::uint64_t truncated(std::uint64_t value, std::uint8_t width) {
  return width != 0 && width < 8 ? value & ((std::uint64_t{1} << 8 * width) - 1) : value;
}

std::int64_t sign_extended(std::uint64_t value, std::uint8_t width) {
  if (width == 0 || width >= 8) return static_cast<std::int64_t>(value);
  const int unused = 8 * (8 - width);
  return static_cast<std::int64_t>(value << unused) >> unused;
}

Term number(std::int64_t n, std::uint8_t width) {
  return Term::number(truncated(static_cast<std::uint64_t>(n), width));
}

std::uint64_t bits(const Term& number) {
  return static_cast<std::uint64_t>(number.offset);
}

Term opposite(Terms& terms, const Term& equal) {
  RootOf other = terms.of(equal);
  other.width = static_cast<std::uint8_t>(1 - other.width);
  return terms.term(other);
}

bool is_truth(const Terms& terms, const Term& term) {
  return term.offset == 0 && terms.is(term, RootOf::Kind::kEqual);
}

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
      sum = sum.plus(static_cast<std::int64_t>(bits(index) << operand.shift));
    } else if (sum.is_number() && operand.shift == 0) {
      sum = index.plus(sum.offset);
    } else {
      return {};
    }
  }
  sum = sum.plus(operand.value);
  return sum.is_number() ? number(sum.offset, world.machine.pointer_size) : sum;
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
    const auto member = world.members.find(bits(address));
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
      if (cell.value.is_number()) return number(static_cast<std::int64_t>(bits(cell.value) >> 8 * lower), width);
      return lower == 0 ? world.terms.part(cell.value, width) : Term{};
    }
  }
  if (address.is_number()) {
    if (const Relocation* relocation = world.image.relocation_at(bits(address))) {
      if (width != size) return {};
      if (const auto own = world.image.pointer_at(bits(address))) return Term::number(*own);
      return relocation->symbol ? world.terms.term({Kind::kSymbol, 0, 0, 0, 0, bits(address)}) : Term{};
    }
    if (width == 4 && world.machine.literals_in_code && world.image.is_code(bits(address))) {
      if (const auto literal = world.image.read_u32(bits(address))) return Term::number(*literal);
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
    before.value = before.value.is_number() ? number(before.value.offset, before.width) : Term{};
  }
  std::size_t end = at;
  while (end < cells_.size() && cells_[end].root == address.root && cells_[end].offset < address.offset + width) ++end;
  const Cell cell{address.root, width, address.offset, value.is_number() ? number(value.offset, width) : value};
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
    if (held.is_number()) return number(held.offset, operand.width);
    return operand.width >= 4 || is_truth(world.terms, held) ? held : world.terms.part(held, operand.width);
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

Term TermState::arithmetic(const TermWorld& world, const Instruction& one, Chain chain) const {
  const Term left = read(world, one.operands[0]);
  const Term right = read(world, one.operands[1]);
  const std::uint8_t width = one.operands[0].width;
  const auto unknown = [&] { return world.terms.computed(one.address, chain); };
  const bool numbers = left.is_number() && right.is_number();
  const std::uint64_t a = bits(left);
  const std::uint64_t b = bits(right);
  const auto made = [&](std::uint64_t n) { return Term::number(truncated(n, width)); };
  switch (one.arithmetic) {
    case Arithmetic::kAdd:
      if (numbers) return made(a + b);
      if (right.is_number() && left.known()) return left.plus(sign_extended(b, width));
      if (left.is_number() && right.known()) return right.plus(sign_extended(a, width));
      return unknown();
    case Arithmetic::kSubtract:
      if (numbers) return made(a - b);
      if (right.is_number() && left.known()) return left.plus(-sign_extended(b, width));
      if (left.known() && left.root == right.root) return made(a - b);
      if (!left.known() || !right.known()) return unknown();
      return world.terms.term({Kind::kDifference, 0, left.root, right.root, left.offset, bits(right)});
    case Arithmetic::kMultiply:
      return numbers ? made(a * b) : unknown();
    case Arithmetic::kAnd:
      if (right == Term::number(1) && is_truth(world.terms, left)) return left;
      return numbers ? made(a & b) : unknown();
    case Arithmetic::kOr:
      return numbers ? made(a | b) : unknown();
    case Arithmetic::kXor:
      if (right == Term::number(1) && is_truth(world.terms, left)) return opposite(world.terms, left);
      return numbers ? made(a ^ b) : unknown();
    case Arithmetic::kShiftLeft:
      return numbers ? made(a << (b & 63)) : unknown();
    case Arithmetic::kShiftRight:
      if (numbers) return made(a >> (b & 63));
      if (world.terms.is(left, Kind::kDifference) && right.is_number())
        return world.terms.term({Kind::kShifted, static_cast<std::uint8_t>(b), left.root, 0, left.offset, 0});
      return unknown();
    case Arithmetic::kNone:
      return unknown();
  }
  return unknown();
}

Term TermState::result_of(const TermWorld& world, const Instruction& one, Chain chain) {
  const auto& [to, from] = one.operands;
  const auto unknown = [&] { return world.terms.computed(one.address, chain); };
  const Term& old = (*this)[one.written];
  switch (one.operation) {
    case Operation::kMove: {
      Term value = read(world, from);
      if (!value.known()) return unknown();
      const bool narrow = from.width != 0 && from.width < to.width && !from.is_immediate();
      if (value.is_number() && one.sign_extends) return number(sign_extended(bits(value), from.width), to.width);
      if (value.is_number()) return number(value.offset, to.width);
      if (is_truth(world.terms, value)) return value;
      if (to.width < 4) return unknown();
      return narrow ? world.terms.part(value, from.width) : value;
    }
    case Operation::kPage:
    case Operation::kLea: {
      const Term value = address_of(world, from);
      if (!value.known()) return unknown();
      return value.is_number() ? number(value.offset, to.width) : value;
    }
    case Operation::kAdd: {
      const Term value = read(world, to);
      const Term added = read(world, from);
      if (!value.known() || !added.is_number()) return unknown();
      const Term sum = value.plus(added.offset);
      return sum.is_number() ? number(sum.offset, to.width) : sum;
    }
    case Operation::kInsert: {
      if (!from.is_immediate() || (!old.is_number() && (from.width < 4 || from.shift != 0))) return unknown();
      if (!old.is_number()) return number(from.value, 4);
      const std::uint64_t mask = (from.width >= 4 ? 0xffffffffu : std::uint64_t{0xffff}) << from.shift;
      return Term::number((bits(old) & ~mask) | (static_cast<std::uint64_t>(from.value) << from.shift & mask));
    }
    case Operation::kOr:
    case Operation::kXor: {
      const Term& held = (*this)[from.reg];
      if (one.operation == Operation::kXor && from.value == 1 && is_truth(world.terms, held))
        return opposite(world.terms, held);
      if (!held.is_number()) return unknown();
      const auto mask = static_cast<std::uint64_t>(from.value);
      return Term::number(truncated(one.operation == Operation::kOr ? bits(held) | mask : bits(held) ^ mask, to.width));
    }
    case Operation::kZero:
      return Term::number(0);
    case Operation::kOnes:
      return number(-1, to.width);
    case Operation::kSet: {
      const auto set = holds(world, one);
      if (set) return Term::number(*set ? 1 : 0);
      const bool equal = one.condition == Condition::kEqual;
      if ((!equal && one.condition != Condition::kNotEqual) || compared_.kind != Compared::Kind::kCompare)
        return unknown();
      const auto& [left, right] = std::pair(compared_.left, compared_.right);
      if (!left.known() || !right.known()) return unknown();
      if (right == Term::number(0) && is_truth(world.terms, left)) {  // the opposite of another
        return equal ? opposite(world.terms, left) : left;
      }
      return world.terms.term(
          {Kind::kEqual, static_cast<std::uint8_t>(equal ? 1 : 0), left.root, right.root, left.offset, bits(right)});
    }
    case Operation::kCompare:
    case Operation::kTest:
    case Operation::kOther:
      return arithmetic(world, one, chain);
    default:
      return unknown();
  }
}

// Word `part` of a lane.
Term TermState::lane(const TermWorld& world, const Instruction& one, const Lane& from, std::size_t part) const {
  const std::uint8_t size = world.machine.pointer_size;
  switch (from.from) {
    case Lane::From::kUnknown:
      return {};
    case Lane::From::kZero:
      return Term::number(0);
    case Lane::From::kGeneral:
      return part == 0 ? (*this)[from.reg] : Term::number(0);
    case Lane::From::kLow:
    case Lane::From::kHigh:
      for (const Vector& vector : vectors_) {
        if (vector.reg == from.reg) return vector.words[(from.from == Lane::From::kHigh ? kLane / size : 0) + part];
      }
      return {};
    case Lane::From::kMemory:
    case Lane::From::kMemoryNext: {
      Operand word = one.operands[0].is_memory() ? one.operands[0] : one.operands[1];
      if (!word.is_memory()) return {};
      word.width = size;
      word.value += static_cast<std::int64_t>(part) * size;
      if (from.from == Lane::From::kMemoryNext) word.value += kLane;
      return read(world, word);
    }
  }
  return {};
}

// What is moved from memory to memory, or zeroed, more than a word at a time.
void TermState::move_words(const TermWorld& world, const Instruction& one) {
  const std::uint8_t size = world.machine.pointer_size;
  Operand from = one.operands[1];
  if (from.is_memory()) from.width = size;
  const Term address = address_of(world, one.operands[0]);
  const std::uint8_t width = one.operands[0].width;
  std::vector<Term> words;
  for (std::size_t at = 0; at + size <= width; at += size) {
    words.push_back(read(world, from));
    if (from.is_memory()) from.value += size;
  }
  std::int64_t at = 0;
  for (const Term& word : words) {
    store(world, address.plus(at), size, word);
    at += size;
  }
  store(world, address.plus(at), static_cast<std::uint8_t>(width - at), {});
}

// Of two vector registers one after the other.
void TermState::apply_vectors(const TermWorld& world, const Instruction& one) {
  if (one.paired_vector == kNoRegister) return apply_vector(world, one);
  Instruction half = one;
  Operand& memory = half.operands[half.operands[0].is_memory() ? 0 : 1];
  memory.width = static_cast<std::uint8_t>(memory.width / 2);
  apply_vector(world, half);
  memory.value += memory.width;
  if (half.vector != kNoRegister) half.vector = one.paired_vector;
  for (Lane& lane : half.lanes) {
    if (lane.reg != kNoRegister) lane.reg = one.paired_vector;
  }
  apply_vector(world, half);
}

void TermState::apply_vector(const TermWorld& world, const Instruction& one) {
  const std::uint8_t size = world.machine.pointer_size;
  Vector moved{one.vector, {}};
  const std::size_t count = 2 * kLane / size;
  for (std::size_t i = 0; i < count; ++i)
    moved.words[i] = lane(world, one, one.lanes[i * size / kLane], i % (kLane / size));
  if (one.vector != kNoRegister) {
    std::erase_if(vectors_, [&](const Vector& vector) { return vector.reg == one.vector; });
    const bool known =
        std::any_of(moved.words.begin(), moved.words.end(), [](const Term& word) { return word.known(); });
    if (known) vectors_.push_back(moved);
    return;
  }
  const Operand& to = one.operands[0];
  if (to.is_register()) return set(one.written, moved.words[0]);
  const Term address = address_of(world, to);
  const auto is_zero = [](const Term& word) { return word == Term::number(0); };
  const Term beyond =
      std::all_of(moved.words.begin(), moved.words.begin() + static_cast<std::ptrdiff_t>(count), is_zero)
          ? Term::number(0)
          : Term{};
  for (std::size_t i = 0; (i + 1) * size <= to.width; ++i)
    store(world, address.plus(static_cast<std::int64_t>(i * size)), size, i < count ? moved.words[i] : beyond);
  if (to.width < size) store(world, address, to.width, {});
}

void TermState::apply(const TermWorld& world, const Instruction& one, Chain chain) {
  const auto& [to, from] = one.operands;
  const Register sp = world.machine.stack_pointer;
  if (one.clobbers_all) {
    const Term stack = (*this)[sp];
    registers_.fill({});
    set(sp, stack);
    vectors_.clear();
    compared_ = {};
    return;
  }
  if (one.operation == Operation::kPush) {
    const Term pushed = read(world, to);
    set(sp, (*this)[sp].plus(one.adjustment));
    return store(world, (*this)[sp], world.machine.pointer_size, pushed);
  }
  const bool moves_vectors = one.vector != kNoRegister || one.lanes[0].from != Lane::From::kUnknown ||
                             one.lanes[1].from != Lane::From::kUnknown;
  if (moves_vectors) {
    apply_vectors(world, one);
    if (one.adjusted != kNoRegister) set(one.adjusted, (*this)[one.adjusted].plus(one.adjustment));
    return;
  }
  if (one.clobbers_vectors) vectors_.clear();
  Compared compared = compared_by(world, one);
  compared.flags = one.flags;
  compared.constant = from.is_immediate();
  Term result;
  if (one.operation == Operation::kPop) {
    result = load(world, (*this)[sp], world.machine.pointer_size);
  } else if (one.written != kNoRegister) {
    result = one.conditional ? world.terms.computed(one.address, chain) : result_of(world, one, chain);
  }
  const bool compares_what_it_writes =
      one.sets_flags && (one.operation == Operation::kMove || one.operation == Operation::kLea);
  if (compares_what_it_writes) compared = {Compared::Kind::kCompare, to.width, result, Term::number(0), one.flags};
  Term second;
  if (one.operation == Operation::kMove && one.paired.kind != Operand::Kind::kNone) {
    Operand behind = to.is_memory() ? to : from;
    behind.value += behind.width;
    if (to.is_memory()) {
      store(world, address_of(world, behind), behind.width, read(world, one.paired));
    } else {
      second = read(world, behind);
    }
  }
  if (to.is_memory() && !one.clobbers_memory) {
    const Term address = address_of(world, to);
    switch (one.operation) {
      case Operation::kMove:
        if (to.width > world.machine.pointer_size && !one.conditional) {
          move_words(world, one);
        } else {
          store(world, address, to.width, one.conditional ? Term{} : read(world, from));
        }
        break;
      case Operation::kAdd:
      case Operation::kOther:
      case Operation::kInsert:
      case Operation::kOr:
      case Operation::kOnes:
      case Operation::kPop:
      case Operation::kSet: {
        const Term value = one.operation == Operation::kPop ? result : result_of(world, one, chain);
        store(world, address, std::min<std::uint8_t>(to.width, kWord), value);
        break;
      }
      default:
        break;
    }
  }
  if (one.clobbers_memory) {
    const Term address = to.is_memory() ? address_of(world, to) : Term{};
    std::erase_if(cells_, [&](const Cell& cell) { return !address.known() || cell.root == address.root; });
  }
  if (one.adjusted != kNoRegister) set(one.adjusted, (*this)[one.adjusted].plus(one.adjustment));
  set(one.written, result);
  set(one.also_written, second);
  for (Register reg = 0; one.written_set >> reg != 0; ++reg) {
    if ((one.written_set >> reg & 1) != 0) set(reg, {});
  }
  const bool may_compare = one.operation == Operation::kOther || one.operation == Operation::kTest;
  if (compared.kind != Compared::Kind::kNothing || may_compare) compared_ = compared;
}

// What flags tell behind `one`, from the values in front of it.
TermState::Compared TermState::compared_by(const TermWorld& world, const Instruction& one) const {
  const auto& [to, from] = one.operands;
  if (one.compares()) return {Compared::Kind::kCompare, to.width, read(world, to), read(world, from)};
  const bool ands = one.arithmetic == Arithmetic::kNone || one.arithmetic == Arithmetic::kAnd;
  if (one.operation == Operation::kTest && !ands) return {};
  if (one.operation == Operation::kTest) return {Compared::Kind::kTest, to.width, read(world, to), read(world, from)};
  if (one.operation == Operation::kAdd && one.sets_flags) {
    const Term added = read(world, from);
    if (!added.is_number()) return {};
    return {Compared::Kind::kCompare, to.width, read(world, to), number(-added.offset, to.width)};
  }
  if (!world.machine.compares_results) return {};
  if (one.arithmetic == Arithmetic::kSubtract)
    return {Compared::Kind::kCompare, to.width, read(world, to), read(world, from)};
  if (one.arithmetic == Arithmetic::kAnd) return {Compared::Kind::kTest, to.width, read(world, to), read(world, from)};
  return {};
}

std::optional<bool> TermState::holds(const TermWorld& world, const Instruction& one) {
  if (one.compares()) {
    compared_ = compared_by(world, one);
    compared_.flags = one.flags;
    compared_.constant = one.operands[1].is_immediate();
  }
  const Compared& c = compared_;
  if (c.flags != one.flags) return std::nullopt;
  const bool asks_equal = one.condition == Condition::kEqual || one.condition == Condition::kNotEqual;
  const auto equal = [&](bool is) { return std::optional(is == (one.condition == Condition::kEqual)); };
  if (c.kind == Compared::Kind::kNothing || !c.left.known() || !c.right.known()) return std::nullopt;
  const bool numbers = c.left.is_number() && c.right.is_number();
  const std::uint64_t x = truncated(bits(c.left), c.width);
  const std::uint64_t y = truncated(bits(c.right), c.width);
  if (c.kind == Compared::Kind::kTest) return numbers && asks_equal ? equal((x & y) == 0) : std::optional<bool>();
  const std::uint64_t sign = std::uint64_t{1} << (8 * std::max<std::uint8_t>(c.width, 1) - 1);
  if (numbers) {
    if (asks_equal) return equal(x == y);
    if ((x & sign) != 0 || (y & sign) != 0) return std::nullopt;  // signed and unsigned orders are one condition
    switch (one.condition) {
      case Condition::kBelow:
        return x < y;
      case Condition::kAboveEqual:
        return x >= y;
      case Condition::kBelowEqual:
        return x <= y;
      case Condition::kAbove:
        return x > y;
      case Condition::kNegative:
        return x < y;
      case Condition::kNotNegative:
        return x >= y;
      default:
        return std::nullopt;
    }
  }
  if (c.left.root == c.right.root) {
    if (asks_equal) return equal(c.left.offset == c.right.offset);
    return std::nullopt;
  }
  if (!asks_equal) return std::nullopt;
  if (world.guards_set && c.right == Term::number(0)) {
    Term guard = c.left;
    while (world.terms.is(guard, Kind::kPart)) guard = {world.terms.of(guard).base, world.terms.of(guard).offset};
    const RootOf& from = world.terms.of(guard);
    if (from.kind == Kind::kLoad && from.width == 1 && Term{from.base, 0}.is_number()) return equal(false);
  }
  // Memory of its own is no other memory and not at a number.
  const auto own = [&](const Term& term) { return term.is_stack() || world.terms.is(term, Kind::kHeap); };
  const bool apart = (own(c.left) && (own(c.right) || c.right.is_number())) || (own(c.right) && c.left.is_number());
  return c.width == world.machine.pointer_size && apart ? equal(false) : std::optional<bool>();
}

void TermState::note_branch(const TermWorld& world, const Instruction& one, bool taken, Chain chain) {
  if (one.condition != Condition::kEqual && one.condition != Condition::kNotEqual) return;
  std::erase_if(equalities_, [&](const Equality& e) { return e.branch == one.address && e.chain == chain; });
  if (one.flags != compared_.flags) return;
  bool equal = (one.condition == Condition::kEqual) == taken;
  Term left = compared_.left;
  Term right = compared_.right;
  // A truth that is compared with 0, or tested by itself.
  const bool tested = compared_.kind == Compared::Kind::kTest && right == Term::number(1);
  if (is_truth(world.terms, left) && (right == Term::number(0) || tested)) {
    const Term truth = left;
    // `equal` says so far whether the truth is 0, which is known from here on (or, of bits, that they are).
    for (Term& reg : registers_) {
      if (reg == truth) reg = Term::number(equal ? 0 : 1);
    }
    equal = equal == (world.terms.of(left).width == 0);
    right = world.terms.right_of(compared_.left);
    left = world.terms.left_of(compared_.left);
  } else if (compared_.kind != Compared::Kind::kCompare) {
    return;
  }
  if (!equal) return;
  const auto at =
      std::find_if(equalities_.begin(), equalities_.end(), [&](const Equality& e) { return e.branch > one.address; });
  const bool constant = compared_.constant && compared_.left == left && right.is_number();
  equalities_.insert(at, {one.address, chain, left, right, constant});
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
