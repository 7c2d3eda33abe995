// Machine code -> Instruction values, by Capstone.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "disasm/architecture.h"
#include "disasm/instruction.h"
#include "model/binary_image.h"

namespace abicheck {

// Capstone's handles, which are costly to open and serve one thread. One object a thread.
class Disassembler {
 public:
  Disassembler();
  ~Disassembler();
  Disassembler(const Disassembler&) = delete;
  Disassembler& operator=(const Disassembler&) = delete;

 private:
  friend class Decoder;
  struct Handle;
  Handle& handle_for(const Architecture& architecture, const BinaryImage& image);
  std::map<std::pair<int, int>, std::unique_ptr<Handle>> handles_;
};

// Decodes the code of one image, whose architecture must be known (architecture_of).
class Decoder {
 public:
  Decoder(const BinaryImage& image, Disassembler& disassembler);

  const BinaryImage& image() const { return image_; }
  const Architecture& architecture() const { return architecture_; }
  const Machine& machine() const { return architecture_.machine; }

  // Empty when the bytes at `address` are no instruction of a mapped, executable range.
  std::optional<Instruction> decode_one(std::uint64_t address) const;

  // Linear sweep over [begin, end); stops at the first byte that does not decode, where instructions have no fixed
  // length, and goes on behind it elsewhere.
  std::vector<Instruction> decode(std::uint64_t begin, std::uint64_t end) const;

  // The instructions of [begin, address] that lead up to the one that starts at `address`, for a `begin` that need not
  // be the start of an instruction. x86 decoding falls into step after a few instructions; the start on which most
  // attempts agree wins. Ends with the instruction at `address`; empty when no attempt arrives there.
  std::vector<Instruction> decode_up_to(std::uint64_t begin, std::uint64_t address) const;

  // Whether an instruction starts at `address`, as far as decoding from some hundred bytes before tells.
  bool starts_instruction(std::uint64_t begin, std::uint64_t address) const;

 private:
  // The same, given what decoding up to `end` from another place came to: where both fall into step it is copied.
  std::vector<Instruction> decode(std::uint64_t begin, std::uint64_t end, const std::vector<Instruction>& other) const;
  // Capstone's next instruction, in handle_.insn, past which it moves on; false when it knows none.
  bool next(const std::uint8_t** code, std::size_t* left, std::uint64_t* address) const;
  std::uint64_t aligned(std::uint64_t address) const { return address - address % machine().alignment; }

  const BinaryImage& image_;
  const Architecture& architecture_;
  Disassembler::Handle& handle_;
};

}  // namespace abicheck
