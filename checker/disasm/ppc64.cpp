// PowerPC in 64 bits, little-endian, as ELFv2 code uses it.
//
// Everything is four bytes long and the fields stand at fixed places, so it is read from the bytes; power10's prefixed
// instructions are two such words. Code names other places by their distance from r2, which holds the address of the
// TOC: the upper half is added by addis, which compilers may do long before, the lower by what completes the address.
#include <capstone/capstone.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/bytes.h"
#include "disasm/architecture.h"
#include "disasm/ppc64.h"

namespace abicheck {

using ppc64::Word;

namespace {

constexpr Register kStack = 1;
constexpr Register kToc = 2;
constexpr Register kGlobalEntry = 12;  // where a function is called from another module, its address
constexpr Register kCounter = 32;      // ctr
constexpr Register kLink = 33;         // lr
constexpr Register kVector = 34;       // vs0, through which GCC moves numbers where it does not optimise
constexpr std::uint32_t kClobberedByCalls = registers_mask({0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});

constexpr std::uint32_t kNop = 0x60000000;  // ori 0,0,0
constexpr std::uint32_t kTrapAlways = 0x7fe00008;
constexpr unsigned kLinkRegister = 8;
constexpr unsigned kCountRegister = 9;

// Loads and stores with a displacement. Those with an update add it to the base register.
enum class Access : std::uint8_t { kNone, kLoad, kStore };

struct MemoryForm {
  Access access = Access::kNone;
  std::uint8_t width = 0;
  bool sign_extends = false;
  bool updates = false;
  bool general = true;  // the register is a general one
  std::int64_t displacement = 0;
};

MemoryForm memory_form(const Word& word) {
  const auto load = [&](std::uint8_t width, bool updates, std::int64_t displacement) {
    return MemoryForm{Access::kLoad, width, false, updates, true, displacement};
  };
  const auto store = [&](std::uint8_t width, bool updates, std::int64_t displacement) {
    return MemoryForm{Access::kStore, width, false, updates, true, displacement};
  };
  const auto other = [&](Access access, std::uint8_t width, bool updates, std::int64_t displacement) {
    return MemoryForm{access, width, false, updates, false, displacement};
  };
  switch (word.primary()) {
    case 32:  // lwz
    case 33:
      return load(4, word.primary() == 33, word.d());
    case 34:  // lbz
    case 35:
      return load(1, word.primary() == 35, word.d());
    case 40:  // lhz
    case 41:
      return load(2, word.primary() == 41, word.d());
    case 42:  // lha
    case 43:
      return {Access::kLoad, 2, true, word.primary() == 43, true, word.d()};
    case 36:  // stw
    case 37:
      return store(4, word.primary() == 37, word.d());
    case 38:  // stb
    case 39:
      return store(1, word.primary() == 39, word.d());
    case 44:  // sth
    case 45:
      return store(2, word.primary() == 45, word.d());
    case 48:  // lfs
    case 49:
      return other(Access::kLoad, 4, word.primary() == 49, word.d());
    case 50:  // lfd
    case 51:
      return other(Access::kLoad, 8, word.primary() == 51, word.d());
    case 52:  // stfs
    case 53:
      return other(Access::kStore, 4, word.primary() == 53, word.d());
    case 54:  // stfd
    case 55:
      return other(Access::kStore, 8, word.primary() == 55, word.d());
    case 58:
      if ((word.bits & 3) == 2) return {Access::kLoad, 4, true, false, true, word.ds()};  // lwa
      if ((word.bits & 3) == 3) return {};
      return load(8, (word.bits & 3) == 1, word.ds());  // ld, ldu
    case 62:
      if ((word.bits & 3) > 1) return other(Access::kStore, 16, false, word.ds());  // stq
      return store(8, (word.bits & 3) == 1, word.ds());                             // std, stdu
    case 61:
      if ((word.bits & 3) == 1)  // lxv, stxv
        return other((word.bits & 7) == 5 ? Access::kStore : Access::kLoad, 16, false, word.dq());
      return other(Access::kStore, 8, false, word.ds());  // stxsd, stxssp, stfdp
    case 57:                                              // lxsd, lxssp, lfdp
      return other(Access::kLoad, 8, false, word.ds());
    default:
      return {};
  }
}

// The loads and stores with the primary opcode 31, whose address is the sum of two registers; those of which `general`
// is false move other registers.
struct IndexedForm {
  std::uint16_t extended;
  Access access;
  std::uint8_t width;
  bool sign_extends = false;
  bool general = true;
};
constexpr IndexedForm kIndexedForms[] = {
    {21, Access::kLoad, 8},                    // ldx
    {53, Access::kLoad, 8},                    // ldux
    {23, Access::kLoad, 4},                    // lwzx
    {55, Access::kLoad, 4},                    // lwzux
    {341, Access::kLoad, 4, true},             // lwax
    {373, Access::kLoad, 4, true},             // lwaux
    {279, Access::kLoad, 2},                   // lhzx
    {311, Access::kLoad, 2},                   // lhzux
    {343, Access::kLoad, 2, true},             // lhax
    {375, Access::kLoad, 2, true},             // lhaux
    {87, Access::kLoad, 1},                    // lbzx
    {119, Access::kLoad, 1},                   // lbzux
    {855, Access::kLoad, 4, true, false},      // lfiwax
    {887, Access::kLoad, 4, false, false},     // lfiwzx
    {76, Access::kLoad, 4, true, false},       // lxsiwax
    {12, Access::kLoad, 4, false, false},      // lxsiwzx
    {364, Access::kLoad, 4, false, false},     // lxvwsx
    {71, Access::kLoad, 4, false, false},      // lvewx
    {77, Access::kLoad, 4, false, false},      // lxvrwx
    {535, Access::kLoad, 4, false, false},     // lfsx
    {567, Access::kLoad, 4, false, false},     // lfsux
    {599, Access::kLoad, 8, false, false},     // lfdx
    {631, Access::kLoad, 8, false, false},     // lfdux
    {588, Access::kLoad, 8, false, false},     // lxsdx
    {332, Access::kLoad, 8, false, false},     // lxvdsx
    {109, Access::kLoad, 8, false, false},     // lxvrdx
    {844, Access::kLoad, 16, false, false},    // lxvd2x
    {780, Access::kLoad, 16, false, false},    // lxvw4x
    {812, Access::kLoad, 16, false, false},    // lxvh8x
    {876, Access::kLoad, 16, false, false},    // lxvb16x
    {268, Access::kLoad, 16, false, false},    // lxvx
    {103, Access::kLoad, 16, false, false},    // lvx
    {359, Access::kLoad, 16, false, false},    // lvxl
    {149, Access::kStore, 8},                  // stdx
    {181, Access::kStore, 8},                  // stdux
    {151, Access::kStore, 4},                  // stwx
    {183, Access::kStore, 4},                  // stwux
    {407, Access::kStore, 2},                  // sthx
    {439, Access::kStore, 2},                  // sthux
    {215, Access::kStore, 1},                  // stbx
    {247, Access::kStore, 1},                  // stbux
    {983, Access::kStore, 4, false, false},    // stfiwx
    {140, Access::kStore, 4, false, false},    // stxsiwx
    {663, Access::kStore, 4, false, false},    // stfsx
    {695, Access::kStore, 4, false, false},    // stfsux
    {199, Access::kStore, 4, false, false},    // stvewx
    {727, Access::kStore, 8, false, false},    // stfdx
    {759, Access::kStore, 8, false, false},    // stfdux
    {716, Access::kStore, 8, false, false},    // stxsdx
    {972, Access::kStore, 16, false, false},   // stxvd2x
    {908, Access::kStore, 16, false, false},   // stxvw4x
    {940, Access::kStore, 16, false, false},   // stxvh8x
    {1004, Access::kStore, 16, false, false},  // stxvb16x
    {396, Access::kStore, 16, false, false},   // stxvx
    {231, Access::kStore, 16, false, false},   // stvx
    {487, Access::kStore, 16, false, false},   // stvxl
};

const IndexedForm* indexed_form(const Word& word) {
  const auto found = std::find_if(std::begin(kIndexedForms), std::end(kIndexedForms),
                                  [&](const IndexedForm& one) { return one.extended == word.extended(); });
  return found == std::end(kIndexedForms) ? nullptr : found;
}

// What instructions with the primary opcode 31 overwrite, as far as general registers go.
enum class Destination : std::uint8_t { kTarget, kSource, kBoth, kNone };  // rt, ra, both

constexpr std::uint16_t kFillsSource[] = {
    // and, andc, nor, eqv, xor, orc, or, nand
    28, 60, 124, 284, 316, 412, 444, 476,
    // slw, sld, srw, srd, sraw, srad, srawi, sradi
    24, 27, 536, 539, 792, 794, 824, 826,
    // extswsli, extsh, extsb, extsw, cntlzw, cntlzd
    827, 890, 891, 922, 954, 986, 26, 58,
    // cnttzw, cnttzd, popcntb, popcntw, popcntd, prtyw, prtyd, cmpb
    538, 570, 122, 378, 506, 154, 186, 508,
    // bpermd, mfvsrd, mfvsrwz, mfvsrld, cntlzdm, cnttzdm, pdepd, pextd
    252, 51, 115, 307, 59, 571, 156, 188,
    // cfuged, brw, brd, brh, stdux, stwux, stbux, sthux
    220, 155, 187, 219, 181, 183, 247, 439,
    // lfsux, lfdux, stfsux, stfdux
    567, 631, 695, 759};
constexpr std::uint16_t kFillsNothing[] = {
    // cmp, cmpl, tw, td, mtcrf, mtspr, mtmsrd, sync
    0, 32, 4, 68, 144, 467, 178, 598,
    // eieio, stwcx., stdcx., stbcx., sthcx., stdx, stwx, stbx
    854, 150, 214, 694, 726, 149, 151, 215,
    // sthx, stdbrx, stwbrx, sthbrx, stswx, stswi, dcbf, dcbst
    407, 660, 662, 918, 661, 725, 86, 54,
    // dcbt, dcbtst, dcbz, icbi, lfsx, lfdx, stfsx, stfdx
    278, 246, 1014, 982, 535, 599, 663, 727,
    // stfiwx, lfiwax, lfiwzx, lvx, lvxl, stvx, stvxl, lxvd2x
    983, 855, 887, 103, 359, 231, 487, 844,
    // stxvd2x, lxvw4x, stxvw4x, lxvb16x, stxvb16x, lxvdsx, lxsdx, stxsdx
    972, 780, 908, 876, 1004, 332, 588, 716,
    // lxvx, stxvx, mtvsrd, mtvsrwa, mtvsrwz, mtvsrdd, mtvsrws, mcrxr
    268, 396, 179, 211, 243, 435, 403, 512,
    // lxsiwax, lxsiwzx, lxvwsx, lxsibzx, lxsihzx, stxsiwx, stxsibx, stxsihx
    76, 12, 364, 781, 813, 140, 909, 941,
    // lxvl, lxvll, stxvl, stxvll, lxvh8x, stxvh8x, lxvpx, stxvpx
    269, 301, 397, 429, 812, 940, 333, 461,
    // lvebx, lvehx, lvewx, lvsl, lvsr, stvebx, stvehx, stvewx
    7, 39, 71, 6, 38, 135, 167, 199,
    // lxvrbx, lxvrhx, lxvrwx, lxvrdx, stxvrbx, stxvrhx, stxvrwx, stxvrdx
    13, 45, 77, 109, 141, 173, 205, 237,
    // mcrxrx, cmprb, cmpeqb
    576, 192, 224};
constexpr std::uint16_t kFillsBoth[] = {
    // ldux, lwzux, lbzux, lhzux, lhaux, lwaux
    53, 55, 119, 311, 375, 373};

constexpr std::array<Destination, 1024> kXFormDestinations = [] {
  std::array<Destination, 1024> table{};
  table.fill(Destination::kTarget);
  for (unsigned extended : kFillsSource) table[extended] = Destination::kSource;
  for (unsigned extended : kFillsNothing) table[extended] = Destination::kNone;
  for (unsigned extended : kFillsBoth) table[extended] = Destination::kBoth;
  return table;
}();

// Of the instructions for vectors, the few that have a result in a general register.
bool vector_form_writes_register(const Word& word) {
  if (word.primary() == 60) return (word.bits >> 2 & 0x1ff) == 347;  // xsxexpdp, xsxsigdp
  switch (word.bits & 0x3f) {
    case 48:  // maddhd
    case 49:  // maddhdu
    case 51:  // maddld
      return true;
    default:
      break;
  }
  switch (word.bits & 0x7ff) {
    case 1228:  // vgnb
    case 1538:  // vclzlsbb, vctzlsbb
    case 1549:  // vextublx, vextuhlx, vextuwlx, vextubrx, vextuhrx, vextuwrx
    case 1613:
    case 1677:
    case 1805:
    case 1869:
    case 1933:
    case 1602:  // vextractbm, vcntmbb ...
      return true;
    default:
      return false;
  }
}

// The same for all primary opcodes.
Destination destination_of(const Word& word, const MemoryForm& form) {
  if (form.access != Access::kNone) {
    const bool loads = form.access == Access::kLoad && form.general;
    if (loads) return form.updates ? Destination::kBoth : Destination::kTarget;
    return form.updates ? Destination::kSource : Destination::kNone;
  }
  switch (word.primary()) {
    case 4:
    case 60:
      return vector_form_writes_register(word) ? Destination::kTarget : Destination::kNone;
    case 7:
    case 8:
    case 12:
    case 13:
    case 14:
    case 15:
      return Destination::kTarget;
    case 20:  // rlwimi, rlwinm, rlwnm, ori to andis., rldicl ...
    case 21:
    case 22:
    case 23:
    case 24:
    case 25:
    case 26:
    case 27:
    case 28:
    case 29:
    case 30:
      return Destination::kSource;
    case 19:
      return (word.bits & 0x3e) == 4 ? Destination::kTarget : Destination::kNone;  // addpcis
    case 31:
      return kXFormDestinations[word.extended()];
    default:
      return Destination::kNone;
  }
}

Operand register_operand(Register reg, std::uint8_t width = 8) {
  return {Operand::Kind::kRegister, width, reg};
}

Operand immediate_operand(std::int64_t value, std::uint8_t width = 8) {
  Operand operand{Operand::Kind::kImmediate, width};
  operand.value = value;
  return operand;
}

// Register 0 as a base stands for none.
Operand memory_operand(Register base, std::int64_t displacement, std::uint8_t width) {
  Operand operand{Operand::Kind::kMemory, width};
  if (base != 0) operand.reg = base;
  operand.value = displacement;
  return operand;
}

Operand place_operand(std::uint64_t address, std::uint8_t width = 8) {
  Operand operand{Operand::Kind::kMemory, width};
  operand.absolute = true;
  operand.value = static_cast<std::int64_t>(address);
  return operand;
}

void make(Instruction& one, Operation operation, Operand to, Operand from) {
  one.operation = operation;
  one.operands = {to, from};
  one.written = operation != Operation::kCompare && to.is_register() ? to.reg : kNoRegister;
}

std::optional<Word> word_at(const BinaryImage& image, std::uint64_t address) {
  const auto bits = read_le<std::uint32_t>(image.bytes_at(address, 4), 0);
  return bits ? std::optional(Word{*bits}) : std::nullopt;
}

// Functions that use the TOC begin with `addis r2,r12,..; addi r2,r2,..`, which calls from the same module pass over
// (ELFv2 ABI, "local entry point"). Both entries are one function, so the second is taken for the first.
constexpr std::uint64_t kPrologue = 8;

bool is_prologue(ByteView code, std::uint64_t offset) {
  constexpr std::uint32_t kAddis = 0x3c4c;
  constexpr std::uint32_t kAddi = 0x3842;
  const auto first = read_le<std::uint32_t>(code, offset);
  const auto second = read_le<std::uint32_t>(code, offset + 4);
  return first && second && *first >> 16 == kAddis && *second >> 16 == kAddi;
}

std::uint64_t global_entry(const BinaryImage& image, std::uint64_t target) {
  return is_prologue(image.bytes_at(target - kPrologue, kPrologue), 0) ? target - kPrologue : target;
}

// Of the bits of a condition field, the first three are less, greater and equal; bit 3 of BO tells whether the bit
// must be set.
Condition condition_of(const Word& word) {
  const bool counts = (word.bo() & 4) == 0;
  const bool tests = (word.bo() & 16) == 0;
  if (counts || !tests) return Condition::kOther;
  const bool set = (word.bo() & 8) != 0;
  switch (word.bi() & 3) {
    case 0:
      return set ? Condition::kBelow : Condition::kAboveEqual;
    case 1:
      return set ? Condition::kAbove : Condition::kBelowEqual;
    case 2:
      return set ? Condition::kEqual : Condition::kNotEqual;
    default:
      return Condition::kOther;
  }
}

bool always(const Word& word) {
  return (word.bo() & 20) == 20;
}

void make_conditional(Instruction& one, const Word& word) {
  one.operation = Operation::kBranch;
  one.condition = condition_of(word);
  one.flags = static_cast<std::uint8_t>(word.bi() >> 2);
  if ((word.bo() & 4) == 0) one.written = kCounter;
}

void read_branch(Instruction& one, const Word& word, const BinaryImage& image) {
  if (word.primary() == 18) {
    const std::uint64_t base = word.absolute() ? 0 : one.address;
    one.operation = word.links() ? Operation::kCall : Operation::kJump;
    one.target = global_entry(image, base + static_cast<std::uint64_t>(word.far_distance()));
    return;
  }
  const std::uint64_t target = (word.absolute() ? 0 : one.address) + static_cast<std::uint64_t>(word.ds());
  if (word.links()) {
    if (target == one.end()) return make(one, Operation::kLea, register_operand(kLink), place_operand(target));
    one.operation = Operation::kCall;
    one.target = target;
    return;
  }
  if (always(word)) {
    one.operation = Operation::kJump;
  } else {
    make_conditional(one, word);
  }
  one.target = target;
}

// Branches to what lr or ctr holds, and operations on condition bits.
void read_branch_to_register(Instruction& one, const Word& word) {
  constexpr unsigned kToLink = 16;
  constexpr unsigned kToCounter = 528;
  constexpr unsigned kAddPcIs = 2;
  if ((word.bits >> 1 & 31) == kAddPcIs) {
    const auto upper = static_cast<std::int16_t>((word.bits & 0xffc0) | (word.bits >> 15 & 0x3e) | (word.bits & 1));
    const std::uint64_t address = one.end() + static_cast<std::uint64_t>(upper * std::int64_t{0x10000});
    return make(one, Operation::kLea, register_operand(word.rt()), place_operand(address));
  }
  const unsigned to = word.extended();
  if (to != kToLink && to != kToCounter) return;
  if (!always(word) && !word.links()) return make_conditional(one, word);
  one.operation = word.links() ? Operation::kCall : to == kToLink ? Operation::kReturn : Operation::kJump;
  if (one.operation != Operation::kReturn) one.operands[0] = register_operand(to == kToLink ? kLink : kCounter);
}

// mr, or a sign or zero extension of the lower half, and its comparing form.
void make_copy(Instruction& one, const Word& word, std::uint8_t from_width) {
  one.sign_extends = from_width == 4;
  if (word.record() && word.ra() == word.rt())
    return make(one, Operation::kCompare, register_operand(word.ra(), from_width), immediate_operand(0));
  make(one, Operation::kMove, register_operand(word.ra()), register_operand(word.rt(), from_width));
  one.sets_flags = word.record();
}

// Destinations are filled in later, but for plain moves.
void read_indexed_form(Instruction& one, const Word& word, const IndexedForm& form) {
  Operand memory = memory_operand(word.ra(), 0, form.width);
  memory.index = word.rb();
  const Destination destination = destination_of(word, {});
  if (form.access == Access::kStore) {
    make(one, Operation::kMove, memory, form.general ? register_operand(word.rt(), form.width) : Operand{});
    if (destination == Destination::kSource) one.written_set = std::uint64_t{1} << word.ra();
    return;
  }
  one.sign_extends = form.sign_extends;
  one.operands[1] = memory;
  if (form.general && destination == Destination::kTarget)
    make(one, Operation::kMove, register_operand(word.rt()), memory);
}

// What is computed of two operands, into rt or ra; destinations are filled in later.
void compute(Instruction& one, Arithmetic arithmetic, Operand left, Operand right) {
  one.arithmetic = arithmetic;
  one.operands = {left, right};
}

void read_x_form(Instruction& one, const Word& word) {
  if (const IndexedForm* form = indexed_form(word)) return read_indexed_form(one, word, *form);
  switch (word.extended()) {
    case 444:  // or
      if (word.rt() == word.rb()) make_copy(one, word, 8);
      return;
    case 266:  // add
      if (word.record()) return;
      make(one, Operation::kLea, register_operand(word.rt()), memory_operand(word.ra(), 0, 8));
      one.operands[1].reg = word.ra();
      one.operands[1].index = word.rb();
      return;
    case 40:  // subf
      return compute(one, Arithmetic::kSubtract, register_operand(word.rb()), register_operand(word.ra()));
    case 233:  // mulld
      return compute(one, Arithmetic::kMultiply, register_operand(word.ra()), register_operand(word.rb()));
    case 28:  // and
      return compute(one, Arithmetic::kAnd, register_operand(word.rt()), register_operand(word.rb()));
    case 826:  // sradi
    case 827:
      return compute(one, Arithmetic::kShiftRight, register_operand(word.rt()),
                     immediate_operand(word.rb() | (word.bits & 2) << 4));
    case 824:  // srawi
      return compute(one, Arithmetic::kShiftRight, register_operand(word.rt(), 4), immediate_operand(word.rb()));
    case 986:  // extsw
      return make_copy(one, word, 4);
    case 316:  // xor
      if (word.rt() == word.rb() && !word.record())
        make(one, Operation::kZero, register_operand(word.ra()), register_operand(word.rb()));
      return;
    case 0:  // cmp
    case 32: {
      const std::uint8_t width = word.doubleword_compare() ? 8 : 4;
      one.flags = word.condition_field();
      return make(one, Operation::kCompare, register_operand(word.ra(), width), register_operand(word.rb(), width));
    }
    case 4:  // tw
      if (word.bits == kTrapAlways) one.operation = Operation::kTrap;
      return;
    case 467:  // mtspr
      if (word.special_register() == kLinkRegister)
        return make(one, Operation::kMove, register_operand(kLink), register_operand(word.rt()));
      if (word.special_register() == kCountRegister)
        return make(one, Operation::kMove, register_operand(kCounter), register_operand(word.rt()));
      return;
    case 339:  // mfspr
      if (word.special_register() == kLinkRegister)
        return make(one, Operation::kMove, register_operand(word.rt()), register_operand(kLink));
      if (word.special_register() == kCountRegister)
        return make(one, Operation::kMove, register_operand(word.rt()), register_operand(kCounter));
      return;
    case 179:  // mtvsrd
    case 211:  // mtvsrwa
    case 243:  // mtvsrwz
      if (word.vector() == 0)
        make(one, Operation::kMove, register_operand(kVector),
             register_operand(word.ra(), word.extended() == 179 ? 8 : 4));
      return;
    case 51:   // mfvsrd
    case 115:  // mfvsrwz
      if (word.vector() == 0)
        make(one, Operation::kMove, register_operand(word.ra()),
             register_operand(kVector, word.extended() == 51 ? 8 : 4));
      return;
    default:
      return;
  }
}

void read_memory_form(Instruction& one, const Word& word, const MemoryForm& form) {
  const Operand memory = memory_operand(word.ra(), form.displacement, form.width);
  if (form.updates) {
    one.adjusted = word.ra();
    one.adjustment = static_cast<std::int32_t>(form.displacement);
  }
  if (form.access == Access::kStore)
    return make(one, Operation::kMove, memory, form.general ? register_operand(word.rt(), form.width) : Operand{});
  one.sign_extends = form.sign_extends;
  if (form.general) return make(one, Operation::kMove, register_operand(word.rt()), memory);
  one.operands[1] = memory;
}

// rldicl and rldicr, of which shifts by a number and the clearing of upper bits are forms.
void read_doubleword_rotation(Instruction& one, const Word& word) {
  const unsigned shift = word.rb() | (word.bits & 2) << 4;
  const unsigned bound = (word.bits >> 6 & 31) | (word.bits & 32);
  const Operand from = register_operand(word.rt());
  const unsigned kind = word.bits >> 2 & 7;
  if (kind == 0 && shift == 0 && bound == 32) {
    make_copy(one, word, 4);
    one.sign_extends = false;
  } else if (kind == 0 && shift == 0) {
    compute(one, Arithmetic::kAnd, from, immediate_operand(static_cast<std::int64_t>(~std::uint64_t{0} >> bound)));
  } else if (kind == 0 && shift + bound == 64) {
    compute(one, Arithmetic::kShiftRight, from, immediate_operand(bound));
  } else if (kind == 1 && shift + bound == 63) {
    compute(one, Arithmetic::kShiftLeft, from, immediate_operand(shift));
  }
}

// rlwinm in the same way.
void read_word_rotation(Instruction& one, const Word& word) {
  const unsigned shift = word.rb();
  const unsigned first = word.bits >> 6 & 31;
  const unsigned last = word.bits >> 1 & 31;
  const Operand from = register_operand(word.rt(), 4);
  if (shift == 0 && first <= last) {
    const std::uint32_t mask = (~std::uint32_t{0} >> first) & (~std::uint32_t{0} << (31 - last));
    compute(one, Arithmetic::kAnd, from, immediate_operand(mask, 4));
  } else if (first == 0 && shift + last == 31) {
    compute(one, Arithmetic::kShiftLeft, from, immediate_operand(shift));
  } else if (last == 31 && shift + first == 32) {
    compute(one, Arithmetic::kShiftRight, from, immediate_operand(first));
  }
}

// A register and a constant.
void read_d_form(Instruction& one, const Word& word) {
  const Operand target = register_operand(word.rt());
  const Operand logical_target = register_operand(word.ra());
  const auto combined = [&](std::int64_t value) {
    Operand operand = immediate_operand(value);
    operand.reg = word.rt();
    return operand;
  };
  switch (word.primary()) {
    case 14:  // addi; li
    case 15: {
      const std::int64_t value = word.primary() == 14 ? word.d() : word.upper();
      if (word.ra() == 0) return make(one, Operation::kMove, target, immediate_operand(value));
      return make(one, Operation::kLea, target, memory_operand(word.ra(), value, 8));
    }
    case 12:  // addic, addic.
    case 13: {
      Operand sum = memory_operand(word.ra(), word.d(), 8);
      sum.reg = word.ra();
      make(one, Operation::kLea, target, sum);
      one.sets_flags = word.primary() == 13;
      return;
    }
    case 24:  // ori
      if (word.bits == kNop) return;
      return make(one, Operation::kOr, logical_target, combined(word.unsigned_immediate()));
    case 25:  // oris
      return make(one, Operation::kOr, logical_target, combined(word.unsigned_immediate() << 16));
    case 26:  // xori
      return make(one, Operation::kXor, logical_target, combined(word.unsigned_immediate()));
    case 27:  // xoris
      return make(one, Operation::kXor, logical_target, combined(word.unsigned_immediate() << 16));
    case 11:  // cmpi
    case 10: {
      const std::uint8_t width = word.doubleword_compare() ? 8 : 4;
      const std::int64_t value = word.primary() == 11 ? word.d() : word.unsigned_immediate();
      one.flags = word.condition_field();
      return make(one, Operation::kCompare, register_operand(word.ra(), width), immediate_operand(value, width));
    }
    case 30:
      return read_doubleword_rotation(one, word);
    case 21:
      return read_word_rotation(one, word);
    case 28:  // andi.
      return compute(one, Arithmetic::kAnd, register_operand(word.rt()), immediate_operand(word.unsigned_immediate()));
    default:
      return;
  }
}

// Whether it may fill vs0: floating point and vectors, whatever bits they have their target's number in.
bool may_write_vector(const Word& word) {
  if (word.rt() != 0) return false;
  const unsigned primary = word.primary();
  const bool floats = primary == 57 || primary == 59 || primary == 60 || primary == 61 || primary == 63;
  const MemoryForm form = memory_form(word);
  const bool loads = form.access == Access::kLoad && !form.general;
  return floats || loads || (primary == 31 && destination_of(word, memory_form(word)) == Destination::kNone);
}

// Nothing but the destinations; for what has no meaning here.
void read_destination(Instruction& one, const Word& word) {
  const Destination destination = destination_of(word, memory_form(word));
  const bool target = destination == Destination::kTarget || destination == Destination::kBoth;
  const bool source = destination == Destination::kSource || destination == Destination::kBoth;
  one.written = target ? word.rt() : source ? word.ra() : kNoRegister;
  one.also_written = destination == Destination::kBoth ? word.ra() : kNoRegister;
  if (word.primary() == 56) {  // lq
    one.written = word.rt();
    one.also_written = static_cast<Register>(word.rt() + 1);
  }
  // sc, lmw, lswi, lswx
  const bool many = word.primary() == 17 || word.primary() == 46 ||
                    (word.primary() == 31 && (word.extended() == 597 || word.extended() == 533));
  if (many) one.clobbers_all = true;
}

Instruction read(std::uint64_t address, const Word& word, const BinaryImage& image) {
  Instruction one;
  one.address = address;
  one.size = 4;
  if (word.bits == 0) {  // between functions
    one.operation = Operation::kTrap;
    return one;
  }
  const MemoryForm form = memory_form(word);
  if (form.access != Access::kNone) {
    read_memory_form(one, word, form);
  } else if (word.primary() == 18 || word.primary() == 16) {
    read_branch(one, word, image);
  } else if (word.primary() == 19) {
    read_branch_to_register(one, word);
  } else if (word.primary() == 31) {
    read_x_form(one, word);
  } else {
    read_d_form(one, word);
  }
  if (one.operation == Operation::kOther) read_destination(one, word);
  if (one.written != kVector && may_write_vector(word)) one.written_set |= registers_mask({kVector});
  read_vectors(word, one);
  // Whatever is put into r2 is the same address again.
  if (image.toc != 0 && one.written == kToc) {
    one.operation = Operation::kOther;
    one.operands = {};
    one.written = kNoRegister;
  }
  return one;
}

// Power10 (Power ISA 3.1, book I, section 1.6.3): the upper bits of a displacement come in a word before, which also
// tells whether it is relative to the instruction.
constexpr unsigned kPrefix = 1;

struct Prefixed {
  Access access = Access::kNone;
  bool address = false;
  std::uint8_t width = 8;
  bool sign_extends = false;
  Operand place;
  Register target = 0;
};

std::optional<Prefixed> read_prefixed(std::uint64_t address, const Word& prefix, const Word& word) {
  const unsigned type = prefix.bits >> 24 & 3;
  const bool relative = (prefix.bits >> 20 & 1) != 0;
  const std::int64_t value = static_cast<std::int64_t>((std::uint64_t{prefix.bits} & 0x3ffff) << 46 |
                                                       (std::uint64_t{word.bits} & 0xffff) << 30) >>
                             30;
  Prefixed one;
  one.target = word.rt();
  switch (type << 6 | word.primary()) {
    case 2 << 6 | 14:  // paddi
      one.address = true;
      break;
    case 57:  // pld
      one.access = Access::kLoad;
      break;
    case 61:  // pstd
      one.access = Access::kStore;
      break;
    case 2 << 6 | 32:  // plwz
    case 41:           // plwa
      one.access = Access::kLoad;
      one.width = 4;
      one.sign_extends = type == 0;
      break;
    case 2 << 6 | 36:  // pstw
      one.access = Access::kStore;
      one.width = 4;
      break;
    default:
      return std::nullopt;
  }
  one.place = relative ? place_operand(address + static_cast<std::uint64_t>(value), one.width)
                       : memory_operand(word.ra(), value, one.width);
  return one;
}

Instruction convert_prefixed(std::uint64_t address, const Word& prefix, const Word& word) {
  Instruction one;
  one.address = address;
  one.size = 8;
  const auto prefixed = read_prefixed(address, prefix, word);
  if (!prefixed) {
    one.written = word.rt();
    one.also_written = word.ra();
    return one;
  }
  const Operand target = register_operand(prefixed->target, prefixed->width);
  one.sign_extends = prefixed->sign_extends;
  if (prefixed->access == Access::kStore) {
    make(one, Operation::kMove, prefixed->place, target);
  } else if (prefixed->access == Access::kLoad) {
    make(one, Operation::kMove, register_operand(prefixed->target), prefixed->place);
  } else if (!prefixed->place.absolute && prefixed->place.reg == kNoRegister) {  // pli
    make(one, Operation::kMove, target, immediate_operand(prefixed->place.value));
  } else {
    make(one, Operation::kLea, target, prefixed->place);
  }
  return one;
}

Instruction convert_unknown(std::uint64_t address, ByteView code, const BinaryImage& image) {
  const Word word{read_le<std::uint32_t>(code, 0).value_or(0)};
  const auto suffix = word_at(image, address + 4);
  if (word.primary() == kPrefix && suffix) return convert_prefixed(address, word, *suffix);
  return read(address, word, image);
}

Instruction convert(const cs_insn& insn, const BinaryImage& image) {
  return convert_unknown(insn.address, ByteView(insn.bytes, insn.size), image);
}

bool is_padding(ByteView code) {
  const auto word = read_le<std::uint32_t>(code, 0);
  return word && (*word == kNop || *word == 0);
}

// One pass over all words; `held` is what registers got from addis, which is kept over the rest of the function, or
// whole addresses, which are not kept over a jump: any sum from one would be found, and some are by chance what is
// looked for. Only loads are found from those behind it too.
class Sweep {
 public:
  Sweep(const BinaryImage& image, const MappedRange& range, std::uint64_t low, std::uint64_t high,
        std::vector<Reference>& found)
      : image_(image),
        range_(range),
        code_(slice(image.bytes, range.file_offset, range.size)),
        low_(low),
        high_(high),
        found_(found) {}

  void run() {
    const ByteView code = code_;
    begin_function();
    auto function = std::lower_bound(image_.functions.begin(), image_.functions.end(), range_.address,
                                     [](const FunctionRange& one, std::uint64_t at) { return one.begin < at; });
    for (std::size_t at = 0; at + 4 <= code.size(); at += 4) {
      const std::uint64_t site = range_.address + at;
      if (function != image_.functions.end() && site >= function->begin) {
        ++function;
        begin_function();
      }
      const Word word{*read_le<std::uint32_t>(code, at)};
      if (word.primary() == kPrefix) {
        visit_prefixed(site, word, read_le<std::uint32_t>(code, at + 4).value_or(0));
        at += 4;
      } else {
        visit(site, word);
      }
    }
  }

 private:
  void begin_function() {
    holds_ = stale_ = 0;
    if (image_.toc != 0) hold(kToc, image_.toc, true);
  }
  void add(std::uint64_t site, std::uint64_t target, Reference::Kind kind, bool doubtful = false) {
    if (target >= low_ && target < high_) found_.push_back({site, target, kind, doubtful});
  }
  void forget(Register reg) {
    if (reg != kToc || image_.toc == 0) holds_ &= ~(1u << reg);
    stale_ &= ~(1u << reg);
  }
  bool holds(Register reg) const { return (holds_ >> reg & 1) != 0; }
  void hold(Register reg, std::uint64_t address, bool upper = false) {
    held_[reg] = address;
    holds_ |= 1u << reg;
    stale_ &= ~(1u << reg);
    upper_ = upper ? upper_ | 1u << reg : upper_ & ~(1u << reg);
  }
  // What comes next is reached from elsewhere, with other addresses in the registers.
  void jump() {
    stale_ |= holds_ & ~upper_ & ~kClobberedByCalls;
    holds_ &= upper_;
  }
  // global_entry() without looking for the place in the file.
  std::uint64_t entry_of(std::uint64_t target) const {
    const std::uint64_t offset = target - range_.address;
    if (offset < kPrologue || offset >= code_.size()) return global_entry(image_, target);
    return is_prologue(code_, offset - kPrologue) ? target - kPrologue : target;
  }
  void call() { holds_ &= ~kClobberedByCalls; }

  void visit(std::uint64_t site, const Word& word) {
    switch (word.primary()) {
      case 14:
      case 15:
        return visit_sum(site, word);
      case 16:
        return add(site, site + static_cast<std::uint64_t>(word.ds()),
                   always(word) ? Reference::Kind::kJump : Reference::Kind::kBranch);
      case 18:
        add(site, entry_of(site + static_cast<std::uint64_t>(word.far_distance())),
            word.links() ? Reference::Kind::kCall : Reference::Kind::kJump);
        word.links() ? call() : jump();
        return;
      case 19:
        if (word.extended() != 16 && word.extended() != 528) return;
        if (word.links()) {
          call();
        } else if (always(word)) {
          jump();
        }
        return;
      case 31:
        if (word.extended() == 444 && word.rt() == word.rb() && holds(word.rt()))
          return hold(word.ra(), held_[word.rt()]);
        return forget_destination(word);
      default:
        break;
    }
    const MemoryForm form = memory_form(word);
    const bool load = form.access == Access::kLoad;
    const bool stale = load && (stale_ >> word.ra() & 1) != 0;
    if (form.access != Access::kNone && word.ra() != 0 && (holds(word.ra()) || stale))
      add(site, held_[word.ra()] + static_cast<std::uint64_t>(form.displacement),
          load ? Reference::Kind::kLoad : Reference::Kind::kStore, stale);
    forget_destination(word, form);
  }

  void visit_sum(std::uint64_t site, const Word& word) {
    const bool upper = word.primary() == 15;
    if (word.rt() == kToc && word.ra() == kGlobalEntry) return;
    if (word.ra() == 0 || !holds(word.ra())) return forget(word.rt());
    const std::uint64_t sum = held_[word.ra()] + static_cast<std::uint64_t>(upper ? word.upper() : word.d());
    if (!upper) add(site, sum, Reference::Kind::kLea);
    if (word.rt() != kToc) hold(word.rt(), sum, upper);
  }

  void visit_prefixed(std::uint64_t site, const Word& prefix, std::uint32_t suffix) {
    const Word word{suffix};
    const auto one = read_prefixed(site, prefix, word);
    if (one && one->place.absolute)
      add(site, static_cast<std::uint64_t>(one->place.value),
          one->address                   ? Reference::Kind::kLea
          : one->access == Access::kLoad ? Reference::Kind::kLoad
                                         : Reference::Kind::kStore);
    if (!one || one->access != Access::kStore) forget(word.rt());
    if (one && one->address && one->place.absolute) hold(word.rt(), static_cast<std::uint64_t>(one->place.value));
  }

  void forget_destination(const Word& word, const MemoryForm& form = {}) {
    const Destination destination = destination_of(word, form);
    if (destination == Destination::kTarget || destination == Destination::kBoth) forget(word.rt());
    if (destination == Destination::kSource || destination == Destination::kBoth) forget(word.ra());
  }

  const BinaryImage& image_;
  const MappedRange& range_;
  ByteView code_;
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

// Pointers read from small constant addresses: a register set to one a few instructions before, or none.
void find_null_accesses(const BinaryImage& image, const MappedRange& range, std::uint64_t high,
                        std::vector<Reference>& found) {
  constexpr std::size_t kApart = 8;
  const ByteView code = slice(image.bytes, range.file_offset, range.size);
  const auto add = [&](std::size_t at, std::int64_t target) {
    if (target >= 0 && static_cast<std::uint64_t>(target) < high)
      found.push_back({range.address + at, static_cast<std::uint64_t>(target), Reference::Kind::kLoad});
  };
  const auto word_at = [&](std::size_t at) { return Word{*read_le<std::uint32_t>(code, at)}; };
  const auto is_ld = [](const Word& word) { return word.primary() == 58 && (word.bits & 3) == 0; };
  for (std::size_t at = 0; at + 4 <= code.size(); at += 4) {
    const Word word = word_at(at);
    if (is_ld(word) && word.ra() == 0) add(at, word.ds());
    const bool sets = word.primary() == 14 && word.ra() == 0;  // li
    for (std::size_t behind = at + 4; sets && behind + 4 <= code.size() && behind <= at + 4 * kApart; behind += 4) {
      const Word access = word_at(behind);
      if (is_ld(access) && access.ra() == word.rt()) add(behind, word.d() + access.ds());
      const Destination destination = destination_of(access, memory_form(access));
      const bool target = destination == Destination::kTarget || destination == Destination::kBoth;
      if (target && access.rt() == word.rt()) break;
    }
  }
}

}  // namespace

// Power Architecture 64-Bit ELF V2 ABI, section 2.2: registers, and the parameter save area, which also has room for
// what goes in registers.
const Architecture kPpc64Le = {
    .arch = "ppc64le",
    .format = "",
    .machine = {.name = "ppc64le",
                .pointer_size = 8,
                .alignment = 4,
                .longest = 4,
                .arguments = {3, 4, 5, 6, 7, 8, 9, 10},
                .argument_count = 8,
                .stack_arguments = 32 + 64,
                .result = 3,
                .stack_pointer = kStack,
                .toc = kToc,
                .return_register = true,
                .preserved =
                    registers_mask({1, 2, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31})},
    .capstone_arch = CS_ARCH_PPC,
    .capstone_mode = static_cast<int>(CS_MODE_64) | static_cast<int>(CS_MODE_LITTLE_ENDIAN),
    .convert = convert,
    .is_padding = is_padding,
    .convert_unknown = convert_unknown,
    .find_references = find_references,
    .find_null_accesses = find_null_accesses,
};

}  // namespace abicheck
