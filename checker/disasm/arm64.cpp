// AArch64 (Arm Architecture Reference Manual for A-profile, section C4.1: the encodings by class).
//
// Every instruction is one word whose fields stand at fixed places, so the words are read here: Capstone has for one
// encoding several names and operand orders (`mov` is orr, add, movz or movn), and which registers an instruction
// overwrites, which its details do not tell, is a matter of the class. Its part is to say which words are instructions.
#include <capstone/capstone.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "base/bytes.h"
#include "disasm/architecture.h"

namespace abicheck {

namespace {

constexpr Register kZeroOrSp = 31;  // as the field of an instruction: which of the two, the instruction decides
constexpr Register kSp = 31;        // as a Register
constexpr Register kFrame = 29;

struct Word {
  std::uint32_t bits;

  constexpr std::uint32_t field(int high, int low) const { return bits >> low & ((2u << (high - low)) - 1); }
  constexpr bool bit(int place) const { return (bits >> place & 1) != 0; }
  constexpr std::int64_t signed_field(int high, int low) const {
    const int above = 31 - high;
    return static_cast<std::int32_t>(bits << above) >> (above + low);
  }
  constexpr bool is(std::uint32_t mask, std::uint32_t value) const { return (bits & mask) == value; }

  Register rd() const { return static_cast<Register>(field(4, 0)); }
  Register rn() const { return static_cast<Register>(field(9, 5)); }
  Register rm() const { return static_cast<Register>(field(20, 16)); }
  Register rt2() const { return static_cast<Register>(field(14, 10)); }
  std::uint8_t width() const { return bit(31) ? 8 : 4; }
};

Operand immediate(std::int64_t value, std::uint8_t width) {
  Operand operand{Operand::Kind::kImmediate, width};
  operand.value = value;
  return operand;
}

Operand register_or_sp(Register reg, std::uint8_t width) {
  return {Operand::Kind::kRegister, width, reg};
}

Operand register_or_zero(Register reg, std::uint8_t width) {
  return reg == kZeroOrSp ? immediate(0, width) : register_or_sp(reg, width);
}

Operand memory(Register base, std::int64_t displacement, std::uint8_t width) {
  Operand operand{Operand::Kind::kMemory, width, base};
  operand.value = displacement;
  return operand;
}

Operand place(std::uint64_t address, std::uint8_t width) {
  Operand operand{Operand::Kind::kMemory, width};
  operand.absolute = true;
  operand.value = static_cast<std::int64_t>(address);
  return operand;
}

Register unless_zero(Register reg) {
  return reg == kZeroOrSp ? kNoRegister : reg;
}

Condition condition_of(std::uint32_t code) {
  constexpr std::array<Condition, 16> kConditions = {
      Condition::kEqual,    Condition::kNotEqual,    Condition::kAboveEqual, Condition::kBelow,
      Condition::kNegative, Condition::kNotNegative, Condition::kOther,      Condition::kOther,
      Condition::kAbove,    Condition::kBelowEqual,  Condition::kAboveEqual, Condition::kBelow,
      Condition::kAbove,    Condition::kBelowEqual,  Condition::kOther,      Condition::kOther};
  return kConditions[code & 15];
}

// The distance of adr, or that of the page of adrp.
std::int64_t distance(Word w) {
  const std::int64_t low = w.field(30, 29);
  const std::int64_t value = w.signed_field(23, 5) * 4 + low;
  return w.bit(31) ? value * 4096 : value;
}

std::uint64_t page_or_place(Word w, std::uint64_t address) {
  const std::uint64_t from = w.bit(31) ? address & ~std::uint64_t{4095} : address;
  return from + static_cast<std::uint64_t>(distance(w));
}

std::int64_t add_immediate(Word w) {
  const std::int64_t value = std::int64_t{w.field(21, 10)} << (w.bit(22) ? 12 : 0);
  return w.bit(30) ? -value : value;
}

// DecodeBitMasks() of the manual: a run of ones, rotated and repeated.
std::optional<std::uint64_t> logical_immediate(Word w) {
  const std::uint32_t ones = w.field(15, 10);
  const int length = std::bit_width((w.field(22, 22) << 6) | (~ones & 63)) - 1;
  if (length < 1) return std::nullopt;
  const std::uint32_t size = 1u << length;
  const std::uint32_t count = (ones & (size - 1)) + 1;
  const std::uint32_t rotate = w.field(21, 16) & (size - 1);
  std::uint64_t element = 0;
  for (std::uint32_t i = 0; i < count; ++i) element |= std::uint64_t{1} << ((i + size - rotate) % size);
  std::uint64_t value = 0;
  for (std::uint32_t at = 0; at < 64; at += size) value |= element << at;
  return w.bit(31) ? value : value & 0xffffffff;
}

// What an instruction that is not followed reads stands in its operands all the same.
void read_registers(Word w, Register first, Register second, Instruction& one) {
  one.operands = {register_or_zero(first, w.width()), register_or_zero(second, w.width())};
}

void read_register(Word w, Register reg, Instruction& one) {
  one.operands[0] = register_or_zero(reg, w.width());
}

void move(Instruction& one, Operand to, Operand from) {
  one.operation = Operation::kMove;
  one.operands = {to, from};
  if (to.is_register()) one.written = to.reg;
}

void read_add_immediate(Word w, Instruction& one) {
  const std::uint8_t width = w.width();
  if (w.bit(29)) {  // cmp, cmn, subs, adds
    one.operation = Operation::kCompare;
    one.operands = {register_or_sp(w.rn(), width), immediate(-add_immediate(w), width)};
    one.arithmetic = Arithmetic::kSubtract;
    one.written = unless_zero(w.rd());
    return;
  }
  one.operation = Operation::kLea;
  one.operands = {register_or_sp(w.rd(), width), memory(w.rn(), add_immediate(w), width)};
  one.written = w.rd();
}

void read_logical_immediate(Word w, Instruction& one) {
  const std::uint32_t kind = w.field(30, 29);
  read_register(w, w.rn(), one);
  if (kind == 3) {  // ands, tst
    one.operation = Operation::kTest;
    return;
  }
  one.written = w.rd();
  const auto value = logical_immediate(w);
  if (kind == 1 && w.rn() == kZeroOrSp && value)
    move(one, register_or_sp(w.rd(), w.width()), immediate(static_cast<std::int64_t>(*value), w.width()));
}

void read_move_wide(Word w, Instruction& one) {
  const std::uint32_t kind = w.field(30, 29);
  const auto shift = static_cast<std::uint8_t>(16 * w.field(22, 21));
  const std::uint64_t part = std::uint64_t{w.field(20, 5)};
  one.written = unless_zero(w.rd());
  if (one.written == kNoRegister || kind == 1) return;
  const Operand to = register_or_sp(w.rd(), w.width());
  if (kind == 3) {
    one.operation = Operation::kInsert;
    one.operands = {to, immediate(static_cast<std::int64_t>(part), 2)};
    one.operands[1].shift = shift;
    return;
  }
  std::uint64_t value = part << shift;
  if (kind == 0) value = ~value;
  if (!w.bit(31)) value &= 0xffffffff;
  move(one, to, immediate(static_cast<std::int64_t>(value), w.width()));
}

// asr, lsr, lsl by a number: forms of sbfm and ubfm.
void read_shift(Word w, Instruction& one) {
  const std::uint32_t last = w.bit(31) ? 63 : 31;
  const std::uint32_t right = w.field(21, 16);
  const bool is_signed = w.field(30, 29) == 0;
  if (!is_signed && w.field(30, 29) != 2) return;
  if (w.field(15, 10) == last) {
    one.arithmetic = Arithmetic::kShiftRight;
    one.operands[1] = immediate(right, w.width());
  } else if (!is_signed && w.field(15, 10) + 1 == right) {
    one.arithmetic = Arithmetic::kShiftLeft;
    one.operands[1] = immediate(last + 1 - right, w.width());
  }
}

void read_data_immediate(Word w, Instruction& one) {
  one.written = unless_zero(w.rd());
  switch (w.field(25, 23)) {
    case 0:
    case 1:
      one.operation = w.bit(31) ? Operation::kPage : Operation::kLea;
      one.operands = {register_or_zero(w.rd(), 8), place(page_or_place(w, one.address), 8)};
      return;
    case 2:
      return read_add_immediate(w, one);
    case 3:
      one.written = w.rd();  // with tags: to the stack pointer too
      read_register(w, w.rn(), one);
      return;
    case 4:
      return read_logical_immediate(w, one);
    case 5:
      return read_move_wide(w, one);
    case 6:  // parts of a register, which others may keep theirs
      read_registers(w, w.rn(), w.field(30, 29) == 1 ? w.rd() : kZeroOrSp, one);
      read_shift(w, one);
      if (w.is(0xfffffc00, 0x93407c00) && one.written != kNoRegister) {  // sxtw
        move(one, register_or_sp(w.rd(), 8), register_or_zero(w.rn(), 4));
        one.sign_extends = true;
      }
      return;
    default:  // out of two registers
      return read_registers(w, w.rn(), w.rm(), one);
  }
}

void transfer(Instruction& one, Operation operation, std::int64_t words) {
  one.operation = operation;
  one.target = one.address + static_cast<std::uint64_t>(words * 4);
}

void read_register_branch(Word w, Instruction& one) {
  switch (w.field(24, 21) & 7) {  // the bit above says that the address is authenticated
    case 0:
      one.operation = Operation::kJump;
      break;
    case 1:
      one.operation = Operation::kCall;
      break;
    default:  // ret, eret
      one.operation = Operation::kReturn;
      return;
  }
  one.operands[0] = register_or_sp(w.rn(), 8);
}

void read_test_branch(Word w, Instruction& one) {
  transfer(one, Operation::kBranch, w.signed_field(18, 5));
  one.condition = Condition::kOther;
  const Operand tested = register_or_zero(w.rd(), w.width());
  if (w.field(23, 19) != 31) {
    one.operands[1] = tested;  // read, but not compared with a number
    return;
  }
  one.condition = w.bit(24) ? Condition::kNegative : Condition::kNotNegative;
  one.operands = {tested, immediate(0, w.width())};
}

void read_branch_or_system(Word w, Instruction& one) {
  if (w.is(0x7c000000, 0x14000000)) {
    transfer(one, w.bit(31) ? Operation::kCall : Operation::kJump, w.signed_field(25, 0));
  } else if (w.is(0xff000000, 0x54000000)) {
    transfer(one, Operation::kBranch, w.signed_field(23, 5));
    one.condition = condition_of(w.field(3, 0));
  } else if (w.is(0x7e000000, 0x34000000)) {
    transfer(one, Operation::kBranch, w.signed_field(23, 5));
    one.condition = w.bit(24) ? Condition::kNotEqual : Condition::kEqual;
    one.operands = {register_or_zero(w.rd(), w.width()), immediate(0, w.width())};
  } else if (w.is(0x7e000000, 0x36000000)) {
    read_test_branch(w, one);
  } else if (w.is(0xfe000000, 0xd6000000)) {
    read_register_branch(w, one);
  } else if (w.is(0xff000000, 0xd4000000)) {
    const std::uint32_t kind = w.field(23, 21);  // brk, hlt; svc and the like come back
    one.operation = kind == 1 || kind == 2 ? Operation::kTrap : Operation::kOther;
    one.clobbers_all = one.operation == Operation::kOther;
  } else if (w.is(0xff000000, 0xd5000000)) {
    if (w.bit(21)) one.written = unless_zero(w.rd());  // mrs, sysl
  } else {
    one.clobbers_all = true;
  }
}

// What the loads and stores of one or two registers have in common.
struct Access {
  Operand memory;  // of a pair, that of its first register
  bool load = false;
  bool vector = false;  // the registers are those of vectors
  std::int64_t write_back = 0;
};

// The mode field: of pairs, and of single registers with an unscaled distance.
void set_distance(std::uint32_t mode, std::int64_t distance, Access& access) {
  access.memory.value = mode == 1 ? 0 : distance;      // behind the access
  access.write_back = (mode & 1) != 0 ? distance : 0;  // behind it, before it
}

Access pair_access(Word w) {
  Access access;
  access.load = w.bit(22);
  access.vector = w.bit(26);
  const std::uint32_t scale = 2 + (access.vector ? w.field(31, 30) : w.field(31, 30) >> 1);
  access.memory = memory(w.rn(), 0, static_cast<std::uint8_t>(1u << scale));
  set_distance(w.field(24, 23), w.signed_field(21, 15) * (std::int64_t{1} << scale), access);
  return access;
}

Access single_access(Word w) {
  Access access;
  access.vector = w.bit(26);
  access.load = access.vector ? w.bit(22) : w.field(23, 22) != 0;
  const std::uint32_t scale = access.vector && w.bit(23) ? 4 : w.field(31, 30);
  access.memory = memory(w.rn(), 0, static_cast<std::uint8_t>(1u << scale));
  if (w.bit(24)) {
    access.memory.value = std::int64_t{w.field(21, 10)} << scale;
  } else if (w.bit(21)) {
    access.memory.index = unless_zero(w.rm());
    access.memory.shift = static_cast<std::uint8_t>(w.bit(12) ? scale : 0);
  } else {
    set_distance(w.field(11, 10), w.signed_field(20, 12), access);
  }
  return access;
}

bool is_pair(Word w) {
  return w.is(0x3a000000, 0x28000000);
}

bool is_single(Word w) {
  const bool no_plain_access = !w.bit(24) && w.bit(21) && w.field(11, 10) != 2;  // atomic, authenticated
  return w.is(0x3a000000, 0x38000000) && !no_plain_access;
}

bool is_prefetch(Word w) {
  return is_single(w) && w.field(31, 30) == 3 && w.field(23, 22) == 2 && !w.bit(26);
}

void set_write_back(Word w, const Access& access, Instruction& one) {
  if (access.write_back == 0) return;
  one.adjusted = w.rn();
  one.adjustment = static_cast<std::int32_t>(access.write_back);
}

constexpr Lane kZeroLane{Lane::From::kZero, kNoRegister};

// A load or store of vector registers, of `width` bytes each.
void move_vector(Word w, const Access& access, std::uint8_t width, Instruction& one) {
  const bool words = width >= 8;
  if (access.load) {
    one.operands[1] = access.memory;
    one.vector = w.rd();
    if (words) one.lanes = {Lane{Lane::From::kMemory}, width == 16 ? Lane{Lane::From::kMemoryNext} : kZeroLane};
  } else {
    move(one, access.memory, {});
    if (words) one.lanes = {Lane{Lane::From::kLow, w.rd()}, Lane{Lane::From::kHigh, w.rd()}};
  }
}

void read_single(Word w, Instruction& one) {
  const Access access = single_access(w);
  set_write_back(w, access, one);
  if (access.vector) return move_vector(w, access, access.memory.width, one);
  if (!access.load) return move(one, access.memory, register_or_zero(w.rd(), access.memory.width));
  if (is_prefetch(w) || w.rd() == kZeroOrSp) return;
  const std::uint32_t kind = w.field(23, 22);  // to the whole register, of a signed number to the whole, to the half
  one.sign_extends = kind >= 2;
  const bool wide = kind == 2 || access.memory.width == 8;
  move(one, register_or_sp(w.rd(), wide ? 8 : 4), access.memory);
}

void read_pair(Word w, Instruction& one) {
  Access access = pair_access(w);
  set_write_back(w, access, one);
  if (access.vector) {
    const std::uint8_t width = access.memory.width;
    access.memory.width = static_cast<std::uint8_t>(2 * width);
    one.paired_vector = w.rt2();
    return move_vector(w, access, width, one);
  }
  if (!access.load) {
    move(one, access.memory, register_or_zero(w.rd(), access.memory.width));
    one.paired = register_or_zero(w.rt2(), access.memory.width);
    return;
  }
  one.sign_extends = w.field(31, 30) == 1;
  const std::uint8_t width = one.sign_extends ? 8 : access.memory.width;
  move(one, register_or_sp(w.rd(), width), access.memory);
  one.written = unless_zero(w.rd());
  one.also_written = unless_zero(w.rt2());
  if (one.also_written != kNoRegister) one.paired = register_or_sp(w.rt2(), width);
}

// Memory is changed into something that is not followed; `read` goes into it.
void change_memory(Word w, Register read, Instruction& one) {
  const auto width = static_cast<std::uint8_t>(1u << w.field(31, 30));
  one.operation = Operation::kAdd;
  one.operands = {memory(w.rn(), 0, width), register_or_zero(read, width)};
}

// Atomic operations on memory (swp, ldadd, ...), whose old contents go to the register, and authenticated loads.
void read_atomic(Word w, Instruction& one) {
  if (w.bit(10)) {
    one.operands[0] = memory(w.rn(), 0, 8);
    one.also_written = w.bit(11) ? w.rn() : kNoRegister;
  } else {
    change_memory(w, w.rm(), one);
  }
  one.written = unless_zero(w.rd());
}

// Exclusive and ordered accesses, compare and swap.
void read_exclusive(Word w, Instruction& one) {
  const bool ordered = w.bit(23);
  const bool load = w.bit(22);
  const bool swaps = w.bit(21) && (ordered || !w.bit(31));  // cas; casp
  if (swaps) {
    change_memory(w, w.rd(), one);
    one.paired = register_or_zero(w.rm(), w.width());
    one.written = unless_zero(w.rm());
    if (!ordered) one.also_written = unless_zero(static_cast<Register>(w.rm() | 1));
  } else if (load) {
    one.operands[0] = memory(w.rn(), 0, w.width());
    one.written = unless_zero(w.rd());
    if (w.bit(21)) one.also_written = unless_zero(w.rt2());
  } else {
    change_memory(w, w.rd(), one);
    if (w.bit(21)) one.paired = register_or_zero(w.rt2(), w.width());
    if (!ordered) one.written = unless_zero(w.rm());
  }
}

// Loads and stores of several vectors, or of one part of a vector (ld1, ld1r, st1).
void read_structure(Word w, Instruction& one) {
  const bool single = w.bit(24);
  const bool repeats = single && w.field(15, 14) == 3;
  const std::uint32_t scale = !single     ? 4
                              : repeats   ? w.field(11, 10)
                              : w.bit(15) ? (w.bit(10) ? 3 : 2)
                                          : w.field(15, 14);
  const Operand place = memory(w.rn(), 0, static_cast<std::uint8_t>(1u << scale));
  if (w.bit(23)) one.written = w.rn();
  if (w.bit(22)) {
    one.operands[1] = place;
    one.clobbers_vectors = true;
  } else {
    one.operands[0] = place;
    one.clobbers_memory = true;
  }
}

void read_load_store(Word w, Instruction& one) {
  if (w.is(0x3b000000, 0x18000000)) {  // from a place beside the code
    const std::uint64_t from = one.address + static_cast<std::uint64_t>(w.signed_field(23, 5) * 4);
    const std::uint32_t kind = w.field(31, 30);
    if (w.bit(26) || kind == 3 || w.rd() == kZeroOrSp) return;
    one.sign_extends = kind == 2;
    move(one, register_or_sp(w.rd(), kind == 0 ? 4 : 8), place(from, kind == 1 ? 8 : 4));
  } else if (w.is(0x3f000000, 0x08000000)) {
    read_exclusive(w, one);
  } else if (is_pair(w)) {
    read_pair(w, one);
  } else if (is_single(w)) {
    read_single(w, one);
  } else if (w.is(0x3a000000, 0x38000000)) {
    read_atomic(w, one);
  } else if (w.is(0xbe000000, 0x0c000000)) {
    read_structure(w, one);
  } else if (w.is(0x3f200c00, 0x19000000)) {  // ldapur, stlur
    if (w.field(23, 22) == 0) {
      const auto width = static_cast<std::uint8_t>(1u << w.field(31, 30));
      move(one, memory(w.rn(), w.signed_field(20, 12), width), register_or_zero(w.rd(), width));
    } else {
      one.written = unless_zero(w.rd());
    }
  } else {
    one.clobbers_all = true;  // memory tags, memcpy
  }
}

void read_logical_register(Word w, Instruction& one) {
  const std::uint32_t kind = w.field(30, 29);
  const bool plain = !w.bit(21) && w.field(15, 10) == 0;  // neither negated nor shifted
  read_registers(w, w.rn(), w.rm(), one);
  if (kind == 3) {
    one.operation = Operation::kTest;
    if (plain && w.rn() == w.rm()) {  // with itself: a compare with 0
      one.operation = Operation::kCompare;
      one.operands[1] = immediate(0, w.width());
    }
  } else if (kind == 1 && plain && w.rn() == kZeroOrSp && one.written != kNoRegister) {
    move(one, register_or_sp(w.rd(), w.width()), register_or_zero(w.rm(), w.width()));
  }
}

void read_add_register(Word w, Instruction& one) {
  const bool extended = w.bit(21);
  const bool plain = extended ? (w.field(15, 13) & 3) == 3 : w.field(23, 22) == 0;  // shifted left if at all
  const std::uint32_t shift = extended ? w.field(12, 10) : w.field(15, 10);
  read_registers(w, w.rn(), w.rm(), one);
  if (extended) one.operands[0] = register_or_sp(w.rn(), w.width());
  if (w.bit(29)) {
    const bool compares = w.bit(30) && plain && shift == 0;
    one.operation = compares ? Operation::kCompare : Operation::kTest;
    if (compares) one.arithmetic = Arithmetic::kSubtract;
    return;
  }
  if (extended) one.written = w.rd();
  if (w.bit(30) && plain && shift == 0) one.arithmetic = Arithmetic::kSubtract;
  if (w.bit(30) || !plain || one.written == kNoRegister) return;
  one.operation = Operation::kLea;
  one.operands = {register_or_sp(w.rd(), w.width()), memory(extended ? w.rn() : unless_zero(w.rn()), 0, w.width())};
  one.operands[1].index = unless_zero(w.rm());
  one.operands[1].shift = static_cast<std::uint8_t>(shift);
}

void read_data_register(Word w, Instruction& one) {
  one.written = unless_zero(w.rd());
  if (!w.bit(28)) return w.bit(24) ? read_add_register(w, one) : read_logical_register(w, one);
  const std::uint32_t group = w.field(24, 21);
  const bool second_is_number = group == 2 && w.bit(11);  // ccmp
  const bool only_one = group == 6 && w.bit(30);          // rev, clz, ...
  read_registers(w, w.rn(), second_is_number || only_one ? kZeroOrSp : w.rm(), one);
  if (group >= 8) one.paired = register_or_zero(w.rt2(), w.width());  // madd, msub
  if (w.is(0x7fe0fc00, 0x1b007c00)) one.arithmetic = Arithmetic::kMultiply;
  if (group != 4 && group < 8 && w.bit(29)) one.operation = Operation::kTest;
  if (group == 2) one.written = kNoRegister;
  if (w.is(0x7fff0fe0, 0x1a9f07e0)) {  // cset: csinc of two zeros
    one.operation = Operation::kSet;
    one.condition = condition_of(w.field(15, 12) ^ 1);
    one.operands = {register_or_zero(w.rd(), w.width())};
  }
}

// The words that an instruction moves into a vector register or from one into a general register; empty for others.
std::optional<std::array<Lane, 2>> moved_words(Word w) {
  const Lane low{Lane::From::kLow, w.rn()};
  const Lane high{Lane::From::kHigh, w.rn()};
  const Lane general = w.rn() == kZeroOrSp ? kZeroLane : Lane{Lane::From::kGeneral, w.rn()};
  const Lane old_low{Lane::From::kLow, w.rd()};
  const Lane old_high{Lane::From::kHigh, w.rd()};
  const Lane other{Lane::From::kLow, w.rm()};
  const auto both = [](const Lane& first, const Lane& second) { return std::array{first, second}; };
  switch (w.bits & 0xfffffc00) {
    case 0x9e670000:  // fmov d,x
      return both(general, kZeroLane);
    case 0x9eaf0000:  // fmov v.d[1],x; ins
    case 0x4e181c00:
      return both(old_low, general);
    case 0x4e081c00:
      return both(general, old_high);
    case 0x4e080c00:  // dup v.2d,x
      return both(general, general);
    case 0x9e660000:  // fmov x,d; umov
    case 0x4e083c00:
    case 0x1e604000:  // fmov d,d
      return both(low, kZeroLane);
    case 0x9eae0000:  // fmov x,v.d[1]; umov
    case 0x4e183c00:
    case 0x5e180400:  // mov d,v.d[1]
      return both(high, kZeroLane);
    case 0x4e080400:  // dup v.2d,v.d[..]
      return both(low, low);
    case 0x4e180400:
      return both(high, high);
    case 0x6e080400:  // ins v.d[..],v.d[..]
      return both(low, old_high);
    case 0x6e084400:
      return both(high, old_high);
    case 0x6e180400:
      return both(old_low, low);
    case 0x6e184400:
      return both(old_low, high);
    default:
      break;
  }
  switch (w.bits & 0xffe0fc00) {
    case 0x4ea01c00:  // mov
      if (w.rn() == w.rm()) return both(low, high);
      break;
    case 0x6e201c00:  // eor with itself
      if (w.rn() == w.rm()) return both(kZeroLane, kZeroLane);
      break;
    case 0x4ec03800:  // zip1, trn1, uzp1
    case 0x4ec02800:
    case 0x4ec01800:
      return both(low, other);
    case 0x6e004000:  // ext by half
      return both(high, other);
    default:
      break;
  }
  const bool constant = w.is(0x9ff80c00, 0x0f000400) && w.field(18, 16) == 0 && w.field(9, 5) == 0;
  const std::uint32_t mode = w.field(15, 12);
  const bool shifted = !w.bit(29) && mode < 12 && (mode & 1) == 0;
  if (constant && (mode == 14 || shifted)) return both(kZeroLane, kZeroLane);  // movi of 0
  return std::nullopt;
}

// Floating point and vectors: what comes from or goes to general registers, and compares.
void read_floating(Word w, Instruction& one) {
  const bool convert = w.is(0x5f20fc00, 0x1e200000);      // between integers and floating point; fmov
  const bool fixed_point = w.is(0x5f200000, 0x1e000000);  // the same with fixed point
  one.lanes = moved_words(w).value_or(std::array<Lane, 2>{});
  bool general = false;
  if (convert || fixed_point) {
    const std::uint32_t kind = w.field(18, 16);
    general = kind != 2 && kind != 3 && (!convert || kind != 7);
    if (!general) read_register(w, w.rn(), one);
  } else if (w.is(0xbfe0fc00, 0x0e003c00) || w.is(0xbfe0fc00, 0x0e002c00)) {  // umov, smov
    general = true;
  } else if (w.is(0xbfe0fc00, 0x0e000c00) || w.is(0xffe0fc00, 0x4e001c00)) {  // dup, ins
    read_register(w, w.rn(), one);
  } else if (w.is(0xff203c00, 0x1e202000) || w.is(0xff200c00, 0x1e200400)) {  // fcmp, fccmp
    one.operation = Operation::kTest;
    return;
  }
  if (!general) {
    one.vector = w.rd();
    return;
  }
  one.written = unless_zero(w.rd());
  one.operands[0] = register_or_zero(w.rd(), 8);
}

Instruction read_word(Word w, std::uint64_t address) {
  Instruction one;
  one.address = address;
  one.size = 4;
  switch (w.field(28, 25)) {
    case 8:
    case 9:
      read_data_immediate(w, one);
      break;
    case 10:
    case 11:
      read_branch_or_system(w, one);
      break;
    case 4:
    case 6:
    case 12:
    case 14:
      read_load_store(w, one);
      break;
    case 5:
    case 13:
      read_data_register(w, one);
      break;
    case 7:
    case 15:
      read_floating(w, one);
      break;
    case 0:
      if (w.field(31, 16) == 0) one.operation = Operation::kTrap;  // udf
      break;
    default:  // SVE: lengths go to general registers, of the same field
      one.written = w.rd();
      break;
  }
  return one;
}

Instruction convert(const cs_insn& insn, const BinaryImage&) {
  std::uint32_t bits;
  std::memcpy(&bits, insn.bytes, sizeof(bits));
  return read_word({bits}, insn.address);
}

// What the sweep of find_references() knows at a place: the pages, or whole addresses, that registers hold.
struct Bases {
  std::uint32_t known = 0;  // a bit for every register
  std::uint32_t doubted = 0;
  std::array<std::uint64_t, 32> address{};

  bool holds(Register reg) const { return (known >> reg & 1) != 0; }
  bool doubts(Register reg) const { return (doubted >> reg & 1) != 0; }
  void set(Register reg, std::uint64_t value, bool doubtful = false) {
    address[reg] = value;
    known |= 1u << reg;
    known &= ~(1u << kSp);  // number 31 is the zero register or the stack pointer
    doubted = doubtful ? doubted | 1u << reg : doubted & ~(1u << reg);
  }
  void forget(Register reg) { known &= ~(1u << reg); }
  void copy(Register to, Register from) { holds(from) ? set(to, address[from], doubts(from)) : forget(to); }
};

constexpr std::uint64_t kPreserved = registers_mask({19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, kSp});

// One pass over the words of a range. Compilers put adrp and the instruction that completes the address apart, so what
// a register holds is kept until it is overwritten, across calls where they preserve it, and along branches that lead
// further on: what follows an unconditional jump is reached by one of them.
class Sweep {
 public:
  Sweep(const BinaryImage& image, std::uint64_t low, std::uint64_t high, std::vector<Reference>& found)
      : image_(image), low_(low), high_(high), found_(found), carried_(kCarried) {}

  void run(const MappedRange& range) {
    const ByteView code = slice(image_.bytes, range.file_offset, range.size);
    auto function = std::lower_bound(image_.functions.begin(), image_.functions.end(), range.address,
                                     [](const FunctionRange& f, std::uint64_t address) { return f.begin < address; });
    for (std::size_t at = 0; at + 4 <= code.size(); at += 4) {
      here_ = range.address + at;
      if (function != image_.functions.end() && here_ >= function->begin) {
        bases_.known = 0;
        spilled_.clear();
        entered_ = true;
        while (function != image_.functions.end() && here_ >= function->begin) ++function;
      }
      if (entered_) arrive();
      Word w;
      std::memcpy(&w.bits, code.data() + at, 4);
      visit(w);
    }
  }

 private:
  struct Carried {
    std::uint64_t target = 0;
    Bases bases;
  };
  struct Spilled {
    Register base;
    std::int64_t offset;
    std::uint64_t address;
    bool doubtful = false;  // something else was put there since
  };
  static constexpr std::size_t kCarried = 1024;
  Carried& carried_to(std::uint64_t target) { return carried_[target / 4 % kCarried]; }

  void arrive() {
    entered_ = false;
    if (const Carried& carried = carried_to(here_); carried.target == here_) bases_ = carried.bases;
  }

  void add(std::uint64_t target, Reference::Kind kind, bool doubtful = false) {
    if (target >= low_ && target < high_) found_.push_back({here_, target, kind, doubtful});
  }

  void transfer(std::int64_t words, Reference::Kind kind) {
    const std::uint64_t target = here_ + static_cast<std::uint64_t>(words * 4);
    add(target, kind);
    if (kind == Reference::Kind::kCall || target <= here_ || bases_.known == 0) return;
    carried_to(target) = {target, bases_};
  }

  void visit(Word w) {
    switch (w.field(28, 25)) {
      case 8:
      case 9:
        return visit_immediate(w);
      case 10:
      case 11:
        return visit_branch(w);
      case 4:
      case 6:
      case 12:
      case 14:
        return visit_access(w);
      case 5:
      case 13:
        if (w.is(0xffe0ffe0, 0xaa0003e0)) return bases_.copy(w.rd(), w.rm());  // mov
        return bases_.forget(w.rd());
      default:
        return;
    }
  }

  void visit_immediate(Word w) {
    if (w.is(0x1f000000, 0x10000000)) {
      const std::uint64_t target = page_or_place(w, here_);
      if (!w.bit(31)) add(target, Reference::Kind::kLea);
      return bases_.set(w.rd(), target);
    }
    const bool adds = w.is(0xbf800000, 0x91000000);
    if (!adds || !bases_.holds(w.rn())) return bases_.forget(w.rd());
    const std::uint64_t target = bases_.address[w.rn()] + static_cast<std::uint64_t>(add_immediate(w));
    add(target, Reference::Kind::kLea);
    bases_.set(w.rd(), target, bases_.doubts(w.rn()));
  }

  void visit_branch(Word w) {
    if (w.is(0x7c000000, 0x14000000)) {
      transfer(w.signed_field(25, 0), w.bit(31) ? Reference::Kind::kCall : Reference::Kind::kJump);
      if (w.bit(31)) bases_.known &= kPreserved;
      entered_ = !w.bit(31);
    } else if (w.is(0xff000000, 0x54000000) || w.is(0x7e000000, 0x34000000)) {
      transfer(w.signed_field(23, 5), Reference::Kind::kBranch);
    } else if (w.is(0x7e000000, 0x36000000)) {
      transfer(w.signed_field(18, 5), Reference::Kind::kBranch);
    } else if (w.is(0xfe000000, 0xd6000000)) {
      const bool call = (w.field(24, 21) & 7) == 1;
      if (call) bases_.known &= kPreserved;
      entered_ = !call;
    } else if (w.is(0xff000000, 0xd4000000)) {
      entered_ = true;
    } else if (w.is(0xfff00000, 0xd5300000)) {
      bases_.forget(w.rd());
    }
  }

  void visit_access(Word w) {
    if (w.is(0x3b000000, 0x18000000)) {
      add(here_ + static_cast<std::uint64_t>(w.signed_field(23, 5) * 4), Reference::Kind::kLoad);
      if (!w.bit(26)) bases_.forget(w.rd());
      return;
    }
    const bool pair = is_pair(w);
    if ((bases_.known == 0 && spilled_.empty()) || (!pair && !is_single(w))) return;
    const Access access = pair ? pair_access(w) : single_access(w);
    if (bases_.holds(w.rn())) {
      const std::uint64_t base = bases_.address[w.rn()];
      if (access.memory.index == kNoRegister)
        add(base + static_cast<std::uint64_t>(access.memory.value),
            access.load ? Reference::Kind::kLoad : Reference::Kind::kStore, access.load && bases_.doubts(w.rn()));
      if (access.write_back != 0) bases_.set(w.rn(), base + static_cast<std::uint64_t>(access.write_back));
    }
    if (access.vector || is_prefetch(w)) return;
    keep(access, 0, w.rd());
    if (pair) keep(access, access.memory.width, w.rt2());
  }

  // Registers that are put aside on the stack and taken back.
  void keep(const Access& access, std::int64_t behind, Register reg) {
    const std::int64_t offset = access.memory.value + behind;
    const bool on_stack = access.memory.reg == kSp || access.memory.reg == kFrame;
    const auto slot = std::find_if(spilled_.begin(), spilled_.end(), [&](const Spilled& one) {
      return on_stack && one.base == access.memory.reg && one.offset == offset;
    });
    const bool kept = slot != spilled_.end();
    if (access.load) return kept ? bases_.set(reg, slot->address, slot->doubtful) : bases_.forget(reg);
    // On another way, perhaps, than those to the loads that come next.
    if (kept && !bases_.holds(reg)) slot->doubtful = true;
    if (!on_stack || !bases_.holds(reg)) return;
    if (kept) {
      slot->address = bases_.address[reg];
      slot->doubtful = bases_.doubts(reg);
    } else {
      spilled_.push_back({access.memory.reg, offset, bases_.address[reg], bases_.doubts(reg)});
    }
  }

  const BinaryImage& image_;
  std::uint64_t low_;
  std::uint64_t high_;
  std::vector<Reference>& found_;
  std::vector<Carried> carried_;  // by the target of a branch; later ones replace others
  std::vector<Spilled> spilled_;
  Bases bases_;
  std::uint64_t here_ = 0;
  bool entered_ = true;  // nothing flows into this place from the one before
};

void find_references(const BinaryImage& image, const MappedRange& range, std::uint64_t low, std::uint64_t high,
                     std::vector<Reference>& found) {
  Sweep(image, low, high, found).run(range);
}

// `mov w8,#1160; ldr x8,[x8]` or `mov x0,#0; ldr x0,[x0,#1160]`, a few words apart.
void find_null_accesses(const BinaryImage& image, const MappedRange& range, std::uint64_t high,
                        std::vector<Reference>& found) {
  constexpr std::size_t kApart = 8;
  const ByteView code = slice(image.bytes, range.file_offset, range.size);
  const auto word_at = [&](std::size_t at) {
    Word w;
    std::memcpy(&w.bits, code.data() + at, 4);
    return w;
  };
  for (std::size_t at = 0; at + 4 <= code.size(); at += 4) {
    const Word w = word_at(at);
    if (!w.is(0x7fe00000, 0x52800000) || w.field(20, 5) >= high) continue;  // movz
    for (std::size_t behind = at + 4; behind + 4 <= code.size() && behind <= at + 4 * kApart; behind += 4) {
      const Word access = word_at(behind);
      if (!access.is(0xffc00000, 0xf9400000) || access.rn() != w.rd()) continue;  // ldr of 64 bits
      const std::uint64_t target = w.field(20, 5) + std::uint64_t{8} * access.field(21, 10);
      if (target < high) found.push_back({range.address + behind, target, Reference::Kind::kLoad});
      if (access.rd() == w.rd()) break;
    }
  }
}

// Procedure Call Standard for the Arm 64-bit Architecture, section 6.
constexpr Machine kMachine = {.name = "aarch64",
                              .pointer_size = 8,
                              .alignment = 4,
                              .longest = 4,
                              .arguments = {0, 1, 2, 3, 4, 5, 6, 7},
                              .argument_count = 8,
                              .result = 0,
                              .stack_pointer = kSp,
                              .return_register = true,
                              .preserved = kPreserved};

constexpr Machine apple_machine() {
  Machine machine = kMachine;
  machine.name = "arm64";
  machine.variadic_on_stack = true;
  return machine;
}

// nop, and what Visual C++ fills up with (brk #0xf000, which __debugbreak is too).
bool is_padding(ByteView code) {
  const auto word = read_le<std::uint32_t>(code, 0);
  return word == 0xd503201f || word == 0xd43e0000;
}

}  // namespace

const Architecture kArm64 = {
    .arch = "aarch64",
    .format = "",
    .machine = kMachine,
    .capstone_arch = CS_ARCH_ARM64,
    .capstone_mode = CS_MODE_LITTLE_ENDIAN,
    .convert = convert,
    .reads_words = true,
    .is_padding = is_padding,
    .find_references = find_references,
    .find_null_accesses = find_null_accesses,
};

// "Writing ARM64 code for Apple platforms": what a variadic function takes beyond its named arguments lies on the
// stack.
const Architecture kArm64Apple = {
    .arch = "arm64",
    .format = "macho",
    .machine = apple_machine(),
    .capstone_arch = CS_ARCH_ARM64,
    .capstone_mode = CS_MODE_LITTLE_ENDIAN,
    .convert = convert,
    .reads_words = true,
    .is_padding = is_padding,
    .find_references = find_references,
    .find_null_accesses = find_null_accesses,
};

}  // namespace abicheck
