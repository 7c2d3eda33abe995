// RISC-V in 64 bits, with compressed instructions.
//
// The low two bits of an instruction tell whether it has two bytes or four. A short one is a long one with fewer
// choices, so both are brought into one form first. Code names other places by their distance from the instruction in
// two halves: auipc adds the upper one, which compilers may do long before, and what completes the address the lower.
#include <capstone/capstone.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/bytes.h"
#include "disasm/architecture.h"

namespace abicheck {

namespace {

constexpr Register kZeroRegister = 0;
constexpr Register kReturnAddress = 1;
constexpr Register kStack = 2;
constexpr Register kSecondLink = 5;  // t0: holds the return address of routines that save registers (-msave-restore)
constexpr std::uint64_t kPreserved = registers_mask({2, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27});

// An instruction of either length (The RISC-V Instruction Set Manual, volume I, "RV32I Base", "C Extension").
struct Plain {
  enum class Form : std::uint8_t {
    kNothing,       // that matters here
    kOther,         // overwrites rd
    kUpper,         // lui
    kUpperPlace,    // auipc
    kSum,           // addi
    kSumOfWords,    // addiw
    kSumOfBoth,     // add
    kOr,            // ori
    kExclusive,     // xori
    kLoad,          // rd from rs1 + immediate
    kFloatLoad,     // the same into another register
    kStore,         // rs2 to there
    kBranch,        // compares rs1 with rs2
    kJump,          // jal: rd gets the return address
    kJumpRegister,  // jalr: to rs1 + immediate
    kTrap,
    kSystem,  // ecall
  } form = Form::kNothing;
  std::uint8_t size = 4;
  Register rd = kZeroRegister;
  Register rs1 = kZeroRegister;
  Register rs2 = kZeroRegister;
  std::int64_t immediate = 0;
  std::uint8_t width = 8;  // of what is loaded or stored
  bool sign_extends = false;
  Condition condition = Condition::kNone;
  Arithmetic arithmetic = Arithmetic::kNone;  // of a kOther: of rs1 and rs2 or, with `numbered`, the immediate
  bool numbered = false;

  void compute(Arithmetic what, std::uint8_t bytes) {
    form = Form::kOther;
    arithmetic = what;
    width = bytes;
  }
  void compute(Arithmetic what, std::uint8_t bytes, std::int64_t number) {
    compute(what, bytes);
    numbered = true;
    immediate = number;
  }
};

using Form = Plain::Form;

// The bits from `low` to `high` of `word`.
constexpr std::uint32_t bits(std::uint32_t word, unsigned high, unsigned low) {
  return word >> low & ((1u << (high - low + 1)) - 1);
}

constexpr std::int64_t signed_of(std::uint32_t value, unsigned width) {
  return static_cast<std::int32_t>(value << (32 - width)) >> (32 - width);
}

constexpr Condition kConditions[] = {Condition::kEqual, Condition::kNotEqual,  Condition::kNone,
                                     Condition::kNone,  Condition::kBelow,     Condition::kAboveEqual,
                                     Condition::kBelow, Condition::kAboveEqual};

// Whether an instruction of the opcode OP-FP has its result in a general register.
bool float_form_writes_register(std::uint32_t word) {
  switch (bits(word, 31, 27)) {
    case 0x14:  // feq, flt, fle
    case 0x18:  // fcvt to integers
    case 0x1c:  // fmv.x, fclass
      return true;
    default:
      return false;
  }
}

constexpr Arithmetic shift_of(unsigned function) {
  return function == 1 ? Arithmetic::kShiftLeft : Arithmetic::kShiftRight;
}

// Of two registers, by the fields funct7 and funct3.
constexpr Arithmetic arithmetic_of(unsigned seven, unsigned function) {
  if (seven == 1) return function == 0 ? Arithmetic::kMultiply : Arithmetic::kNone;
  if (seven == 0x20) {
    return function == 0 ? Arithmetic::kSubtract : function == 5 ? Arithmetic::kShiftRight : Arithmetic::kNone;
  }
  constexpr Arithmetic kPlain[] = {Arithmetic::kAdd, Arithmetic::kShiftLeft,  Arithmetic::kNone, Arithmetic::kNone,
                                   Arithmetic::kXor, Arithmetic::kShiftRight, Arithmetic::kOr,   Arithmetic::kAnd};
  return seven == 0 ? kPlain[function] : Arithmetic::kNone;
}

// c.srli, c.srai, c.andi, and what computes of two registers.
void expand_compressed_arithmetic(std::uint32_t half, Plain& one) {
  const unsigned kind = bits(half, 11, 10);
  const std::uint32_t number = bits(half, 12, 12) << 5 | bits(half, 6, 2);
  one.rd = one.rs1 = 8 + bits(half, 9, 7);
  one.rs2 = 8 + bits(half, 4, 2);
  if (kind == 2) return one.compute(Arithmetic::kAnd, 8, signed_of(number, 6));
  if (kind < 2) return one.compute(Arithmetic::kShiftRight, 8, number);
  constexpr Arithmetic kWide[] = {Arithmetic::kSubtract, Arithmetic::kXor, Arithmetic::kOr, Arithmetic::kAnd};
  constexpr Arithmetic kWords[] = {Arithmetic::kSubtract, Arithmetic::kAdd, Arithmetic::kNone, Arithmetic::kNone};
  const bool words = bits(half, 12, 12) != 0;
  one.compute((words ? kWords : kWide)[bits(half, 6, 5)], words ? 4 : 8);
}

Plain expand_long(std::uint32_t word) {
  Plain one;
  one.rd = bits(word, 11, 7);
  one.rs1 = bits(word, 19, 15);
  one.rs2 = bits(word, 24, 20);
  const unsigned function = bits(word, 14, 12);
  const std::int64_t i = signed_of(bits(word, 31, 20), 12);
  switch (bits(word, 6, 0)) {
    case 0x37:
    case 0x17:
      one.form = bits(word, 6, 0) == 0x37 ? Form::kUpper : Form::kUpperPlace;
      one.immediate = static_cast<std::int32_t>(word & 0xfffff000);
      break;
    case 0x6f:
      one.form = Form::kJump;
      one.immediate = signed_of(
          bits(word, 31, 31) << 20 | bits(word, 19, 12) << 12 | bits(word, 20, 20) << 11 | bits(word, 30, 21) << 1, 21);
      break;
    case 0x67:
      one.form = Form::kJumpRegister;
      one.immediate = i;
      break;
    case 0x63:
      one.form = Form::kBranch;
      one.condition = kConditions[function];
      one.immediate = signed_of(
          bits(word, 31, 31) << 12 | bits(word, 7, 7) << 11 | bits(word, 30, 25) << 5 | bits(word, 11, 8) << 1, 13);
      break;
    case 0x03:
      one.form = Form::kLoad;
      one.width = static_cast<std::uint8_t>(1u << (function & 3));
      one.sign_extends = function < 3;
      one.immediate = i;
      break;
    case 0x23:
    case 0x27:  // of floating point and vectors
      one.form = Form::kStore;
      one.width = static_cast<std::uint8_t>(1u << (function & 3));
      if (bits(word, 6, 0) == 0x27) one.rs2 = kNoRegister;
      one.immediate = signed_of(bits(word, 31, 25) << 5 | bits(word, 11, 7), 12);
      break;
    case 0x13:
      one.form = function == 0   ? Form::kSum
                 : function == 4 ? Form::kExclusive
                 : function == 6 ? Form::kOr
                                 : Form::kOther;
      one.immediate = i;
      if (function == 1 || function == 5) one.compute(shift_of(function), 8, bits(word, 25, 20));
      if (function == 7) one.compute(Arithmetic::kAnd, 8, i);
      break;
    case 0x1b:
      one.form = function == 0 ? Form::kSumOfWords : Form::kOther;
      one.immediate = i;
      if (function == 1 || function == 5) one.compute(shift_of(function), 4, bits(word, 24, 20));
      break;
    case 0x33:
      one.form = function == 0 && bits(word, 31, 25) == 0 ? Form::kSumOfBoth : Form::kOther;
      if (one.form == Form::kOther) one.compute(arithmetic_of(bits(word, 31, 25), function), 8);
      break;
    case 0x3b:
      one.compute(arithmetic_of(bits(word, 31, 25), function), 4);
      break;
    case 0x07:  // of floating point and vectors
      one.form = Form::kFloatLoad;
      one.width = static_cast<std::uint8_t>(1u << (function & 3));
      one.immediate = i;
      break;
    case 0x0f:  // fence
    case 0x43:  // fmadd, fmsub, fnmsub, fnmadd
    case 0x47:
    case 0x4b:
    case 0x4f:
      break;
    case 0x53:
      if (float_form_writes_register(word)) one.form = Form::kOther;
      break;
    case 0x73:
      if (word == 0x73) {
        one.form = Form::kSystem;
      } else if (word == 0x00100073 || word == 0xc0001073) {  // ebreak, unimp
        one.form = Form::kTrap;
      } else {
        one.form = Form::kOther;
      }
      break;
    default:
      one.form = Form::kOther;
  }
  return one;
}

Plain expand_quadrant_0(std::uint32_t half) {
  Plain one;
  one.rd = one.rs2 = 8 + bits(half, 4, 2);
  one.rs1 = 8 + bits(half, 9, 7);
  const std::uint32_t word_place = bits(half, 12, 10) << 3 | bits(half, 6, 6) << 2 | bits(half, 5, 5) << 6;
  const std::uint32_t double_place = bits(half, 12, 10) << 3 | bits(half, 6, 5) << 6;
  switch (bits(half, 15, 13)) {
    case 0:  // c.addi4spn
      one.form = half == 0 ? Form::kTrap : Form::kSum;
      one.rs1 = kStack;
      one.immediate = bits(half, 12, 11) << 4 | bits(half, 10, 7) << 6 | bits(half, 6, 6) << 2 | bits(half, 5, 5) << 3;
      break;
    case 2:  // c.lw
    case 6:  // c.sw
      one.form = bits(half, 15, 15) == 0 ? Form::kLoad : Form::kStore;
      one.width = 4;
      one.sign_extends = true;
      one.immediate = word_place;
      break;
    case 3:  // c.ld
    case 7:  // c.sd
      one.form = bits(half, 15, 15) == 0 ? Form::kLoad : Form::kStore;
      one.immediate = double_place;
      break;
    case 1:  // c.fld
      one.form = Form::kFloatLoad;
      one.immediate = double_place;
      break;
    case 5:  // c.fsd
      one.form = Form::kStore;
      one.rs2 = kNoRegister;
      one.immediate = double_place;
      break;
    case 4:  // Zcb: loads and stores of bytes
      one.form = Form::kOther;
      break;
    default:
      break;
  }
  return one;
}

Plain expand_quadrant_1(std::uint32_t half) {
  Plain one;
  one.rd = one.rs1 = bits(half, 11, 7);
  const std::int64_t small = signed_of(bits(half, 12, 12) << 5 | bits(half, 6, 2), 6);
  switch (bits(half, 15, 13)) {
    case 0:  // c.addi
    case 1:  // c.addiw
      one.form = bits(half, 13, 13) == 0 ? Form::kSum : Form::kSumOfWords;
      one.immediate = small;
      break;
    case 2:  // c.li
      one.form = Form::kSum;
      one.rs1 = kZeroRegister;
      one.immediate = small;
      break;
    case 3:  // c.addi16sp, c.lui
      if (one.rd == kStack) {
        one.form = Form::kSum;
        one.immediate = signed_of(bits(half, 12, 12) << 9 | bits(half, 6, 6) << 4 | bits(half, 5, 5) << 6 |
                                      bits(half, 4, 3) << 7 | bits(half, 2, 2) << 5,
                                  10);
      } else {
        one.form = Form::kUpper;
        one.immediate = small * 4096;
      }
      break;
    case 4:
      expand_compressed_arithmetic(half, one);
      break;
    case 5:  // c.j
      one.form = Form::kJump;
      one.rd = kZeroRegister;
      one.immediate = signed_of(bits(half, 12, 12) << 11 | bits(half, 11, 11) << 4 | bits(half, 10, 9) << 8 |
                                    bits(half, 8, 8) << 10 | bits(half, 7, 7) << 6 | bits(half, 6, 6) << 7 |
                                    bits(half, 5, 3) << 1 | bits(half, 2, 2) << 5,
                                12);
      break;
    default:  // c.beqz, c.bnez
      one.form = Form::kBranch;
      one.rs1 = 8 + bits(half, 9, 7);
      one.condition = bits(half, 13, 13) == 0 ? Condition::kEqual : Condition::kNotEqual;
      one.immediate = signed_of(bits(half, 12, 12) << 8 | bits(half, 11, 10) << 3 | bits(half, 6, 5) << 6 |
                                    bits(half, 4, 3) << 1 | bits(half, 2, 2) << 5,
                                9);
      break;
  }
  return one;
}

Plain expand_quadrant_2(std::uint32_t half) {
  Plain one;
  one.rd = bits(half, 11, 7);
  one.rs2 = bits(half, 6, 2);
  switch (bits(half, 15, 13)) {
    case 0:  // c.slli
      one.rs1 = one.rd;
      one.compute(Arithmetic::kShiftLeft, 8, bits(half, 12, 12) << 5 | bits(half, 6, 2));
      break;
    case 1:  // c.fldsp
      one.form = Form::kFloatLoad;
      one.rs1 = kStack;
      one.immediate = bits(half, 12, 12) << 5 | bits(half, 6, 5) << 3 | bits(half, 4, 2) << 6;
      break;
    case 2:  // c.lwsp
      one.form = Form::kLoad;
      one.rs1 = kStack;
      one.width = 4;
      one.sign_extends = true;
      one.immediate = bits(half, 12, 12) << 5 | bits(half, 6, 4) << 2 | bits(half, 3, 2) << 6;
      break;
    case 3:  // c.ldsp
      one.form = Form::kLoad;
      one.rs1 = kStack;
      one.immediate = bits(half, 12, 12) << 5 | bits(half, 6, 5) << 3 | bits(half, 4, 2) << 6;
      break;
    case 4:
      if (one.rs2 != 0) {  // c.mv, c.add
        one.form = Form::kSumOfBoth;
        one.rs1 = bits(half, 12, 12) == 0 ? kZeroRegister : one.rd;
      } else if (one.rd == 0) {  // c.ebreak
        one.form = Form::kTrap;
      } else {  // c.jr, c.jalr
        one.form = Form::kJumpRegister;
        one.rs1 = one.rd;
        one.rd = bits(half, 12, 12) == 0 ? kZeroRegister : kReturnAddress;
      }
      break;
    case 6:  // c.swsp
      one.form = Form::kStore;
      one.rs1 = kStack;
      one.width = 4;
      one.immediate = bits(half, 12, 9) << 2 | bits(half, 8, 7) << 6;
      break;
    case 5:  // c.fsdsp
    case 7:  // c.sdsp
      one.form = Form::kStore;
      one.rs1 = kStack;
      if (bits(half, 15, 13) == 5) one.rs2 = kNoRegister;
      one.immediate = bits(half, 12, 10) << 3 | bits(half, 9, 7) << 6;
      break;
    default:
      break;
  }
  return one;
}

Plain expand(std::uint32_t word) {
  if ((word & 3) == 3) return expand_long(word);
  const std::uint32_t half = word & 0xffff;
  Plain one = (word & 3) == 0   ? expand_quadrant_0(half)
              : (word & 3) == 1 ? expand_quadrant_1(half)
                                : expand_quadrant_2(half);
  one.size = 2;
  return one;
}

std::uint32_t word_in(ByteView code, std::size_t at = 0) {
  if (const auto word = read_le<std::uint32_t>(code, at)) return *word;
  return read_le<std::uint16_t>(code, at).value_or(0);
}

// The register that holds always 0 is the number.
Operand register_operand(Register reg, std::uint8_t width = 8) {
  if (reg == kZeroRegister) return {Operand::Kind::kImmediate, width};
  return {Operand::Kind::kRegister, width, reg};
}

Operand immediate_operand(std::int64_t value) {
  Operand operand{Operand::Kind::kImmediate, 8};
  operand.value = value;
  return operand;
}

Operand memory_operand(Register base, std::int64_t displacement, std::uint8_t width) {
  Operand operand{Operand::Kind::kMemory, width};
  if (base != kZeroRegister) operand.reg = base;
  operand.value = displacement;
  return operand;
}

void make(Instruction& one, Operation operation, Register to, Operand from, std::uint8_t width = 8) {
  if (to == kZeroRegister) return;
  one.operation = operation;
  one.operands = {register_operand(to, width), from};
  one.written = to;
}

// `auipc` directly before fills the upper half of what a jump through `reg` adds to (the assembler's `call`, `tail`).
std::optional<std::uint64_t> upper_half_before(const BinaryImage& image, std::uint64_t address, Register reg) {
  const ByteView code = image.bytes_at(address - 4, 4);
  if (code.size() < 4) return std::nullopt;
  const Plain before = expand(word_in(code));
  if (before.form != Form::kUpperPlace || before.rd != reg) return std::nullopt;
  return address - 4 + static_cast<std::uint64_t>(before.immediate);
}

void read_jump(Instruction& one, const Plain& plain, const BinaryImage& image) {
  if (plain.rd == kSecondLink && plain.rs1 != kReturnAddress) {  // saves registers, and nothing else
    one.written_set = registers_mask({kSecondLink, 6});
    return;
  }
  // Stubs of the procedure linkage table leave their address in t1 for the dynamic linker.
  one.operation = plain.rd == kReturnAddress ? Operation::kCall : Operation::kJump;
  if (plain.form == Form::kJump) {
    one.target = one.address + static_cast<std::uint64_t>(plain.immediate);
    return;
  }
  const bool from_link = plain.rs1 == kReturnAddress || plain.rs1 == kSecondLink;
  if (plain.rd == kZeroRegister && from_link && plain.immediate == 0) {
    one.operation = Operation::kReturn;
    return;
  }
  if (const auto upper = upper_half_before(image, one.address, plain.rs1)) {
    one.target = *upper + static_cast<std::uint64_t>(plain.immediate);
  } else if (plain.immediate == 0) {
    one.operands[0] = register_operand(plain.rs1);
  }
}

Condition turned(Condition condition) {
  if (condition == Condition::kBelow) return Condition::kAbove;
  return condition == Condition::kAboveEqual ? Condition::kBelowEqual : condition;
}

void read_branch(Instruction& one, const Plain& plain) {
  const bool zero_first = plain.rs1 == kZeroRegister;
  one.operation = Operation::kBranch;
  one.condition = zero_first ? turned(plain.condition) : plain.condition;
  one.operands = {register_operand(plain.rs1), register_operand(plain.rs2)};
  if (zero_first) std::swap(one.operands[0], one.operands[1]);
  one.target = one.address + static_cast<std::uint64_t>(plain.immediate);
}

void read_sum(Instruction& one, const Plain& plain) {
  const bool words = plain.form == Form::kSumOfWords;
  const std::uint8_t width = words ? 4 : 8;
  if (plain.rs1 == kZeroRegister) return make(one, Operation::kMove, plain.rd, immediate_operand(plain.immediate));
  if (plain.immediate == 0 && words) {
    one.sign_extends = true;
    return make(one, Operation::kMove, plain.rd, register_operand(plain.rs1, 4));
  }
  make(one, Operation::kLea, plain.rd, memory_operand(plain.rs1, plain.immediate, width), width);
}

void read_sum_of_both(Instruction& one, const Plain& plain) {
  if (plain.rs1 == kZeroRegister) return make(one, Operation::kMove, plain.rd, register_operand(plain.rs2));
  if (plain.rs2 == kZeroRegister) return make(one, Operation::kMove, plain.rd, register_operand(plain.rs1));
  Operand sum = memory_operand(plain.rs1, 0, 8);
  sum.index = plain.rs2;
  make(one, Operation::kLea, plain.rd, sum);
}

void read_store(Instruction& one, const Plain& plain) {
  one.operation = Operation::kMove;
  one.operands[0] = memory_operand(plain.rs1, plain.immediate, plain.width);
  if (plain.rs2 != kNoRegister) one.operands[1] = register_operand(plain.rs2, plain.width);
}

Instruction read(std::uint64_t address, ByteView code, const BinaryImage& image) {
  const Plain plain = expand(word_in(code));
  Instruction one;
  one.address = address;
  one.size = plain.size;
  Operand combined = immediate_operand(plain.immediate);
  combined.reg = plain.rs1;
  Operand place{Operand::Kind::kMemory, 8};
  switch (plain.form) {
    case Form::kNothing:
      break;
    case Form::kOther:
      if (plain.rd != kZeroRegister) one.written = plain.rd;
      if (plain.arithmetic == Arithmetic::kNone) break;
      one.arithmetic = plain.arithmetic;
      one.operands = {register_operand(plain.rs1, plain.width),
                      plain.numbered ? immediate_operand(plain.immediate) : register_operand(plain.rs2, plain.width)};
      break;
    case Form::kFloatLoad:
      one.operands[1] = memory_operand(plain.rs1, plain.immediate, plain.width);
      break;
    case Form::kUpper:
      make(one, Operation::kMove, plain.rd, immediate_operand(plain.immediate));
      break;
    case Form::kUpperPlace:
      place.absolute = true;
      place.value = static_cast<std::int64_t>(address) + plain.immediate;
      make(one, Operation::kPage, plain.rd, place);
      break;
    case Form::kSum:
    case Form::kSumOfWords:
      read_sum(one, plain);
      break;
    case Form::kSumOfBoth:
      read_sum_of_both(one, plain);
      break;
    case Form::kOr:
      make(one, Operation::kOr, plain.rd, combined);
      break;
    case Form::kExclusive:
      make(one, Operation::kXor, plain.rd, combined);
      break;
    case Form::kLoad:
      one.sign_extends = plain.sign_extends;
      make(one, Operation::kMove, plain.rd, memory_operand(plain.rs1, plain.immediate, plain.width));
      break;
    case Form::kStore:
      read_store(one, plain);
      break;
    case Form::kBranch:
      read_branch(one, plain);
      break;
    case Form::kJump:
    case Form::kJumpRegister:
      read_jump(one, plain, image);
      break;
    case Form::kTrap:
      one.operation = Operation::kTrap;
      break;
    case Form::kSystem:
      one.clobbers_all = true;
      break;
  }
  return one;
}

Instruction convert(const cs_insn& insn, const BinaryImage& image) {
  return read(insn.address, ByteView(insn.bytes, insn.size), image);
}

// c.nop and nop.
bool is_padding(ByteView code) {
  const std::uint32_t word = word_in(code);
  return code.size() == 2 ? word == 0x0001 : word == 0x00000013;
}

// One pass over all instructions; `held` is what registers got from auipc, which is kept over the rest of the function,
// or whole addresses, which are not kept over a jump: any sum from one would be found, and some are by chance what is
// looked for. Only loads are found from those behind it too.
class Sweep {
 public:
  Sweep(const BinaryImage& image, const MappedRange& range, std::uint64_t low, std::uint64_t high,
        std::vector<Reference>& found)
      : image_(image), range_(range), low_(low), high_(high), found_(found) {}

  void run() {
    const ByteView code = slice(image_.bytes, range_.file_offset, range_.size);
    auto function = std::lower_bound(image_.functions.begin(), image_.functions.end(), range_.address,
                                     [](const FunctionRange& one, std::uint64_t at) { return one.begin < at; });
    for (std::size_t at = 0; at + 2 <= code.size();) {
      const std::uint64_t site = range_.address + at;
      while (function != image_.functions.end() && site >= function->begin) {
        ++function;
        holds_ = stale_ = 0;
      }
      const Plain one = expand(word_in(code, at));
      visit(site, one);
      at += one.size;
    }
  }

 private:
  void add(std::uint64_t site, std::uint64_t target, Reference::Kind kind, bool doubtful = false) {
    if (target >= low_ && target < high_) found_.push_back({site, target, kind, doubtful});
  }
  void forget(Register reg) {
    holds_ &= ~(1u << reg);
    stale_ &= ~(1u << reg);
  }
  // What the caller had there, in front of a return: code behind it may still go on with what the function had.
  void restore(Register reg) {
    const std::uint32_t kept = (stale_ | (holds_ & ~upper_ & static_cast<std::uint32_t>(kPreserved))) & 1u << reg;
    forget(reg);
    stale_ |= kept;
  }
  bool holds(Register reg) const { return (holds_ >> reg & 1) != 0; }
  void hold(Register reg, std::uint64_t address, bool upper) {
    if (reg == kZeroRegister) return;
    held_[reg] = address;
    holds_ |= 1u << reg;
    stale_ &= ~(1u << reg);
    upper_ = upper ? upper_ | 1u << reg : upper_ & ~(1u << reg);
  }
  std::uint64_t place(const Plain& one) const { return held_[one.rs1] + static_cast<std::uint64_t>(one.immediate); }

  void visit(std::uint64_t site, const Plain& one) {
    switch (one.form) {
      case Form::kNothing:
      case Form::kTrap:
      case Form::kSystem:
      case Form::kFloatLoad:
        return;
      case Form::kUpperPlace:
        return hold(one.rd, site + static_cast<std::uint64_t>(one.immediate), true);
      case Form::kSum:
        if (!holds(one.rs1)) return forget(one.rd);
        if (one.immediate != 0 || (upper_ >> one.rs1 & 1) != 0) add(site, place(one), Reference::Kind::kLea);
        return hold(one.rd, place(one), false);
      case Form::kSumOfBoth:
        if (one.rs1 != kZeroRegister || !holds(one.rs2)) return forget(one.rd);
        return hold(one.rd, held_[one.rs2], (upper_ >> one.rs2 & 1) != 0);
      case Form::kLoad:
        if (holds(one.rs1) || (stale_ >> one.rs1 & 1) != 0)
          add(site, place(one), Reference::Kind::kLoad, !holds(one.rs1));
        return one.rs1 == kStack ? restore(one.rd) : forget(one.rd);
      case Form::kStore:
        if (holds(one.rs1)) add(site, place(one), Reference::Kind::kStore);
        return;
      case Form::kBranch:
        return add(site, site + static_cast<std::uint64_t>(one.immediate), Reference::Kind::kBranch);
      case Form::kJump:
        add(site, site + static_cast<std::uint64_t>(one.immediate), kind_of(one));
        return leave(one);
      case Form::kJumpRegister:
        if (holds(one.rs1)) add(site, place(one), kind_of(one));
        return leave(one);
      default:
        return forget(one.rd);
    }
  }

  static Reference::Kind kind_of(const Plain& one) {
    const bool links = one.rd == kReturnAddress || one.rd == kSecondLink;
    return links ? Reference::Kind::kCall : Reference::Kind::kJump;
  }

  void leave(const Plain& one) {
    if (one.rd == kReturnAddress) {
      holds_ &= static_cast<std::uint32_t>(kPreserved);
    } else if (one.rd == kSecondLink) {
      forget(kSecondLink);
    } else {
      stale_ |= holds_ & ~upper_ & static_cast<std::uint32_t>(kPreserved);
      holds_ &= upper_;
    }
  }

  const BinaryImage& image_;
  const MappedRange& range_;
  std::uint64_t low_;
  std::uint64_t high_;
  std::vector<Reference>& found_;
  std::array<std::uint64_t, 32> held_{};
  std::uint32_t holds_ = 0;  // a bit for each register of which held_ is known
  std::uint32_t upper_ = 0;  // and for those that hold no whole address
  std::uint32_t stale_ = 0;  // that held one in front of a jump
};

void find_references(const BinaryImage& image, const MappedRange& range, std::uint64_t low, std::uint64_t high,
                     std::vector<Reference>& found) {
  Sweep(image, range, low, high, found).run();
}

// Pointers read from small constant addresses: relative to the register that is always 0, or to one set to such a
// number a few instructions before.
void find_null_accesses(const BinaryImage& image, const MappedRange& range, std::uint64_t high,
                        std::vector<Reference>& found) {
  constexpr int kApart = 8;
  const ByteView code = slice(image.bytes, range.file_offset, range.size);
  const auto add = [&](std::size_t at, std::int64_t target) {
    if (target >= 0 && static_cast<std::uint64_t>(target) < high)
      found.push_back({range.address + at, static_cast<std::uint64_t>(target), Reference::Kind::kLoad});
  };
  for (std::size_t at = 0; at + 2 <= code.size();) {
    const Plain one = expand(word_in(code, at));
    if (one.form == Form::kLoad && one.width == 8 && one.rs1 == kZeroRegister) add(at, one.immediate);
    at += one.size;
    if (one.form != Form::kSum || one.rs1 != kZeroRegister || one.rd == kZeroRegister) continue;  // li
    std::size_t behind = at;
    for (int i = 0; i < kApart && behind + 2 <= code.size(); ++i) {
      const Plain access = expand(word_in(code, behind));
      if (access.form == Form::kLoad && access.width == 8 && access.rs1 == one.rd)
        add(behind, one.immediate + access.immediate);
      if (access.rd == one.rd && access.form != Form::kStore && access.form != Form::kBranch) break;
      behind += access.size;
    }
  }
}

}  // namespace

// RISC-V ELF psABI, "RISC-V Calling Conventions", integer calling convention of LP64.
const Architecture kRiscv64 = {
    .arch = "riscv64",
    .format = "",
    .machine = {.name = "riscv64",
                .pointer_size = 8,
                .alignment = 2,
                .longest = 4,
                .arguments = {10, 11, 12, 13, 14, 15, 16, 17},
                .argument_count = 8,
                .result = 10,
                .stack_pointer = kStack,
                .preserved = kPreserved},
    .capstone_arch = CS_ARCH_RISCV,
    .capstone_mode = static_cast<int>(CS_MODE_RISCV64) | static_cast<int>(CS_MODE_RISCVC),
    .convert = convert,
    .is_padding = is_padding,
    .partial_unwind_table = true,  // GCC writes it for C++ only
    .convert_unknown = read,
    .find_references = find_references,
    .find_null_accesses = find_null_accesses,
};

}  // namespace abicheck
