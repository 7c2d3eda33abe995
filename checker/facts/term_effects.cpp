// What instructions make of what is known, and what their flags tell.
#include <algorithm>

#include "facts/term_state.h"

namespace abicheck {

namespace {

constexpr std::uint8_t kMostStored = 8;  // bytes of a register that are stored at once

using Kind = RootOf::Kind;

std::int64_t sign_extended(std::uint64_t value, std::uint8_t width) {
  if (width == 0 || width >= 8) return static_cast<std::int64_t>(value);
  const int unused = 8 * (8 - width);
  return static_cast<std::int64_t>(value << unused) >> unused;
}

Term opposite(Terms& terms, const Term& equal) {
  RootOf other = terms.of(equal);
  other.width = static_cast<std::uint8_t>(1 - other.width);
  return terms.term(other);
}

}  // namespace

Term TermState::arithmetic(const TermWorld& world, const Instruction& one, Chain chain) const {
  const Term left = read(world, one.operands[0]);
  const Term right = read(world, one.operands[1]);
  const std::uint8_t width = one.operands[0].width;
  const auto unknown = [&] { return world.terms.computed(one.address, chain); };
  const bool numbers = left.is_number() && right.is_number();
  const std::uint64_t a = left.bits();
  const std::uint64_t b = right.bits();
  const auto made = [&](std::uint64_t n) { return Term::number(static_cast<std::int64_t>(n), width); };
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
      return world.terms.term({Kind::kDifference, 0, left.root, right.root, left.offset, right.bits()});
    case Arithmetic::kMultiply:
      return numbers ? made(a * b) : unknown();
    case Arithmetic::kAnd:
      if (right == Term::number(1) && world.terms.is_truth(left)) return left;
      return numbers ? made(a & b) : unknown();
    case Arithmetic::kOr:
      return numbers ? made(a | b) : unknown();
    case Arithmetic::kXor:
      if (right == Term::number(1) && world.terms.is_truth(left)) return opposite(world.terms, left);
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
      if (value.is_number() && one.sign_extends) return Term::number(sign_extended(value.bits(), from.width), to.width);
      if (value.is_number()) return Term::number(value.offset, to.width);
      if (world.terms.is_truth(value)) return value;
      if (to.width < 4) return unknown();
      return narrow ? world.terms.part(value, from.width) : value;
    }
    case Operation::kPage:
    case Operation::kLea: {
      const Term value = address_of(world, from);
      if (!value.known()) return unknown();
      return value.is_number() ? Term::number(value.offset, to.width) : value;
    }
    case Operation::kAdd: {
      const Term value = read(world, to);
      const Term added = read(world, from);
      if (!value.known() || !added.is_number()) return unknown();
      const Term sum = value.plus(added.offset);
      return sum.is_number() ? Term::number(sum.offset, to.width) : sum;
    }
    case Operation::kInsert: {
      if (!from.is_immediate() || (!old.is_number() && (from.width < 4 || from.shift != 0))) return unknown();
      if (!old.is_number()) return Term::number(from.value, 4);
      const std::uint64_t mask = (from.width >= 4 ? 0xffffffffu : std::uint64_t{0xffff}) << from.shift;
      return Term::number((old.bits() & ~mask) | (static_cast<std::uint64_t>(from.value) << from.shift & mask));
    }
    case Operation::kOr:
    case Operation::kXor: {
      const Term& held = (*this)[from.reg];
      if (one.operation == Operation::kXor && from.value == 1 && world.terms.is_truth(held))
        return opposite(world.terms, held);
      if (!held.is_number()) return unknown();
      const auto mask = static_cast<std::uint64_t>(from.value);
      const std::uint64_t made = one.operation == Operation::kOr ? held.bits() | mask : held.bits() ^ mask;
      return Term::number(static_cast<std::int64_t>(made), to.width);
    }
    case Operation::kZero:
      return Term::number(0);
    case Operation::kOnes:
      return Term::number(-1, to.width);
    case Operation::kSet: {
      const auto set = holds(world, one);
      if (set) return Term::number(*set ? 1 : 0);
      const bool equal = one.condition == Condition::kEqual;
      if ((!equal && one.condition != Condition::kNotEqual) || compared_.kind != Compared::Kind::kCompare)
        return unknown();
      const auto& [left, right] = std::pair(compared_.left, compared_.right);
      if (!left.known() || !right.known()) return unknown();
      if (right == Term::number(0) && world.terms.is_truth(left)) {  // the opposite of another
        return equal ? opposite(world.terms, left) : left;
      }
      return world.terms.term(
          {Kind::kEqual, static_cast<std::uint8_t>(equal ? 1 : 0), left.root, right.root, left.offset, right.bits()});
    }
    case Operation::kCompare:
    case Operation::kTest:
    case Operation::kOther:
      return arithmetic(world, one, chain);
    default:
      return unknown();
  }
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
        store(world, address, std::min(to.width, kMostStored), value);
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
    return {Compared::Kind::kCompare, to.width, read(world, to), Term::number(-added.offset, to.width)};
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
  const std::uint64_t x = c.left.bits(c.width);
  const std::uint64_t y = c.right.bits(c.width);
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
  if (world.terms.is_truth(left) && (right == Term::number(0) || tested)) {
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

}  // namespace abicheck
