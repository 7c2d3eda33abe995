// 32-bit ARM (Arm Architecture Reference Manual for ARMv7-A and ARMv7-R, section A5) and what it shares with Thumb.
//
// Code names a place by a number that stands beside the code and the program counter, which are added; both kinds of
// code are read here for the reasons that arm64.cpp gives, and since whether a Thumb instruction is conditional must
// not depend on what was read before it.
#include "disasm/arm.h"

#include <capstone/capstone.h>

#include <algorithm>
#include <array>
#include <bit>

#include "base/bytes.h"
#include "disasm/architecture.h"

namespace abicheck {

namespace arm {

Operand number(std::int64_t value) {
  Operand operand{Operand::Kind::kImmediate, 4};
  operand.value = value & 0xffffffff;
  return operand;
}

Operand whole(Register reg) {
  return reg == kNoRegister ? Operand{} : Operand{Operand::Kind::kRegister, 4, reg};
}

Condition condition_of(std::uint32_t code) {
  constexpr std::array<Condition, 16> kConditions = {
      Condition::kEqual,    Condition::kNotEqual,    Condition::kAboveEqual, Condition::kBelow,
      Condition::kNegative, Condition::kNotNegative, Condition::kOther,      Condition::kOther,
      Condition::kAbove,    Condition::kBelowEqual,  Condition::kAboveEqual, Condition::kBelow,
      Condition::kAbove,    Condition::kBelowEqual,  Condition::kNone,       Condition::kNone};
  return kConditions[code & 15];
}

Builder::Builder(std::uint64_t address, std::uint8_t size, std::uint64_t pc) : pc_(pc) {
  one_.address = address;
  one_.size = size;
}

Operand Builder::memory(Register base, std::int64_t displacement, std::uint8_t width) const {
  Operand operand{Operand::Kind::kMemory, width, base};
  operand.value = displacement;
  if (base == kPc) {
    operand.reg = kNoRegister;
    operand.absolute = true;
    operand.value += static_cast<std::int64_t>(pc_ & ~std::uint64_t{3});
  }
  return operand;
}

void Builder::write(Register to) {
  one_.written = to == kPc ? kNoRegister : to;
}

void Builder::move(Register to, const Operand& from, bool flags) {
  if (to == kPc) return jump(from.is_register() ? from.reg : kNoRegister);
  one_.operation = Operation::kMove;
  one_.operands = {whole(to), from};
  one_.sets_flags = flags;
  write(to);
}

void Builder::load(Register to, const Operand& from, bool sign_extends) {
  if (to == kPc) {
    one_.operation = from.reg == kSp ? Operation::kReturn : Operation::kJump;
    one_.operands[0] = from;
    return;
  }
  one_.operation = Operation::kMove;
  one_.operands = {whole(to), from};
  one_.sign_extends = sign_extends;
  write(to);
}

void Builder::store(const Operand& to, Register from) {
  one_.operation = Operation::kMove;
  one_.operands = {to, whole(from)};
}

void Builder::load_pair(Register first, Register second, const Operand& from) {
  load(first, from, false);
  one_.paired = whole(second);
  one_.also_written = second;
}

void Builder::store_pair(const Operand& to, Register first, Register second) {
  store(to, first);
  one_.paired = whole(second);
}

void Builder::write_back(Register base, std::int64_t distance) {
  one_.adjusted = base;
  one_.adjustment = static_cast<std::int32_t>(distance);
}

void Builder::load_many(Register base, std::uint32_t list, bool below, bool writes_back) {
  const int size = 4 * std::popcount(list);
  const bool returns = (list >> kPc & 1) != 0;
  one_.operation = returns ? Operation::kReturn : Operation::kOther;
  if (!returns) one_.operands[0] = memory(base, 0, 4);
  one_.written_set = list & 0x7fff;
  if (writes_back) write_back(base, below ? -size : size);
}

void Builder::store_many(Register base, std::uint32_t list, bool below, bool writes_back) {
  const int count = std::popcount(list);
  const auto first = static_cast<Register>(std::countr_zero(list));
  const auto last = static_cast<Register>(31 - std::countl_zero(list));
  const Operand place = memory(base, below ? -4 * count : 0, 4);
  if (count == 1) {
    store(place, first);
  } else if (count == 2) {
    store_pair(place, first, last);
  } else {  // into something that is not followed
    one_.operation = Operation::kAdd;
    one_.operands = {place, whole(first)};
    one_.operands[0].width = static_cast<std::uint8_t>(4 * count);
  }
  if (writes_back) write_back(base, below ? -4 * count : 4 * count);
}

void Builder::add(Register to, Register first, std::int64_t value, bool flags) {
  if (to == kPc) return jump(kNoRegister);
  one_.operation = Operation::kLea;
  one_.operands = {whole(to), memory(first, value, 4)};
  one_.sets_flags = flags;
  write(to);
}

void Builder::add(Register to, Register first, Register second, std::uint8_t shift, bool flags) {
  if (second == kPc) std::swap(first, second);
  if (to == kPc) return first == kPc ? jump_by_index(second, 0) : jump(kNoRegister);
  Operand sum = memory(first, 0, 4);
  if (first == kPc && shift == 0) {  // the number in the other one makes an address
    sum.reg = second;
    sum.value = static_cast<std::int64_t>(pc_);
  } else {
    sum.index = second;
    sum.shift = shift;
  }
  one_.operation = Operation::kLea;
  one_.operands = {whole(to), sum};
  one_.sets_flags = flags;
  write(to);
}

void Builder::insert_upper(Register to, std::uint32_t half) {
  one_.operation = Operation::kInsert;
  one_.operands = {whole(to), number(half)};
  one_.operands[1].width = 2;
  one_.operands[1].shift = 16;
  write(to);
}

void Builder::compare(Register left, const Operand& right) {
  one_.operation = Operation::kCompare;
  one_.operands = {whole(left), right};
}

void Builder::compute(Register to, Arithmetic arithmetic, Register left, const Operand& right, bool flags) {
  if (to == kPc) return jump(kNoRegister);
  if (flags) one_.operation = Operation::kTest;
  one_.operands = {whole(left), right};
  one_.arithmetic = arithmetic;
  write(to);
}

void Builder::compare_and_write(Register to, Register left, const Operand& right) {
  compare(left, right);
  one_.arithmetic = Arithmetic::kSubtract;
  write(to);
}

void Builder::other(Register to, Register first, Register second, bool flags) {
  if (to == kPc) return jump(kNoRegister);
  if (flags) one_.operation = Operation::kTest;
  one_.operands = {whole(first), whole(second)};
  write(to);
}

void Builder::other_long(Register low, Register high, Register first, Register second) {
  other(low, first, second, false);
  one_.also_written = high == kPc ? kNoRegister : high;
}

void Builder::branch(Operation operation, std::uint64_t target) {
  one_.operation = operation;
  one_.target = target & 0xffffffff;
}

void Builder::jump(Register to) {
  if (to == kLr) {
    one_.operation = Operation::kReturn;
    return;
  }
  one_.operation = Operation::kJump;
  one_.operands[0] = whole(to);
  if (to == kPc) branch(Operation::kJump, pc_ & ~std::uint64_t{3});  // bx pc: on with ARM code
}

void Builder::jump_by_index(Register index, std::uint8_t width) {
  jump(kNoRegister);
  Operand& table = one_.operands[1];
  table = Operand{Operand::Kind::kMemory, width};
  table.index = index;
  table.absolute = true;
  table.value = static_cast<std::int64_t>(pc_);
}

void Builder::call(Register to) {
  one_.operation = Operation::kCall;
  one_.operands[0] = whole(to);
}

void Builder::branch_on_zero(Register reg, bool zero, std::uint64_t target) {
  branch(Operation::kBranch, target);
  one_.condition = zero ? Condition::kEqual : Condition::kNotEqual;
  one_.operands = {whole(reg), number(0)};
}

Instruction Builder::done(std::uint32_t condition) {
  if (condition >= kAlways) return one_;
  switch (one_.operation) {
    case Operation::kJump:
    case Operation::kReturn:
    case Operation::kTrap:
      one_.operation = Operation::kBranch;
      one_.operands[0] = {};  // it would be compared
      // What it loads besides (popeq {r4,pc}) is there where it goes.
      one_.written = one_.also_written = one_.adjusted = kNoRegister;
      one_.written_set = 0;
      break;
    case Operation::kCompare:
      one_.operation = Operation::kTest;
      [[fallthrough]];
    default:
      if (one_.sets_flags) one_.operation = Operation::kTest;
      one_.sets_flags = false;
      one_.conditional = true;
      break;
  }
  one_.condition = condition_of(condition);
  return one_;
}

void read_coprocessor(std::uint32_t word, Builder& out) {
  const auto rn = static_cast<Register>(field(word, 19, 16));
  const auto rt = static_cast<Register>(field(word, 15, 12));
  const bool load = bit(word, 20);
  const std::uint32_t kind = field(word, 27, 24);
  if (field(word, 31, 28) == 15) return;  // vectors
  if (kind == 14) {
    if (!bit(word, 4)) return;
    if (!load) return out.other(kNoRegister, rt, kNoRegister, false);
    return rt == kPc ? out.other(kNoRegister, kNoRegister, kNoRegister, true)  // vmrs APSR
                     : out.other(rt, kNoRegister, kNoRegister, false);
  }
  if (field(word, 27, 21) == 0x62) {  // mcrr, mrrc; vmov of two registers
    return load ? out.other_long(rt, rn, kNoRegister, kNoRegister) : out.other(kNoRegister, rt, rn, false);
  }
  if (kind != 12 && kind != 13) return;
  const std::int64_t distance = std::int64_t{field(word, 7, 0)} * 4;
  const bool up = bit(word, 23);
  const bool before = bit(word, 24);
  const bool back = bit(word, 21);
  if (!load) out.store(out.memory(rn, before ? (up ? distance : -distance) : 0, 8), kNoRegister);
  if (back) out.write_back(rn, up ? distance : -distance);
}

namespace {

class Arm {
 public:
  Arm(std::uint32_t word, std::uint64_t address) : word_(word), address_(address), out_(address, 4, address + 8) {}

  Instruction read() {
    if (field(word_, 31, 28) == 15) {
      unconditional();
      return out_.done(kAlways);
    }
    switch (field(word_, 27, 25)) {
      case 0:
      case 1:
        data();
        break;
      case 2:
        single();
        break;
      case 3:
        bit(word_, 4) ? media() : single();
        break;
      case 4:
        many();
        break;
      case 5:
        out_.branch(bit(word_, 24) ? Operation::kCall : Operation::kJump, address_ + 8 + distance());
        break;
      default:
        field(word_, 27, 24) == 15 ? out_.unknown() : read_coprocessor(word_, out_);
    }
    return out_.done(field(word_, 31, 28));
  }

 private:
  Register at(int low) const { return static_cast<Register>(field(word_, low + 3, low)); }
  std::uint64_t distance() const {
    return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(word_ << 8) >> 6});
  }

  void unconditional() {
    if (field(word_, 27, 25) == 5)
      return out_.branch(Operation::kCall, address_ + 8 + distance() + (bit(word_, 24) ? 2 : 0));
    if ((word_ & 0xff100000) == 0xf4000000 && at(0) != kPc) out_.other(at(16), at(16), at(0), false);  // vectors
  }

  void data() {
    const bool with_number = bit(word_, 25);
    if (!with_number && (word_ & 0x90) == 0x90) return multiply_or_extra();
    const std::uint32_t operation = field(word_, 24, 21);
    const bool flags = bit(word_, 20);
    if (!flags && operation >= 8 && operation <= 11) return miscellaneous();
    const std::uint32_t rotate = 2 * field(word_, 11, 8);
    const std::uint32_t value = std::rotr(field(word_, 7, 0), static_cast<int>(rotate));
    const bool plain = with_number || (!bit(word_, 4) && field(word_, 6, 5) == 0);  // shifted left if at all
    const std::uint32_t shift = with_number ? 0 : field(word_, 11, 7);
    arithmetic(operation, flags, with_number ? number(value) : whole(at(0)), plain, static_cast<std::uint8_t>(shift));
  }

  void arithmetic(std::uint32_t operation, bool flags, const Operand& second, bool plain, std::uint8_t shift) {
    const Register to = at(12);
    const Register first = at(16);
    const Register index = second.is_register() ? second.reg : kNoRegister;
    const bool unshifted = plain && shift == 0;
    switch (operation) {
      case 2:
        if (second.is_immediate()) return out_.add(to, first, -second.value, flags);
        if (flags && unshifted) return out_.compare_and_write(to, first, second);
        if (unshifted) return out_.compute(to, Arithmetic::kSubtract, first, second);
        break;
      case 4:
        if (second.is_immediate()) return out_.add(to, first, second.value, flags);
        if (plain) return out_.add(to, first, index, shift, flags);
        break;
      case 8:  // tst of a register with itself
        if (unshifted && index == first) return out_.compare(first, number(0));
        return out_.other(kNoRegister, first, index, true);
      case 9:
        return out_.other(kNoRegister, first, index, true);
      case 10:
        if (unshifted) return out_.compare(first, second);
        return out_.other(kNoRegister, first, index, true);
      case 11:
        if (second.is_immediate()) return out_.compare(first, number(-second.value));
        return out_.other(kNoRegister, first, index, true);
      case 13:
        if (unshifted) return out_.move(to, second, flags);
        if (!flags && !second.is_immediate()) return shift_by_number(to, index);
        return out_.other(to, kNoRegister, index, flags);
      case 15:
        if (second.is_immediate()) return out_.move(to, number(~second.value), flags);
        return out_.other(to, kNoRegister, index, flags);
      default:
        break;
    }
    out_.other(to, first, index, flags);
  }

  // lsl, lsr, asr; ror, and by a register, are not followed.
  void shift_by_number(Register to, Register from) {
    const std::uint32_t kind = field(word_, 6, 5);
    if (bit(word_, 4) || kind == 3) return out_.other(to, kNoRegister, from, false);
    const Arithmetic shift = kind == 0 ? Arithmetic::kShiftLeft : Arithmetic::kShiftRight;
    out_.compute(to, shift, from, number(field(word_, 11, 7)));
  }

  void miscellaneous() {
    const std::uint32_t half = field(word_, 19, 16) << 12 | field(word_, 11, 0);
    if ((word_ & 0x0ff00000) == 0x03000000) return out_.move(at(12), number(half), false);
    if ((word_ & 0x0ff00000) == 0x03400000) return out_.insert_upper(at(12), half);
    if ((word_ & 0x0ffffff0) == 0x012fff10) return out_.jump(at(0));
    if ((word_ & 0x0ffffff0) == 0x012fff30) return out_.call(at(0));
    if ((word_ & 0x0fb000f0) == 0x01200070) return out_.trap();                                    // bkpt
    if ((word_ & 0x0fb00000) == 0x03200000) return;                                                // hints
    if ((word_ & 0x0f900090) == 0x01000080) return out_.other_long(at(12), at(16), at(0), at(8));  // smla
    out_.other(at(12), at(0), at(16), false);                                                      // mrs, clz, qadd
  }

  void multiply_or_extra() {
    if (field(word_, 6, 5) != 0) return extra_access();
    if ((word_ & 0x0f000000) == 0x01000000) {  // exclusive accesses, swp
      return bit(word_, 20) ? out_.other_long(at(12), static_cast<Register>(at(12) + 1), at(16), kNoRegister)
                            : out_.other(at(12), at(0), at(16), false);
    }
    const bool umaal = (word_ & 0x0ff00000) == 0x00400000;
    if (bit(word_, 23) || umaal) return out_.other_long(at(12), at(16), at(0), at(8));
    const bool multiplies = (word_ & 0x0ff00000) == 0;
    if (multiplies) return out_.compute(at(16), Arithmetic::kMultiply, at(0), whole(at(8)));
    out_.other(at(16), at(0), at(8), bit(word_, 20));
  }

  void extra_access() {
    const bool load = bit(word_, 20);
    const std::uint32_t kind = field(word_, 6, 5);
    const bool pair = !load && kind >= 2;
    const std::uint8_t width = pair ? 4 : kind == 2 ? 1 : 2;
    const std::int64_t value = field(word_, 11, 8) << 4 | field(word_, 3, 0);
    const bool before = bit(word_, 24);
    const std::int64_t distance = bit(word_, 23) ? value : -value;
    Operand place = out_.memory(at(16), before && bit(word_, 22) ? distance : 0, width);
    if (!bit(word_, 22) && before) add_index(place, 0);
    const auto next = static_cast<Register>(at(12) + 1);
    if (pair) {
      kind == 2 ? out_.load_pair(at(12), next, place) : out_.store_pair(place, at(12), next);
    } else {
      load ? out_.load(at(12), place, kind >= 2) : out_.store(place, at(12));
    }
    write_back(bit(word_, 22), distance);
  }

  void add_index(Operand& place, std::uint8_t shift) const {
    if (!bit(word_, 23)) {  // taken away: not followed
      place.index = place.reg = kLr;
      place.shift = 31;
      return;
    }
    if (place.absolute) {
      place.reg = at(0);
    } else {
      place.index = at(0);
      place.shift = shift;
    }
  }

  void write_back(bool with_number, std::int64_t distance) {
    const bool back = !bit(word_, 24) || bit(word_, 21);
    if (!back) return;
    // By a register: by how much is not known.
    with_number ? out_.write_back(at(16), distance) : out_.unknown();
  }

  void single() {
    const bool with_number = !bit(word_, 25);
    const bool before = bit(word_, 24);
    const std::int64_t distance = std::int64_t{field(word_, 11, 0)} * (bit(word_, 23) ? 1 : -1);
    Operand place = out_.memory(at(16), before && with_number ? distance : 0, bit(word_, 22) ? 1 : 4);
    if (!with_number && before) add_index(place, static_cast<std::uint8_t>(field(word_, 11, 7)));
    const bool load = bit(word_, 20);
    load ? out_.load(at(12), place, false) : out_.store(place, at(12));
    write_back(with_number, distance);
  }

  void media() {
    if ((word_ & 0x0ff000f0) == 0x07f000f0) return out_.trap();
    const bool multiplies = field(word_, 24, 23) == 2;
    const bool differences = (word_ & 0x0ff000f0) == 0x07800010;  // usad8, usada8
    if (multiplies || differences) return out_.other_long(at(16), at(12), at(0), at(8));
    out_.other_long(at(12), kNoRegister, at(0), at(16));
  }

  void many() {
    const bool up = bit(word_, 23);
    const std::uint32_t list = field(word_, 15, 0);
    if (bit(word_, 22) || list == 0) return out_.unknown();
    const bool load = bit(word_, 20);
    const bool full = bit(word_, 24) != up;  // ia and db: the first lies at the address, or the last just below
    if (!full && !load) return out_.unknown();
    load ? out_.load_many(at(16), list, !up, bit(word_, 21)) : out_.store_many(at(16), list, !up, bit(word_, 21));
  }

  std::uint32_t word_;
  std::uint64_t address_;
  Builder out_;
};

// A PLT stub in ARM code, which Thumb code calls too: add ip,pc,#a; add ip,ip,#b; ldr pc,[ip,#c]!. As one jump.
std::optional<Instruction> read_stub(const BinaryImage& image, std::uint64_t address) {
  const ByteView code = image.bytes_at(address, 12);
  if (code.size() < 12 || address % 4 != 0) return std::nullopt;
  std::array<std::uint32_t, 3> words{};
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = *read_le<std::uint32_t>(code, 4 * i);
  const bool fits = (words[0] & 0xfffff000) == 0xe28fc000 && (words[1] & 0xfffff000) == 0xe28cc000 &&
                    (words[2] & 0xfffff000) == 0xe5bcf000;
  if (!fits) return std::nullopt;
  const auto rotated = [](std::uint32_t word) {
    return std::rotr(word & 0xff, static_cast<int>(2 * field(word, 11, 8)));
  };
  Builder out(address, 12, address + 8);
  Operand slot = out.memory(kPc, 0, 4);
  slot.value = (slot.value + rotated(words[0]) + rotated(words[1]) + (words[2] & 0xfff)) & 0xffffffff;
  out.load(kPc, slot, false);
  return out.done(kAlways);
}

Instruction convert_arm(const cs_insn& insn, const BinaryImage&) {
  return read_arm(*read_le<std::uint32_t>({insn.bytes, 4}, 0), insn.address);
}

Instruction convert_thumb(const cs_insn& insn, const BinaryImage& image) {
  if (const auto stub = read_stub(image, insn.address)) return *stub;
  const std::uint16_t first = *read_le<std::uint16_t>({insn.bytes, 4}, 0);
  const std::uint16_t second = insn.size == 4 ? *read_le<std::uint16_t>({insn.bytes, 4}, 2) : 0;
  return read_thumb(first, second, insn.address, it_condition(image, insn.address));
}

// Capstone reads a stub's ARM code as Thumb, and does not always know that.
Instruction convert_unknown_thumb(std::uint64_t address, ByteView, const BinaryImage& image) {
  if (const auto stub = read_stub(image, address)) return *stub;
  Instruction data;
  data.address = address;
  data.size = 2;
  data.operation = Operation::kTrap;
  return data;
}

constexpr std::uint32_t kHighestDisplacement = 0xfff;  // of ldr

// What the sweep of find_references() knows of a register.
struct Known {
  enum class Kind : std::uint8_t { kNothing, kNumber, kAddress } kind = Kind::kNothing;
  std::uint32_t value = 0;
};
using Registers = std::array<Known, 16>;

// As in arm64.cpp, over instructions: the number beside the code is loaded some way before the program counter is added
// to it, and the address of the GOT is kept in a register.
class Sweep {
 public:
  Sweep(const BinaryImage& image, std::uint64_t low, std::uint64_t high, std::vector<Reference>& found)
      : image_(image), low_(low), high_(high), found_(found), carried_(kCarried) {}

  void run(const MappedRange& range) {
    const ByteView code = slice(image_.bytes, range.file_offset, range.size);
    literals_.assign(code.size() / 4 + 1, false);
    begin_ = range.address & ~std::uint64_t{3};
    auto function = std::lower_bound(image_.functions.begin(), image_.functions.end(), range.address,
                                     [](const FunctionRange& f, std::uint64_t address) { return f.begin < address; });
    const std::size_t step = image_.thumb ? 2 : 4;
    for (std::size_t at = 0; at + step <= code.size();) {
      const std::uint64_t here = range.address + at;
      if (function != image_.functions.end() && here >= function->begin) {
        registers_ = {};
        spilled_.clear();
        entered_ = true;
        while (function != image_.functions.end() && here >= function->begin) ++function;
      }
      if (here % 4 == 0 && at + 4 <= code.size() && literals_[(here - begin_) / 4]) {
        at += 4;
        continue;
      }
      if (entered_) arrive(here);
      const Instruction one = read(code, at, here);
      visit(one);
      at += one.size;
    }
  }

 private:
  struct Carried {
    std::uint64_t target = 0;
    Registers registers;
  };
  struct Spilled {
    Register base;
    std::int64_t offset;
    Known value;
  };
  static constexpr std::size_t kCarried = 1024;

  Instruction read(ByteView code, std::size_t at, std::uint64_t here) {
    if (!image_.thumb) return read_arm(*read_le<std::uint32_t>(code, at), here);
    if (const auto stub = here % 4 == 0 ? read_stub(image_, here) : std::nullopt) return *stub;
    const std::uint16_t first = *read_le<std::uint16_t>(code, at);
    const std::uint32_t condition = block_.next(first);
    return read_thumb(first, read_le<std::uint16_t>(code, at + 2).value_or(0), here, condition);
  }

  void arrive(std::uint64_t here) {
    entered_ = false;
    const Carried& carried = carried_[here / 2 % kCarried];
    if (carried.target == here) registers_ = carried.registers;
  }

  void add(std::uint64_t site, std::uint64_t target, Reference::Kind kind) {
    target &= 0xffffffff;
    if (kind == Reference::Kind::kLea && image_.thumb && (target & 1) != 0 && image_.holds_code(target)) --target;
    if (target >= low_ && target < high_) found_.push_back({site, target, kind});
  }

  Known sum(Known a, Known b) const {
    const bool number = a.kind == Known::Kind::kNumber && b.kind == Known::Kind::kNumber;
    const bool address = (a.kind == Known::Kind::kAddress && b.kind == Known::Kind::kNumber) ||
                         (a.kind == Known::Kind::kNumber && b.kind == Known::Kind::kAddress);
    if (!number && !address) return {};
    return {number ? Known::Kind::kNumber : Known::Kind::kAddress, a.value + b.value};
  }

  Known of(Register reg) const { return reg < registers_.size() ? registers_[reg] : Known{}; }

  Known address_of(const Operand& operand) const {
    Known result{operand.absolute ? Known::Kind::kAddress : Known::Kind::kNumber,
                 static_cast<std::uint32_t>(operand.value)};
    if (operand.reg != kNoRegister) result = sum(result, of(operand.reg));
    if (operand.index != kNoRegister) {
      Known index = of(operand.index);
      index.value <<= operand.shift;
      result = operand.shift != 0 && index.kind == Known::Kind::kAddress ? Known{} : sum(result, index);
    }
    return result;
  }

  void set(const Instruction& one, Register reg, Known value) {
    const bool keeps = one.conditional && value.kind == Known::Kind::kNothing;
    if (reg < registers_.size() && !keeps) registers_[reg] = value;
  }

  void visit(const Instruction& one) {
    const bool transfers =
        one.operation == Operation::kCall || one.operation == Operation::kJump || one.operation == Operation::kBranch;
    if (transfers) return visit_transfer(one);
    if (one.ends_block()) entered_ = true;
    const Known value = result_of(one);
    if (one.adjusted != kNoRegister) set(one, one.adjusted, {});
    set(one, one.also_written, {});
    for (Register reg = 0; reg < 15; ++reg) {
      if ((one.written_set >> reg & 1) != 0) set(one, reg, {});
    }
    set(one, one.written, value);
  }

  void visit_transfer(const Instruction& one) {
    if (one.target != 0) {
      add(one.address, one.target,
          one.operation == Operation::kCall     ? Reference::Kind::kCall
          : one.operation == Operation::kBranch ? Reference::Kind::kBranch
                                                : Reference::Kind::kJump);
    } else if (one.operands[0].is_memory()) {
      const Known slot = address_of(one.operands[0]);
      if (slot.kind == Known::Kind::kAddress) add(one.address, slot.value, Reference::Kind::kJumpThrough);
    }
    if (one.operation == Operation::kCall) {
      for (Register reg : {0, 1, 2, 3, 12, 14}) registers_[reg] = {};
    } else if (one.target > one.address) {
      carried_[one.target / 2 % kCarried] = {one.target, registers_};
    }
    if (one.operation == Operation::kJump) entered_ = true;
  }

  Known result_of(const Instruction& one) {
    const auto& [to, from] = one.operands;
    switch (one.operation) {
      case Operation::kMove:
        if (to.is_memory()) {
          access(one, to, Reference::Kind::kStore);
          keep(to, from.is_register() ? of(from.reg) : Known{});
          return {};
        }
        if (from.is_immediate()) return {Known::Kind::kNumber, static_cast<std::uint32_t>(from.value)};
        return from.is_register() ? of(from.reg) : loaded(one, from);
      case Operation::kInsert: {
        const Known old = of(one.written);
        if (old.kind != Known::Kind::kNumber) return {};
        return {old.kind, (old.value & 0xffff) | static_cast<std::uint32_t>(from.value) << 16};
      }
      case Operation::kLea: {
        const Known sum = address_of(from);
        if (sum.kind == Known::Kind::kAddress) add(one.address, sum.value, Reference::Kind::kLea);
        return sum;
      }
      default:
        return {};
    }
  }

  void access(const Instruction& one, const Operand& place, Reference::Kind kind) {
    const Known address = address_of(place);
    const bool null_based = address.kind == Known::Kind::kNumber && address.value <= kHighestDisplacement;
    if (address.kind == Known::Kind::kAddress || null_based) add(one.address, address.value, kind);
  }

  Known loaded(const Instruction& one, const Operand& from) {
    access(one, from, Reference::Kind::kLoad);
    if (from.absolute && from.reg == kNoRegister && from.width == 4) {
      const auto place = static_cast<std::uint64_t>(from.value);
      const std::uint64_t cell = (place - begin_) / 4;
      if (place >= begin_ && cell < literals_.size() && place > one.address) literals_[cell] = true;
      const auto number = image_.is_code(place) ? image_.read_u32(place) : std::nullopt;
      return number ? Known{Known::Kind::kNumber, *number} : Known{};
    }
    const auto slot = find_spilled(from);
    return slot == spilled_.end() ? Known{} : slot->value;
  }

  std::vector<Spilled>::iterator find_spilled(const Operand& place) {
    return std::find_if(spilled_.begin(), spilled_.end(), [&](const Spilled& one) {
      return one.base == place.reg && one.offset == place.value && place.index == kNoRegister;
    });
  }

  // Registers that are put aside on the stack.
  void keep(const Operand& place, Known value) {
    constexpr Register kFrames[] = {7, 11, kSp};
    const bool on_stack = std::find(std::begin(kFrames), std::end(kFrames), place.reg) != std::end(kFrames);
    if (!on_stack || place.index != kNoRegister || value.kind == Known::Kind::kNothing) return;
    const auto slot = find_spilled(place);
    if (slot != spilled_.end()) {
      slot->value = value;
    } else {
      spilled_.push_back({place.reg, place.value, value});
    }
  }

  const BinaryImage& image_;
  std::uint64_t low_;
  std::uint64_t high_;
  std::vector<Reference>& found_;
  std::vector<Carried> carried_;
  std::vector<Spilled> spilled_;
  std::vector<bool> literals_;  // numbers that stand between the instructions, by word
  std::uint64_t begin_ = 0;
  Registers registers_{};
  ItBlock block_;
  bool entered_ = true;  // nothing flows into this place from the one before
};

void find_references(const BinaryImage& image, const MappedRange& range, std::uint64_t low, std::uint64_t high,
                     std::vector<Reference>& found) {
  Sweep(image, low, high, found).run(range);
}

}  // namespace

Instruction read_arm(std::uint32_t word, std::uint64_t address) {
  return Arm(word, address).read();
}

// Procedure Call Standard for the Arm Architecture, section 6.
constexpr Machine machine(std::uint8_t alignment) {
  return {.name = "armv7l",
          .pointer_size = 4,
          .alignment = alignment,
          .longest = 4,
          .arguments = {0, 1, 2, 3},
          .argument_count = 4,
          .result = 0,
          .stack_pointer = kSp,
          .return_register = true,
          .literals_in_code = true,
          .preserved = registers_mask({4, 5, 6, 7, 8, 9, 10, 11, kSp})};
}

// The nops of both sets; compilers align with `mov r8, r8` and `mov r0, r0` too, and with zeros.
bool is_padding(ByteView code) {
  constexpr std::uint32_t kNops[] = {0, 0xbf00, 0x46c0, 0x8000f3af, 0xe320f000, 0xe1a00000};
  const std::uint32_t word =
      code.size() == 4 ? *read_le<std::uint32_t>(code, 0) : read_le<std::uint16_t>(code, 0).value_or(1);
  return std::find(std::begin(kNops), std::end(kNops), word) != std::end(kNops);
}

}  // namespace arm

const Architecture kArm = {
    .arch = "armv7l",
    .format = "",
    .thumb = false,
    .machine = arm::machine(4),
    .capstone_arch = CS_ARCH_ARM,
    .capstone_mode = CS_MODE_ARM,
    .convert = arm::convert_arm,
    .reads_words = true,
    .is_padding = arm::is_padding,
    .partial_unwind_table = true,
    .find_references = arm::find_references,
};

const Architecture kThumb = {
    .arch = "armv7l",
    .format = "",
    .thumb = true,
    .machine = arm::machine(2),
    .capstone_arch = CS_ARCH_ARM,
    .capstone_mode = CS_MODE_ARM,
    .convert = arm::convert_thumb,
    .is_padding = arm::is_padding,
    .partial_unwind_table = true,
    .convert_unknown = arm::convert_unknown_thumb,
    .find_references = arm::find_references,
};

}  // namespace abicheck
