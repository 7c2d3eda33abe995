// What the files about z/Architecture share.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "disasm/instruction.h"

namespace abicheck::s390x {

inline std::size_t length_of(std::uint8_t first) {
  switch (first >> 6) {
    case 0:
      return 2;
    case 3:
      return 6;
    default:
      return 4;
  }
}

// The fields of an instruction (z/Architecture Principles of Operation, chapter 5, "Instruction Formats").
class Fields {
 public:
  Fields(std::uint64_t address, ByteView code) : address_(address) {
    for (std::size_t i = 0; i < bytes_.size() && i < code.size(); ++i) bytes_[i] = code[i];
  }

  // The opcode: its first byte, and its second where the format has one.
  unsigned opcode() const {
    switch (bytes_[0]) {
      case 0xa5:
      case 0xa7:
      case 0xc0:
      case 0xc2:
      case 0xc4:
      case 0xc6:
      case 0xc8:
      case 0xcc:
        return bytes_[0] << 8 | (bytes_[1] & 15);
      case 0xb2:
      case 0xb3:
      case 0xb9:
      case 0xe5:
        return bytes_[0] << 8 | bytes_[1];
      case 0xe3:
      case 0xe7:
      case 0xeb:
      case 0xec:
      case 0xed:
        return bytes_[0] << 8 | bytes_[5];
      default:
        return bytes_[0];
    }
  }
  std::size_t size() const { return length_of(bytes_[0]); }

  Register r1() const { return bytes_[1] >> 4; }
  Register r2() const { return bytes_[1] & 15; }         // RR, RIE; the index of RX
  Register r1_of_rre() const { return bytes_[3] >> 4; }  // RRE
  Register r2_of_rre() const { return bytes_[3] & 15; }
  Register base() const { return bytes_[2] >> 4; }
  Register second_base() const { return bytes_[4] >> 4; }  // SS
  Register r3_of_rrf() const { return bytes_[2] >> 4; }    // RRF, where r1 and r2 are those of RRE
  // Vector registers (VRR, VRX, VRI): the upper bits of their numbers stand at the end.
  Register v1() const { return static_cast<Register>(r1() | (bytes_[4] & 8) << 1); }
  Register v2() const { return static_cast<Register>(r2() | (bytes_[4] & 4) << 2); }
  Register v3() const { return static_cast<Register>(bytes_[2] >> 4 | (bytes_[4] & 2) << 3); }
  std::uint8_t byte(std::size_t at) const { return bytes_[at]; }
  unsigned mask() const { return bytes_[1] >> 4; }           // of branches on the condition code
  unsigned mask_of_rie_b() const { return bytes_[4] >> 4; }  // of compares of registers that branch
  unsigned mask_of_rie_c() const { return bytes_[1] & 15; }  // of compares with a constant that branch
  std::int64_t immediate8() const { return static_cast<std::int8_t>(bytes_[4]); }
  std::int64_t immediate16(std::size_t at = 2) const {
    return static_cast<std::int16_t>(bytes_[at] << 8 | bytes_[at + 1]);
  }
  std::int64_t immediate32() const {
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(bytes_[2]) << 24 | bytes_[3] << 16 | bytes_[4] << 8 |
                                     bytes_[5]);
  }
  std::int64_t displacement12() const { return (bytes_[2] & 15) << 8 | bytes_[3]; }
  std::int64_t displacement20() const { return static_cast<std::int8_t>(bytes_[4]) * 4096 + displacement12(); }
  std::int64_t second_displacement() const { return (bytes_[4] & 15) << 8 | bytes_[5]; }
  std::uint64_t near_target() const { return address_ + static_cast<std::uint64_t>(2 * immediate16()); }
  std::uint64_t far_target() const { return address_ + static_cast<std::uint64_t>(2 * immediate32()); }

 private:
  std::uint64_t address_;
  std::array<std::uint8_t, 6> bytes_{};
};

inline Operand register_operand(Register reg, std::uint8_t width) {
  return {Operand::Kind::kRegister, width, reg};
}

inline Operand immediate_operand(std::int64_t value, std::uint8_t width, std::uint8_t shift = 0) {
  Operand operand{Operand::Kind::kImmediate, width};
  operand.value = value;
  operand.shift = shift;
  return operand;
}

// Register 0 as a base or index stands for none.
inline Operand memory_operand(Register base, Register index, std::int64_t displacement, std::uint8_t width) {
  Operand operand{Operand::Kind::kMemory, width};
  if (base != 0) operand.reg = base;
  if (index != 0) operand.index = index;
  operand.value = displacement;
  return operand;
}

inline void make(Instruction& one, Operation operation, Operand to, Operand from) {
  one.operation = operation;
  one.operands = {to, from};
  if (operation != Operation::kCompare && operation != Operation::kTest && to.is_register()) one.written = to.reg;
}

// What is computed of registers and memory; false for what is none of that.
bool read_computation(Instruction& one, const Fields& fields);

// What an instruction moves through floating-point and vector registers; false for one that has to do with none.
bool read_vectors(Instruction& one, const Fields& fields);

}  // namespace abicheck::s390x
