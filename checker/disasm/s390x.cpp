// z/Architecture in 64 bits.
//
// An instruction is two, four or six bytes long, as its first two bits tell, and the fields stand at fixed places, so
// everything is read from the bytes; Capstone says only what the instructions that mean nothing here overwrite. Code
// names other places by a distance in halfwords (larl, lgrl, brasl), which is one instruction each.
#include <capstone/capstone.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/bytes.h"
#include "disasm/architecture.h"
#include "disasm/s390x.h"

namespace abicheck {

using namespace s390x;

namespace {

constexpr Register kReturnAddress = 14;
constexpr Register kStack = 15;
constexpr std::uint64_t kClobberedByCalls = registers_mask({0, 1, 2, 3, 4, 5, kReturnAddress});

// What instructions with a memory operand of the formats RX and RXY, or relative to the instruction, do.
enum class Access : std::uint8_t { kLoad, kLoadAndTest, kStore, kCompare, kAddress, kOther };

struct MemoryForm {
  unsigned opcode;
  Access access;
  std::uint8_t register_width;
  std::uint8_t memory_width;
  bool sign_extends;
};

constexpr MemoryForm kMemoryForms[] = {
    // RX: base, index and an unsigned displacement
    {0x41, Access::kAddress, 8, 8, false},  // LA
    {0x58, Access::kLoad, 4, 4, false},     // L
    {0x48, Access::kLoad, 4, 2, true},      // LH
    {0x50, Access::kStore, 4, 4, false},    // ST
    {0x40, Access::kStore, 4, 2, false},    // STH
    {0x42, Access::kStore, 4, 1, false},    // STC
    {0x59, Access::kCompare, 4, 4, false},  // C
    {0x55, Access::kCompare, 4, 4, false},  // CL
    {0x49, Access::kCompare, 4, 2, false},  // CH
    // RXY: with a signed one
    {0xe371, Access::kAddress, 8, 8, false},      // LAY
    {0xe304, Access::kLoad, 8, 8, false},         // LG
    {0xe314, Access::kLoad, 8, 4, true},          // LGF
    {0xe316, Access::kLoad, 8, 4, false},         // LLGF
    {0xe315, Access::kLoad, 8, 2, true},          // LGH
    {0xe391, Access::kLoad, 8, 2, false},         // LLGH
    {0xe390, Access::kLoad, 8, 1, false},         // LLGC
    {0xe377, Access::kLoad, 8, 1, true},          // LGB
    {0xe358, Access::kLoad, 4, 4, false},         // LY
    {0xe378, Access::kLoad, 4, 2, true},          // LHY
    {0xe395, Access::kLoad, 4, 2, false},         // LLH
    {0xe394, Access::kLoad, 4, 1, false},         // LLC
    {0xe376, Access::kLoad, 4, 1, true},          // LB
    {0xe302, Access::kLoadAndTest, 8, 8, false},  // LTG
    {0xe312, Access::kLoadAndTest, 4, 4, false},  // LT
    {0xe332, Access::kLoadAndTest, 8, 4, true},   // LTGF
    {0xe324, Access::kStore, 8, 8, false},        // STG
    {0xe350, Access::kStore, 4, 4, false},        // STY
    {0xe370, Access::kStore, 4, 2, false},        // STHY
    {0xe372, Access::kStore, 4, 1, false},        // STCY
    {0xe320, Access::kCompare, 8, 8, false},      // CG
    {0xe321, Access::kCompare, 8, 8, false},      // CLG
    {0xe359, Access::kCompare, 4, 4, false},      // CY
    {0xe355, Access::kCompare, 4, 4, false},      // CLY
    {0xe330, Access::kCompare, 8, 4, true},       // CGF
    {0xe331, Access::kCompare, 8, 4, false},      // CLGF
    // RIL: relative to the instruction
    {0xc000, Access::kAddress, 8, 8, false},  // LARL
    {0xc408, Access::kLoad, 8, 8, false},     // LGRL
    {0xc40c, Access::kLoad, 8, 4, true},      // LGFRL
    {0xc40e, Access::kLoad, 8, 4, false},     // LLGFRL
    {0xc404, Access::kLoad, 8, 2, true},      // LGHRL
    {0xc406, Access::kLoad, 8, 2, false},     // LLGHRL
    {0xc40d, Access::kLoad, 4, 4, false},     // LRL
    {0xc405, Access::kLoad, 4, 2, true},      // LHRL
    {0xc402, Access::kLoad, 4, 2, false},     // LLHRL
    {0xc40b, Access::kStore, 8, 8, false},    // STGRL
    {0xc40f, Access::kStore, 4, 4, false},    // STRL
    {0xc407, Access::kStore, 4, 2, false},    // STHRL
    {0xc608, Access::kCompare, 8, 8, false},  // CGRL
    {0xc60a, Access::kCompare, 8, 8, false},  // CLGRL
    {0xc60c, Access::kCompare, 8, 4, true},   // CGFRL
    {0xc60e, Access::kCompare, 8, 4, false},  // CLGFRL
    {0xc60d, Access::kCompare, 4, 4, false},  // CRL
    {0xc60f, Access::kCompare, 4, 4, false},  // CLRL
};

const MemoryForm* memory_form(unsigned opcode) {
  for (const MemoryForm& form : kMemoryForms) {
    if (form.opcode == opcode) return &form;
  }
  return nullptr;
}

Operand place_operand(std::uint64_t address, std::uint8_t width) {
  Operand operand{Operand::Kind::kMemory, width};
  operand.absolute = true;
  operand.value = static_cast<std::int64_t>(address);
  return operand;
}

// The condition code is 0, 1 or 2 when the first side is equal, lower or higher; the bits of a mask name those for
// which the branch is taken, from 8 down. The last, overflow, comes after no compare.
Condition condition_of(unsigned mask) {
  switch (mask & 14) {
    case 8:
      return Condition::kEqual;
    case 6:
      return Condition::kNotEqual;
    case 4:
      return Condition::kBelow;
    case 10:
      return Condition::kAboveEqual;
    case 12:
      return Condition::kBelowEqual;
    case 2:
      return Condition::kAbove;
    default:
      return Condition::kOther;
  }
}

void make_branch(Instruction& one, unsigned mask, std::uint64_t target) {
  if (mask == 0) return;  // nop
  // `j .+2` leads into itself, where no instruction is: GCC's trap.
  if (mask == 15 && target == one.address + 2) {
    one.operation = Operation::kTrap;
    return;
  }
  one.operation = mask == 15 ? Operation::kJump : Operation::kBranch;
  if (mask != 15) one.condition = condition_of(mask);
  one.target = target;
}

void make_comparing_branch(Instruction& one, unsigned mask, Operand left, Operand right, std::uint64_t target) {
  one.operation = Operation::kBranch;
  one.condition = condition_of(mask);
  one.operands = {left, right};
  one.target = target;
}

// The registers from `first` to `last`, going on with 0 behind 15 (LMG, STMG).
std::uint64_t registers_between(Register first, Register last) {
  std::uint64_t set = 0;
  for (Register reg = first;; reg = (reg + 1) & 15) {
    set |= std::uint64_t{1} << reg;
    if (reg == last) return set;
  }
}

void read_memory_form(Instruction& one, const Fields& fields, const MemoryForm& form, bool relative, bool wide) {
  const Operand reg = register_operand(fields.r1(), form.register_width);
  const std::int64_t displacement = wide ? fields.displacement20() : fields.displacement12();
  const Operand memory = relative ? place_operand(fields.far_target(), form.memory_width)
                                  : memory_operand(fields.base(), fields.r2(), displacement, form.memory_width);
  switch (form.access) {
    case Access::kLoadAndTest:
      one.sets_flags = true;
      [[fallthrough]];
    case Access::kLoad:
      one.sign_extends = form.sign_extends;
      return make(one, Operation::kMove, reg, memory);
    case Access::kStore:
      return make(one, Operation::kMove, memory, register_operand(fields.r1(), form.memory_width));
    case Access::kCompare:
      return make(one, Operation::kCompare, reg, memory);
    case Access::kAddress:
      return make(one, Operation::kLea, reg, memory);
    case Access::kOther:
      return;
  }
}

// LTR, LTGR: a test of the register itself, or of a copy that is made.
void make_load_and_test(Instruction& one, Register to, Register from, std::uint8_t width) {
  if (to == from) return make(one, Operation::kCompare, register_operand(to, width), immediate_operand(0, width));
  make(one, Operation::kMove, register_operand(to, width), register_operand(from, width));
  one.sets_flags = true;
}

bool read_register_form(Instruction& one, const Fields& fields) {
  const auto same_registers = [&] { return fields.r1() == fields.r2(); };
  const auto rr = [&](Operation operation, std::uint8_t width) {
    make(one, operation, register_operand(fields.r1(), width), register_operand(fields.r2(), width));
    return true;
  };
  const auto rre = [&](Operation operation, std::uint8_t to, std::uint8_t from) {
    make(one, operation, register_operand(fields.r1_of_rre(), to), register_operand(fields.r2_of_rre(), from));
    return true;
  };
  switch (fields.opcode()) {
    case 0x18:  // LR
      return rr(Operation::kMove, 4);
    case 0xb904:  // LGR
      return rre(Operation::kMove, 8, 8);
    case 0xb914:  // LGFR
      one.sign_extends = true;
      return rre(Operation::kMove, 8, 4);
    case 0xb916:  // LLGFR
      return rre(Operation::kMove, 8, 4);
    case 0x12:  // LTR
      make_load_and_test(one, fields.r1(), fields.r2(), 4);
      return true;
    case 0xb902:  // LTGR
      make_load_and_test(one, fields.r1_of_rre(), fields.r2_of_rre(), 8);
      return true;
    case 0xb912:  // LTGFR
      one.sign_extends = one.sets_flags = true;
      return rre(Operation::kMove, 8, 4);
    case 0x19:  // CR
    case 0x15:  // CLR
      return rr(Operation::kCompare, 4);
    case 0xb920:  // CGR
    case 0xb921:  // CLGR
      return rre(Operation::kCompare, 8, 8);
    case 0xb930:  // CGFR
    case 0xb931:  // CLGFR
      return rre(Operation::kCompare, 8, 4);
    case 0x17:  // XR
    case 0x1b:  // SR
      return same_registers() && rr(Operation::kZero, 4);
    case 0xb982:  // XGR
    case 0xb909:  // SGR
      return fields.r1_of_rre() == fields.r2_of_rre() && rre(Operation::kZero, 8, 8);
    default:
      return false;
  }
}

bool read_immediate_form(Instruction& one, const Fields& fields) {
  const auto with = [&](Operation operation, std::uint8_t width, std::int64_t value) {
    make(one, operation, register_operand(fields.r1(), width), immediate_operand(value, width));
    return true;
  };
  const auto add = [&](std::uint8_t width, std::int64_t value) {
    one.sets_flags = true;
    return with(Operation::kAdd, width, value);
  };
  // Some bits of the register and a constant; the unsigned one of `bits` bits, shifted.
  const auto combine = [&](Operation operation, std::uint8_t bits, std::uint8_t shift) {
    const std::uint64_t value = static_cast<std::uint64_t>(bits == 32 ? fields.immediate32() : fields.immediate16()) &
                                ((std::uint64_t{1} << bits) - 1);
    Operand from = immediate_operand(static_cast<std::int64_t>(value), bits / 8, shift);
    if (operation != Operation::kInsert) {
      from = immediate_operand(static_cast<std::int64_t>(value << shift), 8);
      if (operation != Operation::kMove) from.reg = fields.r1();
    }
    make(one, operation, register_operand(fields.r1(), 8), from);
    return true;
  };
  switch (fields.opcode()) {
    case 0xa708:  // LHI
      return with(Operation::kMove, 4, fields.immediate16());
    case 0xa709:  // LGHI
      return with(Operation::kMove, 8, fields.immediate16());
    case 0xc001:  // LGFI
      return with(Operation::kMove, 8, fields.immediate32());
    case 0xc00f:  // LLILF
      return combine(Operation::kMove, 32, 0);
    case 0xc00e:  // LLIHF
      return combine(Operation::kMove, 32, 32);
    case 0xa50f:  // LLILL
      return combine(Operation::kMove, 16, 0);
    case 0xa50e:  // LLILH
      return combine(Operation::kMove, 16, 16);
    case 0xa50d:  // LLIHL
      return combine(Operation::kMove, 16, 32);
    case 0xa50c:  // LLIHH
      return combine(Operation::kMove, 16, 48);
    case 0xc009:  // IILF
      return combine(Operation::kInsert, 32, 0);
    case 0xc008:  // IIHF
      return combine(Operation::kInsert, 32, 32);
    case 0xa503:  // IILL
      return combine(Operation::kInsert, 16, 0);
    case 0xa502:  // IILH
      return combine(Operation::kInsert, 16, 16);
    case 0xa501:  // IIHL
      return combine(Operation::kInsert, 16, 32);
    case 0xa500:  // IIHH
      return combine(Operation::kInsert, 16, 48);
    case 0xc00d:  // OILF
      return combine(Operation::kOr, 32, 0);
    case 0xc00c:  // OIHF
      return combine(Operation::kOr, 32, 32);
    case 0xa50b:  // OILL
      return combine(Operation::kOr, 16, 0);
    case 0xa50a:  // OILH
      return combine(Operation::kOr, 16, 16);
    case 0xc007:  // XILF
      return combine(Operation::kXor, 32, 0);
    case 0xa70a:  // AHI
      return add(4, fields.immediate16());
    case 0xa70b:  // AGHI
      return add(8, fields.immediate16());
    case 0xc209:  // AFI
      return add(4, fields.immediate32());
    case 0xc208:  // AGFI
      return add(8, fields.immediate32());
    case 0xc205:  // SLFI: its condition code tells of the carry
      return with(Operation::kAdd, 4, -(fields.immediate32() & 0xffffffff));
    case 0xc204:  // SLGFI
      return with(Operation::kAdd, 8, -(fields.immediate32() & 0xffffffff));
    case 0xc20b:  // ALFI
      return with(Operation::kAdd, 4, fields.immediate32());
    case 0xc20a:  // ALGFI
      return with(Operation::kAdd, 8, fields.immediate32() & 0xffffffff);
    case 0xecd8:    // AHIK: the sum goes to another register
    case 0xecd9: {  // AGHIK
      const std::uint8_t width = fields.opcode() == 0xecd8 ? 4 : 8;
      one.sets_flags = true;
      Operand sum = memory_operand(kNoRegister, 0, fields.immediate16(), width);
      sum.reg = fields.r2();
      make(one, Operation::kLea, register_operand(fields.r1(), width), sum);
      return true;
    }
    case 0xa70e:  // CHI
      return with(Operation::kCompare, 4, fields.immediate16());
    case 0xa70f:  // CGHI
      return with(Operation::kCompare, 8, fields.immediate16());
    case 0xc20d:  // CFI
    case 0xc20f:  // CLFI
      return with(Operation::kCompare, 4, fields.immediate32());
    case 0xc20c:  // CGFI
      return with(Operation::kCompare, 8, fields.immediate32());
    case 0xc20e:  // CLGFI
      return with(Operation::kCompare, 8, fields.immediate32() & 0xffffffff);
    case 0xa700:  // TMLH, TMLL, TMHH, TMHL
    case 0xa701:
    case 0xa702:
    case 0xa703:
      return with(Operation::kTest, 2, fields.immediate16());
    default:
      return false;
  }
}

// A constant, or a run of registers or bytes, and memory.
bool read_storage_form(Instruction& one, const Fields& fields) {
  const auto with = [&](Operation operation, std::uint8_t width, std::int64_t displacement, std::int64_t value) {
    make(one, operation, memory_operand(fields.base(), 0, displacement, width), immediate_operand(value, width));
    return true;
  };
  const auto sil = [&](Operation operation, std::uint8_t width) {
    return with(operation, width, fields.displacement12(), fields.immediate16(4));
  };
  const auto unsigned_sil = [&](std::uint8_t width) {
    return with(Operation::kCompare, width, fields.displacement12(), fields.immediate16(4) & 0xffff);
  };
  const std::int64_t byte = fields.r1() << 4 | fields.r2();
  const auto bytes = [](std::int64_t count) { return static_cast<std::uint8_t>(std::min<std::int64_t>(count, 255)); };
  const auto overwrite = [&](Register index, std::int64_t displacement, std::int64_t width) {
    make(one, Operation::kMove, memory_operand(fields.base(), index, displacement, bytes(width)), {});
    return true;
  };
  const auto registers = [&] { return registers_between(fields.r1(), fields.r2()); };
  const auto count = [&] { return ((fields.r2() - fields.r1()) & 15) + 1; };
  switch (fields.opcode()) {
    case 0x92:  // MVI
      return with(Operation::kMove, 1, fields.displacement12(), byte);
    case 0xeb52:  // MVIY
      return with(Operation::kMove, 1, fields.displacement20(), byte);
    case 0x95:  // CLI
      return with(Operation::kCompare, 1, fields.displacement12(), byte);
    case 0xeb55:  // CLIY
      return with(Operation::kCompare, 1, fields.displacement20(), byte);
    case 0x91:  // TM
      return with(Operation::kTest, 1, fields.displacement12(), byte);
    case 0xeb51:  // TMY
      return with(Operation::kTest, 1, fields.displacement20(), byte);
    case 0xeb6a:  // ASI
    case 0xeb6e:  // ALSI
      one.sets_flags = fields.opcode() == 0xeb6a;
      return with(Operation::kAdd, 4, fields.displacement20(), static_cast<std::int8_t>(byte));
    case 0xeb7a:  // AGSI
    case 0xeb7e:  // ALGSI
      one.sets_flags = fields.opcode() == 0xeb7a;
      return with(Operation::kAdd, 8, fields.displacement20(), static_cast<std::int8_t>(byte));
    case 0xe544:  // MVHHI
      return sil(Operation::kMove, 2);
    case 0xe548:  // MVGHI
      return sil(Operation::kMove, 8);
    case 0xe54c:  // MVHI
      return sil(Operation::kMove, 4);
    case 0xe554:  // CHHSI
      return sil(Operation::kCompare, 2);
    case 0xe558:  // CGHSI
      return sil(Operation::kCompare, 8);
    case 0xe55c:  // CHSI
      return sil(Operation::kCompare, 4);
    case 0xe555:  // CLHHSI
      return unsigned_sil(2);
    case 0xe559:  // CLGHSI
      return unsigned_sil(8);
    case 0xe55d:  // CLFHSI
      return unsigned_sil(4);
    case 0xeb04:  // LMG
      if (count() != 2) {
        one.written_set = registers();
        return true;
      }
      make(one, Operation::kMove, register_operand(fields.r1(), 8),
           memory_operand(fields.base(), 0, fields.displacement20(), 8));
      one.paired = register_operand(fields.r2(), 8);
      one.also_written = fields.r2();
      return true;
    case 0x98:    // LM
    case 0xeb98:  // LMY
    case 0xeb96:  // LMH
      one.written_set = registers();
      return true;
    case 0xeb24:  // STMG
      if (count() == 2) {
        make(one, Operation::kMove, memory_operand(fields.base(), 0, fields.displacement20(), 8),
             register_operand(fields.r1(), 8));
        one.paired = register_operand(fields.r2(), 8);
        return true;
      }
      return overwrite(0, fields.displacement20(), 8 * count());
    case 0x90:  // STM
      return overwrite(0, fields.displacement12(), 4 * count());
    case 0xeb90:  // STMY
      return overwrite(0, fields.displacement20(), 4 * count());
    case 0xd2:    // MVC
    case 0xd5: {  // CLC
      const Operand first = memory_operand(fields.base(), 0, fields.displacement12(), bytes(byte + 1));
      Operand second = memory_operand(fields.second_base(), 0, fields.second_displacement(), bytes(byte + 1));
      const std::int64_t behind = first.value - second.value;
      const bool fills = fields.base() == fields.second_base() && behind > 0 && behind < byte + 1;
      if (fields.byte(0) == 0xd2) {
        make(one, Operation::kMove, first, fills ? Operand{} : second);
      } else {
        make(one, byte < 8 ? Operation::kCompare : Operation::kTest, first, second);
      }
      return true;
    }
    case 0xd7: {  // XC; of a place with itself it is zeroed
      const bool zeroes =
          fields.base() == fields.second_base() && fields.displacement12() == fields.second_displacement();
      overwrite(0, fields.displacement12(), byte + 1);
      if (zeroes) one.operands[1] = immediate_operand(0, 8);
      return true;
    }
    case 0xd4:  // NC
    case 0xd6:  // OC
      return overwrite(0, fields.displacement12(), byte + 1);
    case 0xebf3:  // STOC
    case 0xebe3:  // STOCG
      return overwrite(0, fields.displacement20(), 8);
    default:
      return false;
  }
}

bool read_transfer(Instruction& one, const Fields& fields) {
  const auto registers = [&](std::uint8_t width) {
    return std::pair(register_operand(fields.r1(), width), register_operand(fields.r2(), width));
  };
  const auto compare_registers = [&](std::uint8_t width, std::uint64_t target) {
    const auto [left, right] = registers(width);
    make_comparing_branch(one, fields.mask_of_rie_b(), left, right, target);
    return true;
  };
  const auto compare_constant = [&](std::uint8_t width, bool is_signed, std::uint64_t target) {
    const std::int64_t value = is_signed ? fields.immediate8() : fields.immediate8() & 0xff;
    make_comparing_branch(one, fields.mask_of_rie_c(), register_operand(fields.r1(), width),
                          immediate_operand(value, width), target);
    return true;
  };
  const auto count_down = [&](std::uint64_t target) {
    one.operation = Operation::kBranch;
    one.condition = Condition::kOther;
    one.written = fields.r1();
    one.target = target;
    return true;
  };
  switch (fields.opcode()) {
    case 0xa704:  // BRC
      make_branch(one, fields.mask(), fields.near_target());
      return true;
    case 0xc004:  // BRCL
      make_branch(one, fields.mask(), fields.far_target());
      return true;
    case 0xa705:  // BRAS; from other registers than the usual one it passes over constants
      one.operation = fields.r1() == kReturnAddress ? Operation::kCall : Operation::kJump;
      one.target = fields.near_target();
      return true;
    case 0xc005:  // BRASL
      one.operation = Operation::kCall;
      one.target = fields.far_target();
      return true;
    case 0x07:  // BCR; of a nop the register or the mask is 0
      if (fields.r2() == 0) return true;
      make_branch(one, fields.mask(), 0);
      if (one.operation == Operation::kJump && fields.r2() == kReturnAddress) one.operation = Operation::kReturn;
      if (one.operation == Operation::kJump) one.operands[0] = register_operand(fields.r2(), 8);
      return true;
    case 0x47:  // BC
      make_branch(one, fields.mask(), 0);
      return true;
    case 0x0d:  // BASR; without a target it only tells where it stands
      if (fields.r2() == 0) {
        make(one, Operation::kLea, register_operand(fields.r1(), 8), place_operand(one.end(), 8));
        return true;
      }
      one.operation = Operation::kCall;
      one.operands[0] = register_operand(fields.r2(), 8);
      return true;
    case 0x4d:  // BAS
      one.operation = Operation::kCall;
      return true;
    case 0xa706:  // BRCT
    case 0xa707:  // BRCTG
    case 0x84:    // BRXH
    case 0x85:    // BRXLE
    case 0xec44:  // BRXHG
    case 0xec45:  // BRXLG
      return count_down(fields.near_target());
    case 0xcc06:  // BRCTH
      return count_down(fields.far_target());
    case 0x06:    // BCTR
    case 0x46:    // BCT
    case 0xe346:  // BCTG
    case 0xb946:  // BCTGR
      one.written = fields.opcode() == 0xb946 ? fields.r1_of_rre() : fields.r1();
      return true;
    case 0xec76:  // CRJ
    case 0xec77:  // CLRJ
      return compare_registers(4, fields.near_target());
    case 0xec64:  // CGRJ
    case 0xec65:  // CLGRJ
      return compare_registers(8, fields.near_target());
    case 0xecf6:  // CRB
    case 0xecf7:  // CLRB
      return compare_registers(4, 0);
    case 0xece4:  // CGRB
    case 0xece5:  // CLGRB
      return compare_registers(8, 0);
    case 0xec7e:  // CIJ
      return compare_constant(4, true, fields.near_target());
    case 0xec7f:  // CLIJ
      return compare_constant(4, false, fields.near_target());
    case 0xec7c:  // CGIJ
      return compare_constant(8, true, fields.near_target());
    case 0xec7d:  // CLGIJ
      return compare_constant(8, false, fields.near_target());
    case 0xecfe:  // CIB
      return compare_constant(4, true, 0);
    case 0xecff:  // CLIB
      return compare_constant(4, false, 0);
    case 0xecfc:  // CGIB
      return compare_constant(8, true, 0);
    case 0xecfd:  // CLGIB
      return compare_constant(8, false, 0);
    case 0x00:  // filled up
      one.operation = Operation::kTrap;
      return true;
    default:
      return false;
  }
}

// Instructions that overwrite more than their first operand: it and the register behind it,
constexpr unsigned kFillsPair[] = {
    // MR, DR, M, D, SRDL, SLDL, SRDA, SLDA
    0x1c, 0x1d, 0x5c, 0x5d, 0x8c, 0x8d, 0x8e, 0x8f,
    // CDS, CDSY, CDSG, MLG, DLG, ML, DL, DSG
    0xbb, 0xeb31, 0xeb3e, 0xe386, 0xe387, 0xe396, 0xe397, 0xe30d,
    // DSGF, MG, MFY, LPQ
    0xe31d, 0xe384, 0xe35c, 0xe38f};
// the same in the format RRE,
constexpr unsigned kFillsPairOfRre[] = {
    // MLGR, DLGR, MLR, DLR, DSGR, DSGFR, MGRK
    0xb986, 0xb987, 0xb996, 0xb997, 0xb90d, 0xb91d, 0xb9ec};
// both operands,
constexpr unsigned kFillsBoth[] = {
    // MVST, SRST, CLST, SRSTU
    0xb255, 0xb25e, 0xb25d, 0xb9be};
// or more.
constexpr unsigned kFillsMany[] = {
    // SVC, MVCL, CLCL, MVCLE, CLCLE, CKSM, CUSE, TRE
    0x0a, 0x0e, 0x0f, 0xa8, 0xa9, 0xb241, 0xb257, 0xb2a5,
    // CU21, CU12, STFLE, TRTT, TRTO, TROT, TROO, CU14
    0xb2a6, 0xb2a7, 0xb2b0, 0xb990, 0xb991, 0xb992, 0xb993, 0xb9b0,
    // CU24, CU41, CU42, MVCLU, CLCLU, LPD, LPDG
    0xb9b1, 0xb9b2, 0xb9b3, 0xeb8e, 0xeb8f, 0xc804, 0xc805};

template <std::size_t count>
bool is_one_of(unsigned opcode, const unsigned (&list)[count]) {
  return std::find(std::begin(list), std::end(list), opcode) != std::end(list);
}

bool read_pair_form(Instruction& one, const Fields& fields) {
  const unsigned opcode = fields.opcode();
  const auto two = [&](Register first, unsigned second) {
    one.written = first;
    one.also_written = static_cast<Register>(second & 15);
    return true;
  };
  if (is_one_of(opcode, kFillsPair)) return two(fields.r1(), fields.r1() + 1u);
  if (is_one_of(opcode, kFillsPairOfRre)) return two(fields.r1_of_rre(), fields.r1_of_rre() + 1u);
  if (is_one_of(opcode, kFillsBoth)) return two(fields.r1_of_rre(), fields.r2_of_rre());
  one.clobbers_all = is_one_of(opcode, kFillsMany);
  return one.clobbers_all;
}

// False for what has no meaning here; only the address and size are then filled in.
bool read(Instruction& one, std::uint64_t address, ByteView code) {
  const Fields fields(address, code);
  one.address = address;
  one.size = static_cast<std::uint8_t>(fields.size());
  if (const MemoryForm* form = memory_form(fields.opcode())) {
    read_memory_form(one, fields, *form, (form->opcode >> 12) == 0xc, (form->opcode >> 8) == 0xe3);
    return true;
  }
  return read_register_form(one, fields) || read_computation(one, fields) || read_vectors(one, fields) ||
         read_immediate_form(one, fields) || read_storage_form(one, fields) || read_transfer(one, fields) ||
         read_pair_form(one, fields);
}

Instruction convert(const cs_insn& insn, const BinaryImage&) {
  Instruction one;
  if (read(one, insn.address, ByteView(insn.bytes, insn.size))) return one;
  const cs_sysz& details = insn.detail->sysz;
  if (details.op_count != 0 && details.operands[0].type == SYSZ_OP_REG) {
    const unsigned reg = details.operands[0].reg;
    if (reg >= SYSZ_REG_0 && reg <= SYSZ_REG_15) one.written = static_cast<Register>(reg - SYSZ_REG_0);
  }
  return one;
}

// Instructions of machines newer than z14, and forms that are.
Instruction convert_unknown(std::uint64_t address, ByteView code, const BinaryImage&) {
  Instruction one;
  if (read(one, address, code)) return one;
  const Fields fields(address, code);
  switch (code[0]) {
    case 0xe6:  // vectors: the few that fill a general register name it where others have a vector
    case 0xe7:
    case 0xe3:
    case 0xec:
    case 0xeb:
      one.written = fields.r1();
      break;
    case 0xb9:
      one.written = fields.r1_of_rre();
      break;
    case 0xed:
      break;
    default:
      one.clobbers_all = true;
  }
  return one;
}

// nopr, nop, jgnop: branches that are never taken.
bool is_padding(ByteView code) {
  const bool never = code.size() > 1 && code[1] >> 4 == 0;
  const bool nothing = code.size() == 2 && code[0] == 0x07 && (never || (code[1] & 15) == 0);
  const bool branch = (code.size() == 4 && code[0] == 0x47) || (code.size() == 6 && code[0] == 0xc0 && code[1] == 0x04);
  return nothing || (never && branch);
}

// By the byte of the opcode that tells them apart.
constexpr std::array<Access, 256> accesses(unsigned first_byte) {
  std::array<Access, 256> table{};
  table.fill(Access::kOther);
  for (const MemoryForm& form : kMemoryForms) {
    if (form.opcode >> 8 == first_byte) table[form.opcode & 0xff] = form.access;
  }
  return table;
}
constexpr std::array<Access, 256> kRx = accesses(0);
constexpr std::array<Access, 256> kRxy = accesses(0xe3);

// One pass over all instructions. `held` is what registers got from larl, so that `larl r1,slot; lg r1,0(r1)` is also
// found as a load of the slot.
class Sweep {
 public:
  Sweep(const MappedRange& range, ByteView code, std::uint64_t low, std::uint64_t high, std::vector<Reference>& found)
      : range_(range), code_(code), low_(low), high_(high), found_(found) {}

  void run() {
    for (std::size_t at = 0; at + 2 <= code_.size();) {
      const std::size_t length = length_of(code_[at]);
      if (at + length > code_.size()) return;
      visit(range_.address + at, code_.subspan(at, length));
      at += length;
    }
  }

 private:
  void add(std::uint64_t site, std::uint64_t target, Reference::Kind kind) {
    if (target >= low_ && target < high_) found_.push_back({site, target, kind});
  }
  void forget(Register reg) { holds_ &= ~(1u << reg); }
  bool holds(Register reg) const { return (holds_ >> reg & 1) != 0; }
  void hold(Register reg, std::uint64_t address) {
    held_[reg] = address;
    holds_ |= 1u << reg;
  }

  static Reference::Kind kind_of(Access access) {
    if (access == Access::kStore) return Reference::Kind::kStore;
    return access == Access::kAddress ? Reference::Kind::kLea : Reference::Kind::kLoad;
  }

  void branch(std::uint64_t site, const Fields& fields, std::uint64_t target) {
    if (fields.mask() == 0) return;
    add(site, target, fields.mask() == 15 ? Reference::Kind::kJump : Reference::Kind::kBranch);
    if (fields.mask() == 15) holds_ = 0;  // what comes next is reached from elsewhere
  }

  void visit_memory(std::uint64_t site, const Fields& fields, bool wide) {
    const std::array<Access, 256>& accesses = wide ? kRxy : kRx;
    const Access access = accesses[fields.opcode() & 0xff];
    const std::int64_t displacement = wide ? fields.displacement20() : fields.displacement12();
    const bool from_held = fields.base() != 0 && fields.r2() == 0 && holds(fields.base());
    const std::uint64_t target =
        from_held ? held_[fields.base()] + static_cast<std::uint64_t>(displacement) : std::uint64_t{0};
    if (from_held && access != Access::kOther) add(site, target, kind_of(access));
    const bool absolute = fields.base() == 0 && fields.r2() == 0;
    if (absolute && access == Access::kLoad) add(site, static_cast<std::uint64_t>(displacement), kind_of(access));
    if (access != Access::kStore && access != Access::kCompare) forget(fields.r1());
    if (from_held && access == Access::kAddress) hold(fields.r1(), target);
  }

  void visit_relative(std::uint64_t site, const Fields& fields) {
    const MemoryForm* form = memory_form(fields.opcode());
    if (form == nullptr) return;
    const std::uint64_t target = fields.far_target();
    add(site, target, kind_of(form->access));
    if (form->access != Access::kStore && form->access != Access::kCompare) forget(fields.r1());
    if (form->access == Access::kAddress) hold(fields.r1(), target);
  }

  void visit(std::uint64_t site, ByteView bytes) {
    const std::uint8_t first = bytes[0];
    if (first >= 0x40 && first < 0x60) return visit_memory(site, Fields(site, bytes), false);
    switch (first) {
      case 0xe3:
        return visit_memory(site, Fields(site, bytes), true);
      case 0xc4:
      case 0xc6:
        return visit_relative(site, Fields(site, bytes));
      case 0xc0:
        return visit_c0(site, Fields(site, bytes));
      case 0xa7:
        return visit_a7(site, Fields(site, bytes));
      case 0xec:
        return visit_ec(site, Fields(site, bytes));
      case 0x84:
      case 0x85:
        return add(site, Fields(site, bytes).near_target(), Reference::Kind::kBranch);
      case 0x0d:  // BASR
        holds_ &= ~static_cast<std::uint32_t>(kClobberedByCalls);
        return;
      case 0xb2:
      case 0xb9:
        return forget(bytes[3] >> 4);
      case 0xb3:
      case 0xe5:
      case 0xe7:
        return;
      case 0x07:  // BCR
        if (bytes[1] >> 4 == 15) holds_ = 0;
        return;
      default:
        return forget(bytes[1] >> 4);
    }
  }

  void visit_c0(std::uint64_t site, const Fields& fields) {
    switch (fields.opcode()) {
      case 0xc000:
        return visit_relative(site, fields);
      case 0xc004:
        return branch(site, fields, fields.far_target());
      case 0xc005:
        holds_ &= ~static_cast<std::uint32_t>(kClobberedByCalls);
        return add(site, fields.far_target(), Reference::Kind::kCall);
      default:
        return forget(fields.r1());
    }
  }

  void visit_a7(std::uint64_t site, const Fields& fields) {
    switch (fields.opcode()) {
      case 0xa704:
        return branch(site, fields, fields.near_target());
      case 0xa705:
        holds_ &= ~static_cast<std::uint32_t>(kClobberedByCalls);
        return add(site, fields.near_target(), Reference::Kind::kCall);
      case 0xa706:
      case 0xa707:
        forget(fields.r1());
        return add(site, fields.near_target(), Reference::Kind::kBranch);
      case 0xa70e:
      case 0xa70f:
        return;
      default:
        return forget(fields.r1());
    }
  }

  void visit_ec(std::uint64_t site, const Fields& fields) {
    switch (fields.opcode()) {
      case 0xec64:
      case 0xec65:
      case 0xec76:
      case 0xec77:
      case 0xec7c:
      case 0xec7d:
      case 0xec7e:
      case 0xec7f:
      case 0xec44:
      case 0xec45:
        return add(site, fields.near_target(), Reference::Kind::kBranch);
      default:
        return forget(fields.r1());
    }
  }

  const MappedRange& range_;
  ByteView code_;
  std::uint64_t low_;
  std::uint64_t high_;
  std::vector<Reference>& found_;
  std::array<std::uint64_t, 16> held_{};
  std::uint32_t holds_ = 0;  // a bit for each register of which held_ is known
};

void find_references(const BinaryImage& image, const MappedRange& range, std::uint64_t low, std::uint64_t high,
                     std::vector<Reference>& found) {
  Sweep(range, slice(image.bytes, range.file_offset, range.size), low, high, found).run();
}

}  // namespace

// ELF Application Binary Interface, s390x Supplement, chapter 1.2: registers and the parameter area.
const Architecture kS390x = {
    .arch = "s390x",
    .format = "",
    .machine = {.name = "s390x",
                .pointer_size = 8,
                .alignment = 2,
                .longest = 6,
                .arguments = {2, 3, 4, 5, 6},
                .argument_count = 5,
                .stack_arguments = 160,
                .result = 2,
                .stack_pointer = kStack,
                .compares_results = true,
                .preserved = registers_mask({6, 7, 8, 9, 10, 11, 12, 13, 15})},
    .capstone_arch = CS_ARCH_SYSZ,
    .capstone_mode = static_cast<int>(CS_MODE_BIG_ENDIAN),
    .convert = convert,
    .is_padding = is_padding,
    .partial_unwind_table = true,  // clang writes it for C++ only
    .convert_unknown = convert_unknown,
    .find_references = find_references,
};

}  // namespace abicheck
