// What z/Architecture computes of registers and memory, and the words that it moves through floating-point registers,
// which compilers use to put general ones aside, and through vector registers, whose first doublewords those are.
#include "disasm/s390x.h"

namespace abicheck::s390x {

namespace {

struct Computation {
  unsigned opcode;
  Arithmetic arithmetic;
  std::uint8_t width;        // of the register
  std::uint8_t other_width;  // of the other operand
};

// RR: the first register and the second.
constexpr Computation kRr[] = {{0x1a, Arithmetic::kAdd, 4, 4},
                               {0x1b, Arithmetic::kSubtract, 4, 4},
                               {0x14, Arithmetic::kAnd, 4, 4},
                               {0x16, Arithmetic::kOr, 4, 4},
                               {0x17, Arithmetic::kXor, 4, 4}};

// RRE: the same with wide opcodes.
constexpr Computation kRre[] = {{0xb908, Arithmetic::kAdd, 8, 8},      {0xb918, Arithmetic::kAdd, 8, 4},
                                {0xb909, Arithmetic::kSubtract, 8, 8}, {0xb919, Arithmetic::kSubtract, 8, 4},
                                {0xb90c, Arithmetic::kMultiply, 8, 8}, {0xb91c, Arithmetic::kMultiply, 8, 4},
                                {0xb252, Arithmetic::kMultiply, 4, 4}, {0xb980, Arithmetic::kAnd, 8, 8},
                                {0xb981, Arithmetic::kOr, 8, 8},       {0xb982, Arithmetic::kXor, 8, 8}};

// RRF: of two registers into a third.
constexpr Computation kRrf[] = {
    {0xb9e8, Arithmetic::kAdd, 8, 8},      {0xb9f8, Arithmetic::kAdd, 4, 4},      {0xb9e9, Arithmetic::kSubtract, 8, 8},
    {0xb9f9, Arithmetic::kSubtract, 4, 4}, {0xb9ed, Arithmetic::kMultiply, 8, 8}, {0xb9fd, Arithmetic::kMultiply, 4, 4},
    {0xb9e4, Arithmetic::kAnd, 8, 8},      {0xb9f4, Arithmetic::kAnd, 4, 4},      {0xb9e6, Arithmetic::kOr, 8, 8},
    {0xb9f6, Arithmetic::kOr, 4, 4},       {0xb9e7, Arithmetic::kXor, 8, 8},      {0xb9f7, Arithmetic::kXor, 4, 4}};

// A register and a constant of 16 or 32 bits.
constexpr Computation kImmediate[] = {{0xa70c, Arithmetic::kMultiply, 4, 2},
                                      {0xa70d, Arithmetic::kMultiply, 8, 2},
                                      {0xc201, Arithmetic::kMultiply, 4, 4},
                                      {0xc200, Arithmetic::kMultiply, 8, 4}};

// RS and RSY: shifts; those with wide opcodes leave the shifted register as it was.
constexpr Computation kShifts[] = {{0x8a, Arithmetic::kShiftRight, 4, 0},   {0x88, Arithmetic::kShiftRight, 4, 0},
                                   {0x89, Arithmetic::kShiftLeft, 4, 0},    {0x8b, Arithmetic::kShiftLeft, 4, 0},
                                   {0xeb0a, Arithmetic::kShiftRight, 8, 0}, {0xeb0c, Arithmetic::kShiftRight, 8, 0},
                                   {0xeb0d, Arithmetic::kShiftLeft, 8, 0},  {0xeb0b, Arithmetic::kShiftLeft, 8, 0},
                                   {0xebdc, Arithmetic::kShiftRight, 4, 0}, {0xebde, Arithmetic::kShiftRight, 4, 0},
                                   {0xebdf, Arithmetic::kShiftLeft, 4, 0}};

// RX and RXY: the register and memory. Logical additions, whose condition code means something else, are not told.
constexpr Computation kMemory[] = {
    {0x5a, Arithmetic::kAdd, 4, 4},        {0x4a, Arithmetic::kAdd, 4, 2},        {0x5b, Arithmetic::kSubtract, 4, 4},
    {0x4b, Arithmetic::kSubtract, 4, 2},   {0x71, Arithmetic::kMultiply, 4, 4},   {0x4c, Arithmetic::kMultiply, 4, 2},
    {0x54, Arithmetic::kAnd, 4, 4},        {0x56, Arithmetic::kOr, 4, 4},         {0x57, Arithmetic::kXor, 4, 4},
    {0x5e, Arithmetic::kNone, 4, 4},       {0x5f, Arithmetic::kNone, 4, 4},       {0x43, Arithmetic::kNone, 4, 1},
    {0xe308, Arithmetic::kAdd, 8, 8},      {0xe318, Arithmetic::kAdd, 8, 4},      {0xe338, Arithmetic::kAdd, 8, 2},
    {0xe35a, Arithmetic::kAdd, 4, 4},      {0xe37a, Arithmetic::kAdd, 4, 2},      {0xe309, Arithmetic::kSubtract, 8, 8},
    {0xe319, Arithmetic::kSubtract, 8, 4}, {0xe339, Arithmetic::kSubtract, 8, 2}, {0xe35b, Arithmetic::kSubtract, 4, 4},
    {0xe37b, Arithmetic::kSubtract, 4, 2}, {0xe30c, Arithmetic::kMultiply, 8, 8}, {0xe31c, Arithmetic::kMultiply, 8, 4},
    {0xe33c, Arithmetic::kMultiply, 8, 2}, {0xe351, Arithmetic::kMultiply, 4, 4}, {0xe37c, Arithmetic::kMultiply, 4, 2},
    {0xe353, Arithmetic::kMultiply, 4, 4}, {0xe383, Arithmetic::kMultiply, 8, 8}, {0xe380, Arithmetic::kAnd, 8, 8},
    {0xe354, Arithmetic::kAnd, 4, 4},      {0xe381, Arithmetic::kOr, 8, 8},       {0xe356, Arithmetic::kOr, 4, 4},
    {0xe382, Arithmetic::kXor, 8, 8},      {0xe357, Arithmetic::kXor, 4, 4},      {0xe30a, Arithmetic::kNone, 8, 8},
    {0xe30b, Arithmetic::kNone, 8, 8},     {0xe31a, Arithmetic::kNone, 8, 4},     {0xe31b, Arithmetic::kNone, 8, 4},
    {0xe35e, Arithmetic::kNone, 4, 4},     {0xe35f, Arithmetic::kNone, 4, 4},     {0xe30f, Arithmetic::kNone, 8, 8},
    {0xe31e, Arithmetic::kNone, 4, 4},     {0xe31f, Arithmetic::kNone, 4, 2},     {0xe317, Arithmetic::kNone, 8, 4},
    {0xe32a, Arithmetic::kNone, 8, 8},     {0xe33b, Arithmetic::kNone, 4, 4},     {0xe373, Arithmetic::kNone, 4, 1},
    {0xe385, Arithmetic::kNone, 8, 8},     {0xe39c, Arithmetic::kNone, 8, 4},     {0xe39d, Arithmetic::kNone, 8, 4},
    {0xe39f, Arithmetic::kNone, 4, 4},     {0xe3c0, Arithmetic::kNone, 4, 1},     {0xe3c2, Arithmetic::kNone, 4, 1},
    {0xe3c4, Arithmetic::kNone, 4, 2},     {0xe3c6, Arithmetic::kNone, 4, 2},     {0xe3ca, Arithmetic::kNone, 4, 4},
    {0xe3c8, Arithmetic::kNone, 4, 4}};

// Multiplications and divisions that fill a pair of registers: the one that is named, and the next.
constexpr Computation kPairs[] = {{0x5c, Arithmetic::kNone, 8, 4},   {0x5d, Arithmetic::kNone, 8, 4},
                                  {0xe386, Arithmetic::kNone, 8, 8}, {0xe387, Arithmetic::kNone, 8, 8},
                                  {0xe396, Arithmetic::kNone, 8, 4}, {0xe397, Arithmetic::kNone, 8, 4},
                                  {0xe30d, Arithmetic::kNone, 8, 8}, {0xe31d, Arithmetic::kNone, 8, 4},
                                  {0xe384, Arithmetic::kNone, 8, 8}, {0xe35c, Arithmetic::kNone, 8, 4}};

template <std::size_t count>
const Computation* find(const Computation (&list)[count], unsigned opcode) {
  for (const Computation& one : list) {
    if (one.opcode == opcode) return &one;
  }
  return nullptr;
}

bool compute(Instruction& one, Register to, Arithmetic arithmetic, const Operand& left, const Operand& right) {
  one.operands = {left, right};
  one.arithmetic = arithmetic;
  one.written = to;
  return true;
}

Operand place_of(const Fields& fields, std::uint8_t width) {
  const bool wide = fields.byte(0) == 0xe3;
  return memory_operand(fields.base(), fields.r2(), wide ? fields.displacement20() : fields.displacement12(), width);
}

// RISBG, RISBGN: some bits of a rotated register, the others 0: shifts by a number, and masks.
bool read_selected_bits(Instruction& one, const Fields& fields) {
  const unsigned first = fields.byte(2) & 63u;
  const unsigned last = fields.byte(3) & 63u;
  const unsigned rotated = fields.byte(4) & 63u;
  const Operand from = register_operand(fields.r2(), 8);
  one.written = fields.r1();
  if ((fields.byte(3) & 0x80) == 0) return true;  // of a register that keeps its other bits
  const auto number = [](std::uint64_t value) { return immediate_operand(static_cast<std::int64_t>(value), 8); };
  if (rotated == 0 && first <= last)
    return compute(one, fields.r1(), Arithmetic::kAnd, from,
                   number((~std::uint64_t{0} >> first) & (~std::uint64_t{0} << (63 - last))));
  if (last == 63 && first + rotated == 64)
    return compute(one, fields.r1(), Arithmetic::kShiftRight, from, number(first));
  if (first == 0 && last + rotated == 63)
    return compute(one, fields.r1(), Arithmetic::kShiftLeft, from, number(rotated));
  return true;
}

}  // namespace

bool read_computation(Instruction& one, const Fields& fields) {
  const unsigned opcode = fields.opcode();
  if (const auto* it = find(kRr, opcode))
    return compute(one, fields.r1(), it->arithmetic, register_operand(fields.r1(), it->width),
                   register_operand(fields.r2(), it->other_width));
  if (const auto* it = find(kRre, opcode))
    return compute(one, fields.r1_of_rre(), it->arithmetic, register_operand(fields.r1_of_rre(), it->width),
                   register_operand(fields.r2_of_rre(), it->other_width));
  if (const auto* it = find(kRrf, opcode))
    return compute(one, fields.r1_of_rre(), it->arithmetic, register_operand(fields.r2_of_rre(), it->width),
                   register_operand(fields.r3_of_rrf(), it->other_width));
  if (const auto* it = find(kImmediate, opcode))
    return compute(one, fields.r1(), it->arithmetic, register_operand(fields.r1(), it->width),
                   immediate_operand(it->other_width == 2 ? fields.immediate16() : fields.immediate32(), it->width));
  if (const auto* it = find(kShifts, opcode)) {
    const bool by_number = fields.base() == 0;
    const Register from = opcode < 0x100 ? fields.r1() : fields.r2();
    return compute(
        one, fields.r1(), by_number ? it->arithmetic : Arithmetic::kNone, register_operand(from, it->width),
        by_number ? immediate_operand(fields.displacement12() & 63, it->width) : register_operand(fields.base(), 8));
  }
  if (const auto* it = find(kMemory, opcode))
    return compute(one, fields.r1(), it->arithmetic, register_operand(fields.r1(), it->width),
                   place_of(fields, it->other_width));
  if (const auto* it = find(kPairs, opcode)) {
    one.also_written = static_cast<Register>(fields.r1() | 1);
    return compute(one, fields.r1(), it->arithmetic, register_operand(fields.r1(), it->width),
                   place_of(fields, it->other_width));
  }
  if (opcode == 0xec55 || opcode == 0xec59) return read_selected_bits(one, fields);
  if (opcode == 0xebf2 || opcode == 0xebe2) {  // LOC, LOCG
    const std::uint8_t width = opcode == 0xebe2 ? 8 : 4;
    make(one, Operation::kMove, register_operand(fields.r1(), width),
         memory_operand(fields.base(), 0, fields.displacement20(), width));
    one.conditional = true;
    one.condition = Condition::kOther;
    return true;
  }
  return false;
}

bool read_vectors(Instruction& one, const Fields& fields) {
  using From = Lane::From;
  constexpr unsigned kDoublewords = 3;  // the size of elements
  const Lane zero{From::kZero};
  const Lane none;
  const auto low = [](Register vector) { return Lane{From::kLow, vector}; };
  const auto high = [](Register vector) { return Lane{From::kHigh, vector}; };
  const auto place = [&](std::uint8_t width, bool wide) {
    return memory_operand(fields.base(), fields.r2(), wide ? fields.displacement20() : fields.displacement12(), width);
  };
  const auto load = [&](Register vector, std::uint8_t width, Lane first, Lane second, bool wide = false) {
    one.operands[1] = place(width, wide);
    one.vector = vector;
    one.lanes = {first, second};
    return true;
  };
  const auto store = [&](std::uint8_t width, Lane first, Lane second, bool wide = false) {
    make(one, Operation::kMove, place(width, wide), {});
    one.lanes = {first, second};
    return true;
  };
  const auto set = [&](Register vector, Lane first, Lane second) {
    one.vector = vector;
    one.lanes = {first, second};
    return true;
  };
  const auto take = [&](Register to, Lane word) {
    one.operands[0] = register_operand(to, 8);
    one.written = to;
    one.lanes = {word, none};
    return true;
  };
  const Lane memory{From::kMemory};
  const Lane next{From::kMemoryNext};
  const unsigned element = fields.byte(4) >> 4;
  switch (fields.opcode()) {
    case 0xb3c1:  // LDGR
      return set(fields.r1_of_rre(), {From::kGeneral, fields.r2_of_rre()}, none);
    case 0xb3cd:  // LGDR
      return take(fields.r1_of_rre(), low(fields.r2_of_rre()));
    case 0x28:  // LDR
      return set(fields.r1(), low(fields.r2()), none);
    case 0xb375:  // LZDR
      return set(fields.r1_of_rre(), zero, none);
    case 0x68:  // LD
      return load(fields.r1(), 8, memory, none);
    case 0xed65:  // LDY
      return load(fields.r1(), 8, memory, none, true);
    case 0x60:  // STD
      return store(8, low(fields.r1()), none);
    case 0xed67:  // STDY
      return store(8, low(fields.r1()), none, true);
    case 0x78:  // LE
      return load(fields.r1(), 4, none, none);
    case 0x70:  // STE
      return store(4, none, none);
    case 0xed66:  // STEY
      return store(4, none, none, true);
    case 0xe706:  // VL
      return load(fields.v1(), 16, memory, next);
    case 0xe70e:  // VST
      return store(16, low(fields.v1()), high(fields.v1()));
    case 0xe705:  // VLREP
      return element == kDoublewords ? load(fields.v1(), 8, memory, memory)
                                     : load(fields.v1(), static_cast<std::uint8_t>(1u << element), none, none);
    case 0xe702:  // VLEG
      return element == 0 ? load(fields.v1(), 8, memory, high(fields.v1()))
                          : load(fields.v1(), 8, low(fields.v1()), memory);
    case 0xe703:  // VLEF
      return load(fields.v1(), 4, none, none);
    case 0xe704:  // VLLEZ
      return element == kDoublewords ? load(fields.v1(), 8, memory, zero) : load(fields.v1(), 4, none, none);
    case 0xe70a:  // VSTEG
      return store(8, element == 0 ? low(fields.v1()) : high(fields.v1()), none);
    case 0xe756:  // VLR
      return set(fields.v1(), low(fields.v2()), high(fields.v2()));
    case 0xe762:  // VLVGP
      return set(fields.v1(), {From::kGeneral, fields.r2()}, {From::kGeneral, fields.r3_of_rrf()});
    case 0xe722:  // VLVG
      if (element != kDoublewords || fields.base() != 0) break;
      return fields.displacement12() == 0 ? set(fields.v1(), {From::kGeneral, fields.r2()}, high(fields.v1()))
                                          : set(fields.v1(), low(fields.v1()), {From::kGeneral, fields.r2()});
    case 0xe721:  // VLGV
      if (element == kDoublewords && fields.base() == 0)
        return take(fields.r1(), fields.displacement12() == 0 ? low(fields.v2()) : high(fields.v2()));
      one.written = fields.r1();
      return true;
    case 0xe744:  // VGBM
      if (fields.immediate16() == 0) return set(fields.v1(), zero, zero);
      break;
    case 0xe761:  // VMRH
      if (element == kDoublewords) return set(fields.v1(), low(fields.v2()), low(fields.v3()));
      break;
    case 0xe760:  // VMRL
      if (element == kDoublewords) return set(fields.v1(), high(fields.v2()), high(fields.v3()));
      break;
    case 0xe784:  // VPDI
      return set(fields.v1(), (element & 4) == 0 ? low(fields.v2()) : high(fields.v2()),
                 (element & 1) == 0 ? low(fields.v3()) : high(fields.v3()));
    case 0xe736:  // VLM
      one.clobbers_vectors = true;
      return true;
    case 0xe73e: {  // VSTM
      const unsigned count = ((fields.v2() - fields.v1()) & 31u) + 1;
      make(one, Operation::kMove, memory_operand(fields.base(), 0, fields.displacement12(), 0), {});
      one.operands[0].width = static_cast<std::uint8_t>(16 * count > 255 ? 255 : 16 * count);
      return true;
    }
    default:
      break;
  }
  const unsigned first = fields.byte(0);
  const bool floats = (first >= 0x28 && first < 0x40) || (first >= 0x68 && first < 0x80);
  one.clobbers_vectors = floats || first == 0xb3 || first == 0xed || first == 0xe6 || first == 0xe7;
  return false;
}

}  // namespace abicheck::s390x
