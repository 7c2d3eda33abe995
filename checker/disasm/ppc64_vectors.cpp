// What PowerPC's vector registers hold, as far as whole words are moved through them.
//
// The 64 registers of VSX are one file: the first 32 hold floating-point numbers in their first doubleword, the others
// are those of VMX. Lanes are doublewords 0 and 1 of the manual (Power ISA, book I, section 7.2); little-endian code
// finds doubleword 1 at the lower address, unless it loads two doublewords one after the other (lxvd2x).
#include <optional>

#include "disasm/ppc64.h"

namespace abicheck::ppc64 {

namespace {

using From = Lane::From;
using Lanes = std::array<Lane, 2>;

constexpr Lanes kUnknown{};
constexpr Lanes kZeroes{Lane{From::kZero}, Lane{From::kZero}};
constexpr Lanes kInOrder{Lane{From::kMemory}, Lane{From::kMemoryNext}};
constexpr Lanes kReversed{Lane{From::kMemoryNext}, Lane{From::kMemory}};
constexpr Lanes kFirst{Lane{From::kMemory}, Lane{}};
constexpr Lanes kTwice{Lane{From::kMemory}, Lane{From::kMemory}};

Lane low(unsigned vector) {
  return {From::kLow, static_cast<Register>(vector)};
}
Lane high(unsigned vector) {
  return {From::kHigh, static_cast<Register>(vector)};
}
Lane general(Register reg) {
  return {From::kGeneral, reg};
}

void load(Instruction& one, unsigned vector, const Lanes& lanes) {
  one.vector = static_cast<Register>(vector);
  one.lanes = lanes;
}

// The first doubleword of a vector register, or both; `reversed` as kReversed.
void store(Instruction& one, unsigned vector, bool both = false, bool reversed = false) {
  one.lanes = {reversed ? high(vector) : low(vector), !both ? Lane{} : reversed ? low(vector) : high(vector)};
}

// With the primary opcode 31.
void read_indexed(const Word& word, Instruction& one) {
  const unsigned vsx = word.vector();
  const unsigned vmx = 32u + word.rt();
  switch (word.extended()) {
    case 844:  // lxvd2x
      return load(one, vsx, kInOrder);
    case 972:  // stxvd2x
      return store(one, vsx, true);
    case 268:  // lxvx
      return load(one, vsx, kReversed);
    case 396:  // stxvx
      return store(one, vsx, true, true);
    case 103:  // lvx, lvxl
    case 359:
      return load(one, vmx, kReversed);
    case 231:  // stvx, stvxl
    case 487:
      return store(one, vmx, true, true);
    case 332:  // lxvdsx
      return load(one, vsx, kTwice);
    case 588:  // lxsdx
      return load(one, vsx, kFirst);
    case 716:  // stxsdx
      return store(one, vsx);
    case 599:  // lfdx, lfdux
    case 631:
      return load(one, word.rt(), kFirst);
    case 727:  // stfdx, stfdux
    case 759:
      return store(one, word.rt());
    case 179:  // mtvsrd
      return load(one, vsx, {general(word.ra()), Lane{}});
    case 435:  // mtvsrdd
      return load(one, vsx, {word.ra() == 0 ? Lane{From::kZero} : general(word.ra()), general(word.rb())});
    case 51:   // mfvsrd
    case 307:  // mfvsrld
      one.operands[0] = {Operand::Kind::kRegister, 8, word.ra()};
      one.lanes[0] = word.extended() == 51 ? low(vsx) : high(vsx);
      return;
    case 535:  // lfsx, lfsux, lfiwax, lfiwzx
    case 567:
    case 855:
    case 887:
      return load(one, word.rt(), kUnknown);
    case 7:  // lvebx, lvehx, lvewx, lvsl, lvsr
    case 39:
    case 71:
    case 6:
    case 38:
      return load(one, vmx, kUnknown);
    case 12:  // lxsiwzx, lxsiwax, lxvwsx, lxsibzx, lxsihzx, lxvw4x, lxvh8x, lxvb16x
    case 76:
    case 364:
    case 781:
    case 813:
    case 780:
    case 812:
    case 876:
    case 211:  // mtvsrwa, mtvsrwz, mtvsrws
    case 243:
    case 403:
    case 13:  // lxvrbx, lxvrhx, lxvrwx, lxvrdx
    case 45:
    case 77:
    case 109:
      return load(one, vsx, kUnknown);
    case 269:  // lxvl, lxvll, lxvpx
    case 301:
    case 333:
      one.clobbers_vectors = true;
      return;
    default:
      return;
  }
}

// With the primary opcode 60: arithmetic on vectors; what compares only is taken for something that writes one.
void read_vsx(const Word& word, Instruction& one) {
  const unsigned operation = word.bits >> 3 & 0xff;
  const unsigned a = word.vector_a();
  const unsigned b = word.vector_b();
  const auto half = [](unsigned vector, unsigned which) { return which == 0 ? low(vector) : high(vector); };
  if (one.written != kNoRegister) return;
  Lanes lanes = kUnknown;
  if ((operation & 0x9f) == 0x0a) lanes = {half(a, operation >> 6 & 1), half(b, operation >> 5 & 1)};  // xxpermdi
  if (operation == 146 && a == b) lanes = {low(a), high(a)};                                           // xxlor
  if (operation == 154 && a == b) lanes = kZeroes;                                                     // xxlxor
  if (operation == 90 && (word.bits & 0x1ffffc) == 0x2d0) lanes = kZeroes;                             // xxspltib 0
  load(one, word.vector(), lanes);
}

// With the primary opcode 4.
void read_vmx(const Word& word, Instruction& one) {
  const unsigned operation = word.bits & 0x7ff;
  const unsigned a = 32u + word.ra();
  if (one.written != kNoRegister) return;
  Lanes lanes = kUnknown;
  const bool splats = operation == 0x30c || operation == 0x34c || operation == 0x38c;  // vspltisb, -h, -w
  if (splats && word.ra() == 0) lanes = kZeroes;
  if (operation == 0x4c4 && word.ra() == word.rb()) lanes = kZeroes;            // vxor
  if (operation == 0x484 && word.ra() == word.rb()) lanes = {low(a), high(a)};  // vor
  load(one, 32u + word.rt(), lanes);
}

}  // namespace

void read_vectors(const Word& word, Instruction& one) {
  const unsigned vmx = 32u + word.rt();
  switch (word.primary()) {
    case 4:
      return read_vmx(word, one);
    case 31:
      return read_indexed(word, one);
    case 48:  // lfs, lfsu
    case 49:
      return load(one, word.rt(), kUnknown);
    case 50:  // lfd, lfdu
    case 51:
      return load(one, word.rt(), kFirst);
    case 54:  // stfd, stfdu
    case 55:
      return store(one, word.rt());
    case 57:
      if ((word.bits & 3) == 0) one.clobbers_vectors = true;  // lfdp
      if ((word.bits & 3) == 2) load(one, vmx, kFirst);       // lxsd
      if ((word.bits & 3) == 3) load(one, vmx, kUnknown);     // lxssp
      return;
    case 59:
      return load(one, word.rt(), kUnknown);
    case 60:
      return read_vsx(word, one);
    case 61: {
      const unsigned vector = (word.bits & 8) << 2 | word.rt();
      if ((word.bits & 7) == 1) load(one, vector, kReversed);    // lxv
      if ((word.bits & 7) == 5) store(one, vector, true, true);  // stxv
      if ((word.bits & 3) == 2) store(one, vmx);                 // stxsd
      return;
    }
    case 63:
      return load(one, word.rt(), word.extended() == 72 ? Lanes{low(word.rb()), Lane{}} : kUnknown);  // fmr
    default:
      return;
  }
}

}  // namespace abicheck::ppc64
