// Thumb-2 (Arm Architecture Reference Manual for ARMv7-A and ARMv7-R, section A6).
#include <bit>

#include "base/bytes.h"
#include "disasm/arm.h"

namespace abicheck::arm {

namespace {

std::int64_t sign_extended(std::uint32_t value, int bits) {
  const int above = 32 - bits;
  return static_cast<std::int32_t>(value << above) >> above;
}

// A6.3.2, ThumbExpandImm().
std::uint32_t expanded(std::uint32_t imm12) {
  const std::uint32_t byte = imm12 & 0xff;
  if (imm12 >> 10 == 0) {
    switch (imm12 >> 8) {
      case 0:
        return byte;
      case 1:
        return byte << 16 | byte;
      case 2:
        return byte << 24 | byte << 8;
      default:
        return byte * 0x01010101;
    }
  }
  return std::rotr((imm12 & 0x7f) | 0x80, static_cast<int>(imm12 >> 7));
}

class Narrow {
 public:
  Narrow(std::uint32_t half, std::uint64_t address, bool in_block)
      : half_(half), address_(address), flags_(!in_block), out_(address, 2, address + 4) {}

  Builder& read() {
    switch (field(half_, 15, 12)) {
      case 0:
      case 1:
        shift_or_add();
        break;
      case 2:
      case 3:
        with_number();
        break;
      case 4:
        registers_or_literal();
        break;
      case 5:
        register_offset();
        break;
      case 6:
      case 7:
      case 8:
      case 9:
        fixed_offset();
        break;
      case 10:
        out_.add(at(10, 8), bit(half_, 11) ? kSp : kPc, field(half_, 7, 0) * 4, false);
        break;
      case 11:
        miscellaneous();
        break;
      case 12:
        bit(half_, 11) ? out_.load_many(at(10, 8), list(), false, (list() >> at(10, 8) & 1) == 0)
                       : out_.store_many(at(10, 8), list(), false, true);
        break;
      case 13:
        conditional_branch();
        break;
      default:
        out_.branch(Operation::kJump, pc() + static_cast<std::uint64_t>(sign_extended(field(half_, 10, 0), 11) * 2));
    }
    return out_;
  }

 private:
  Register at(int high, int low) const { return static_cast<Register>(field(half_, high, low)); }
  std::uint32_t list() const { return field(half_, 7, 0); }
  std::uint64_t pc() const { return address_ + 4; }

  void shift_or_add() {
    if (field(half_, 12, 11) != 3) {
      const bool moves = field(half_, 12, 6) == 0;
      if (moves) return out_.move(at(2, 0), whole(at(5, 3)), flags_);
      return out_.compute(at(2, 0), left_or_right(), at(5, 3), number(field(half_, 10, 6)), flags_);
    }
    const bool subtracts = bit(half_, 9);
    if (bit(half_, 10)) {
      const std::int64_t value = field(half_, 8, 6);
      out_.add(at(2, 0), at(5, 3), subtracts ? -value : value, flags_);
    } else if (!subtracts) {
      out_.add(at(2, 0), at(5, 3), at(8, 6), 0, flags_);
    } else if (flags_) {
      out_.compare_and_write(at(2, 0), at(5, 3), whole(at(8, 6)));
    } else {
      out_.compute(at(2, 0), Arithmetic::kSubtract, at(5, 3), whole(at(8, 6)));
    }
  }

  Arithmetic left_or_right() const {
    return field(half_, 12, 11) == 0 ? Arithmetic::kShiftLeft : Arithmetic::kShiftRight;
  }

  void with_number() {
    const std::int64_t value = field(half_, 7, 0);
    const Register reg = at(10, 8);
    switch (field(half_, 12, 11)) {
      case 0:
        return out_.move(reg, number(value), flags_);
      case 1:
        return out_.compare(reg, number(value));
      case 2:
        return out_.add(reg, reg, value, flags_);
      default:
        return out_.add(reg, reg, -value, flags_);
    }
  }

  void registers_or_literal() {
    if (bit(half_, 11)) return out_.load(at(10, 8), out_.memory(kPc, field(half_, 7, 0) * 4, 4), false);
    if (!bit(half_, 10)) return two_registers();
    const Register to = static_cast<Register>(at(2, 0) | (bit(half_, 7) ? 8 : 0));
    const Register from = at(6, 3);
    switch (field(half_, 9, 8)) {
      case 0:
        return out_.add(to, to, from, 0, false);
      case 1:
        return out_.compare(to, whole(from));
      case 2:
        return out_.move(to, whole(from), false);
      default:
        return bit(half_, 7) ? out_.call(from) : out_.jump(from);
    }
  }

  void two_registers() {
    const Register to = at(2, 0);
    const Register from = at(5, 3);
    switch (field(half_, 9, 6)) {
      case 8:  // tst
        return to == from ? out_.compare(to, number(0)) : out_.other(kNoRegister, to, from, true);
      case 10:
        return out_.compare(to, whole(from));
      case 11:  // cmn
        return out_.other(kNoRegister, to, from, true);
      default:
        return out_.other(to, to, from, flags_);
    }
  }

  void register_offset() {
    Operand place = out_.memory(at(5, 3), 0, 4);
    place.index = at(8, 6);
    constexpr std::uint8_t kWidths[] = {4, 2, 1, 1, 4, 2, 1, 2};
    const std::uint32_t kind = field(half_, 11, 9);
    place.width = kWidths[kind];
    kind < 3 ? out_.store(place, at(2, 0)) : out_.load(at(2, 0), place, kind == 3 || kind == 7);
  }

  void fixed_offset() {
    const bool load = bit(half_, 11);
    const std::uint32_t kind = field(half_, 15, 12);
    const std::uint8_t width = kind == 7 ? 1 : kind == 8 ? 2 : 4;
    const bool stack = kind == 9;
    const Register data = stack ? at(10, 8) : at(2, 0);
    const std::int64_t distance = stack ? field(half_, 7, 0) * 4 : field(half_, 10, 6) * width;
    const Operand place = out_.memory(stack ? kSp : at(5, 3), distance, width);
    load ? out_.load(data, place, false) : out_.store(place, data);
  }

  void miscellaneous() {
    if ((half_ & 0xff00) == 0xb000) {
      const std::int64_t value = field(half_, 6, 0) * 4;
      out_.add(kSp, kSp, bit(half_, 7) ? -value : value, false);
    } else if ((half_ & 0xf500) == 0xb100) {
      const std::uint64_t distance = (bit(half_, 9) ? 64 : 0) + field(half_, 7, 3) * 2;
      out_.branch_on_zero(at(2, 0), !bit(half_, 11), pc() + distance);
    } else if ((half_ & 0xfe00) == 0xb400) {
      out_.store_many(kSp, list() | (bit(half_, 8) ? 1u << kLr : 0), true, true);
    } else if ((half_ & 0xfe00) == 0xbc00) {
      out_.load_many(kSp, list() | (bit(half_, 8) ? 1u << kPc : 0), false, true);
    } else if ((half_ & 0xff00) == 0xb200 || (half_ & 0xff00) == 0xba00) {  // sxth, ..., rev
      out_.other(at(2, 0), at(5, 3), kNoRegister, false);
    } else if ((half_ & 0xff00) == 0xbe00) {
      out_.trap();
    }
  }

  void conditional_branch() {
    const std::uint32_t condition = field(half_, 11, 8);
    if (condition == 14) return out_.trap();
    if (condition == 15) return out_.unknown();
    out_.branch(Operation::kJump, pc() + static_cast<std::uint64_t>(sign_extended(field(half_, 7, 0), 8) * 2));
  }

  std::uint32_t half_;
  std::uint64_t address_;
  bool flags_;
  Builder out_;
};

class Wide {
 public:
  Wide(std::uint32_t first, std::uint32_t second, std::uint64_t address)
      : first_(first), second_(second), address_(address), out_(address, 4, address + 4) {}

  // The condition of a branch that has one of its own.
  std::uint32_t own_condition() const { return condition_; }

  Builder& read() {
    if ((first_ & 0xec00) == 0xec00) {
      read_coprocessor(first_ << 16 | second_, out_);
    } else if ((first_ & 0xfe00) == 0xe800) {
      bit(first_, 6) ? pair_or_exclusive() : many();
    } else if ((first_ & 0xfe00) == 0xea00) {
      shifted_register();
    } else if ((first_ & 0xf800) == 0xf000) {
      bit(second_, 15) ? branch_or_system() : with_number();
    } else if ((first_ & 0xff10) == 0xf900) {
      if (rm() != kPc) out_.other(rn(), rn(), rm(), false);  // vectors; writes the address back
    } else if ((first_ & 0xfe00) == 0xf800) {
      single();
    } else if ((first_ & 0xff80) == 0xfb80 && field(first_, 6, 4) != 1 && field(first_, 6, 4) != 3) {
      out_.other_long(rt(), rd(), rn(), rm());
    } else {  // shifts, extensions, multiplications, divisions
      const bool flags = (first_ & 0xff80) == 0xfa00 && field(second_, 7, 4) == 0 && bit(first_, 4);
      const bool multiplies = (first_ & 0xfff0) == 0xfb00 && field(second_, 15, 12) == 15 && field(second_, 7, 4) == 0;
      if (multiplies) {
        out_.compute(rd(), Arithmetic::kMultiply, rn(), whole(rm()));
        return out_;
      }
      out_.other(rd(), rn(), rm(), flags);
    }
    return out_;
  }

 private:
  Register rn() const { return static_cast<Register>(field(first_, 3, 0)); }
  Register rt() const { return static_cast<Register>(field(second_, 15, 12)); }
  Register rd() const { return static_cast<Register>(field(second_, 11, 8)); }
  Register rm() const { return static_cast<Register>(field(second_, 3, 0)); }
  std::uint64_t pc() const { return address_ + 4; }

  void many() {
    const bool below = field(first_, 8, 7) == 2;
    if (field(first_, 8, 7) != 1 && !below) return out_.unknown();
    bit(first_, 4) ? out_.load_many(rn(), second_, below, bit(first_, 5))
                   : out_.store_many(rn(), second_, below, bit(first_, 5));
  }

  void pair_or_exclusive() {
    const bool load = bit(first_, 4);
    const bool before = bit(first_, 8);
    const bool writes_back = bit(first_, 5);
    if (before || writes_back) {
      const std::int64_t distance = field(second_, 7, 0) * (bit(first_, 7) ? 4 : -4);
      const Operand place = out_.memory(rn(), before ? distance : 0, 4);
      load ? out_.load_pair(rt(), rd(), place) : out_.store_pair(place, rt(), rd());
      if (writes_back) out_.write_back(rn(), distance);
      return;
    }
    const bool table = bit(first_, 7) && load && field(second_, 7, 5) == 0;  // tbb, tbh
    if (table) return rn() == kPc ? out_.jump_by_index(rm(), bit(second_, 4) ? 2 : 1) : out_.jump(kNoRegister);
    if (load) return out_.other_long(rt(), rd(), rn(), kNoRegister);
    out_.other_long(bit(first_, 7) ? rm() : rd(), kNoRegister, rt(), rn());
  }

  void arithmetic(std::uint32_t operation, bool flags, const Operand& second, bool plain, std::uint8_t shift) {
    const bool only_flags = flags && rd() == kPc;
    const Register to = only_flags ? kNoRegister : rd();
    const Register index = second.is_register() ? second.reg : kNoRegister;
    switch (operation) {
      case 2:  // orr, mov
        if (rn() == kPc && plain && shift == 0) return out_.move(to, second, flags);
        if (rn() == kPc && !flags && second.is_register()) return shift_by_number(to);
        break;
      case 3:  // orn, mvn
        if (rn() == kPc && second.is_immediate()) return out_.move(to, number(~second.value & 0xffffffff), flags);
        break;
      case 8:
        if (only_flags && second.is_immediate()) return out_.compare(rn(), number(-second.value));
        if (!only_flags && second.is_immediate()) return out_.add(to, rn(), second.value, flags);
        if (!only_flags && plain) return out_.add(to, rn(), index, shift, flags);
        break;
      case 13:
        if (only_flags && plain && shift == 0) return out_.compare(rn(), second);
        if (!only_flags && second.is_immediate()) return out_.add(to, rn(), -second.value, flags);
        if (flags && plain && shift == 0) return out_.compare_and_write(to, rn(), second);
        if (plain && shift == 0) return out_.compute(to, Arithmetic::kSubtract, rn(), second);
        break;
      case 0:  // tst of a register with itself
        if (only_flags && plain && shift == 0 && index == rn()) return out_.compare(rn(), number(0));
        break;
      default:
        break;
    }
    out_.other(to, rn() == kPc ? kNoRegister : rn(), index, flags);
  }

  void shift_by_number(Register to) {
    const std::uint32_t kind = field(second_, 5, 4);
    const std::uint32_t amount = field(second_, 14, 12) << 2 | field(second_, 7, 6);
    if (kind == 3) return out_.other(to, kNoRegister, rm(), false);
    out_.compute(to, kind == 0 ? Arithmetic::kShiftLeft : Arithmetic::kShiftRight, rm(), number(amount));
  }

  void shifted_register() {
    const std::uint32_t amount = field(second_, 14, 12) << 2 | field(second_, 7, 6);
    const bool left = field(second_, 5, 4) == 0;
    arithmetic(field(first_, 8, 5), bit(first_, 4), whole(rm()), left, static_cast<std::uint8_t>(amount));
  }

  void with_number() {
    const std::uint32_t imm12 = (bit(first_, 10) ? 0x800 : 0) | field(second_, 14, 12) << 8 | field(second_, 7, 0);
    if (!bit(first_, 9)) return arithmetic(field(first_, 8, 5), bit(first_, 4), number(expanded(imm12)), true, 0);
    const std::uint32_t imm16 = field(first_, 3, 0) << 12 | imm12;
    switch (field(first_, 8, 4)) {
      case 0:
        return out_.add(rd(), rn(), imm12, false);
      case 10:
        return out_.add(rd(), rn(), -std::int64_t{imm12}, false);
      case 4:
        return out_.move(rd(), number(imm16), false);
      case 12:
        return out_.insert_upper(rd(), imm16);
      default:  // of parts of a register, which others may keep theirs
        return out_.other(rd(), rn(), rd(), false);
    }
  }

  void branch_or_system() {
    const std::uint32_t sign = field(first_, 10, 10);
    const std::uint32_t j1 = field(second_, 13, 13);
    const std::uint32_t j2 = field(second_, 11, 11);
    if (!bit(second_, 14) && !bit(second_, 12)) {
      condition_ = field(first_, 9, 6);
      if (condition_ < 14) {
        const std::uint32_t distance =
            sign << 20 | j2 << 19 | j1 << 18 | field(first_, 5, 0) << 12 | field(second_, 10, 0) << 1;
        return out_.branch(Operation::kJump, pc() + static_cast<std::uint64_t>(sign_extended(distance, 21)));
      }
      condition_ = kAlways;
      return system();
    }
    const std::uint32_t i1 = (j1 ^ sign) == 0 ? 1 : 0;
    const std::uint32_t i2 = (j2 ^ sign) == 0 ? 1 : 0;
    const std::uint32_t distance =
        sign << 24 | i1 << 23 | i2 << 22 | field(first_, 9, 0) << 12 | field(second_, 10, 0) << 1;
    const auto from_here = static_cast<std::uint64_t>(sign_extended(distance, 25));
    if (!bit(second_, 14)) return out_.branch(Operation::kJump, pc() + from_here);
    const std::uint64_t base = bit(second_, 12) ? pc() : pc() & ~std::uint64_t{3};  // bl; blx, to ARM code
    out_.branch(Operation::kCall, base + from_here);
  }

  void system() {
    if ((first_ & 0xffe0) == 0xf3e0) return out_.other(rd(), kNoRegister, kNoRegister, false);  // mrs
    if ((first_ & 0xfff0) == 0xf7f0 && (second_ & 0xf000) == 0xa000) return out_.trap();        // udf
    if ((first_ & 0xffe0) == 0xf380) return out_.other(kNoRegister, rn(), kNoRegister, true);   // msr
  }

  void single() {
    const bool load = bit(first_, 4);
    const auto width = static_cast<std::uint8_t>(1u << field(first_, 6, 5));
    const bool sign_extends = bit(first_, 8);
    Operand place = out_.memory(rn(), 0, width);
    std::int64_t back = 0;
    if (rn() == kPc) {
      const std::int64_t distance = field(second_, 11, 0);
      place = out_.memory(kPc, bit(first_, 7) ? distance : -distance, width);
    } else if (bit(first_, 7)) {
      place = out_.memory(rn(), field(second_, 11, 0), width);
    } else if (bit(second_, 11)) {
      const std::int64_t distance = std::int64_t{field(second_, 7, 0)} * (bit(second_, 9) ? 1 : -1);
      place = out_.memory(rn(), bit(second_, 10) ? distance : 0, width);
      if (bit(second_, 8)) back = distance;
    } else {
      place.index = rm();
      place.shift = static_cast<std::uint8_t>(field(second_, 5, 4));
    }
    const bool hint = load && rt() == kPc && width != 4;
    if (!hint) load ? out_.load(rt(), place, sign_extends) : out_.store(place, rt());
    if (back != 0) out_.write_back(rn(), back);
  }

  std::uint32_t first_;
  std::uint32_t second_;
  std::uint64_t address_;
  std::uint32_t condition_ = kAlways;
  Builder out_;
};

bool is_it(std::uint16_t first) {
  return (first & 0xff00) == 0xbf00 && (first & 0xf) != 0;
}

}  // namespace

Instruction read_thumb(std::uint16_t first, std::uint16_t second, std::uint64_t address, std::uint32_t condition) {
  if (is_wide_thumb(first)) {
    Wide wide(first, second, address);
    Builder& out = wide.read();
    return out.done(wide.own_condition() == kAlways ? condition : wide.own_condition());
  }
  const bool branches = (first & 0xf000) == 0xd000 && field(first, 11, 8) < 14;
  const std::uint32_t own = branches ? field(first, 11, 8) : condition;
  return Narrow(first, address, condition != kAlways).read().done(own);
}

// ITSTATE (A2.5.2): the condition and a mask that is shifted into its lowest bit.
std::uint32_t ItBlock::next(std::uint16_t first) {
  if (is_it(first)) {
    state_ = first & 0xff;
    return kAlways;
  }
  if ((state_ & 0xf) == 0) return kAlways;
  const std::uint32_t condition = state_ >> 4;
  state_ = (state_ & 7) == 0 ? 0 : (state_ & 0xe0) | (state_ << 1 & 0x1f);
  return condition;
}

std::uint32_t it_condition(const BinaryImage& image, std::uint64_t address) {
  constexpr std::uint64_t kFarthest = 14;  // the IT instruction and three wide ones
  const std::uint64_t begin = address - kFarthest;
  const ByteView before = image.bytes_at(begin, kFarthest);
  if (before.size() < kFarthest) return kAlways;
  for (std::uint64_t start = kFarthest; start >= 2; start -= 2) {
    const std::uint64_t at = kFarthest - start;
    if (!is_it(*read_le<std::uint16_t>(before, at))) continue;
    ItBlock block;
    std::uint64_t here = at;
    while (here < kFarthest) {
      const std::uint16_t first = *read_le<std::uint16_t>(before, here);
      block.next(first);
      here += is_wide_thumb(first) ? 4 : 2;
    }
    constexpr std::uint16_t kNop = 0xbf00;
    const std::uint32_t condition = here == kFarthest ? block.next(kNop) : kAlways;
    if (condition != kAlways) return condition;
  }
  return kAlways;
}

}  // namespace abicheck::arm
