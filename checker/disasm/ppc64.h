// What the files about PowerPC share.
#pragma once

#include <cstdint>

#include "disasm/instruction.h"

namespace abicheck::ppc64 {

// The fields of an instruction word (Power ISA, book I, section 1.6).
struct Word {
  std::uint32_t bits = 0;

  unsigned primary() const { return bits >> 26; }
  unsigned extended() const { return bits >> 1 & 0x3ff; }  // of the formats X, XL and XFX
  Register rt() const { return bits >> 21 & 31; }          // rs of stores and logical instructions
  Register ra() const { return bits >> 16 & 31; }
  unsigned vector() const { return (bits & 1) << 5 | rt(); }  // of the formats XX1 and XX3
  unsigned vector_a() const { return (bits & 4) << 3 | ra(); }
  unsigned vector_b() const { return (bits & 2) << 4 | rb(); }
  Register rb() const { return bits >> 11 & 31; }
  bool record() const { return (bits & 1) != 0; }
  std::int64_t d() const { return static_cast<std::int16_t>(bits); }
  std::int64_t ds() const { return static_cast<std::int16_t>(bits & 0xfffc); }
  std::int64_t dq() const { return static_cast<std::int16_t>(bits & 0xfff0); }
  std::int64_t upper() const { return d() * 0x10000; }
  std::int64_t unsigned_immediate() const { return bits & 0xffff; }
  std::uint8_t condition_field() const { return bits >> 23 & 7; }
  bool doubleword_compare() const { return (bits >> 21 & 1) != 0; }
  unsigned bo() const { return bits >> 21 & 31; }
  unsigned bi() const { return bits >> 16 & 31; }
  bool absolute() const { return (bits & 2) != 0; }
  bool links() const { return (bits & 1) != 0; }
  std::int64_t far_distance() const { return static_cast<std::int32_t>((bits & 0x03fffffc) << 6) >> 6; }
  unsigned special_register() const { return (bits >> 16 & 31) | (bits >> 6 & 0x3e0); }
};

// What an instruction that was read moves through vector registers.
void read_vectors(const Word& word, Instruction& one);

}  // namespace abicheck::ppc64
