// Machine code -> Instruction values, by Capstone. One object a thread: it owns Capstone's handle.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "disasm/instruction.h"
#include "model/binary_image.h"

namespace abicheck {

class Disassembler {
 public:
  Disassembler();
  ~Disassembler();
  Disassembler(const Disassembler&) = delete;
  Disassembler& operator=(const Disassembler&) = delete;

  // Empty when the bytes at `address` are no instruction of a mapped, executable range.
  std::optional<Instruction> decode_one(const BinaryImage& image, std::uint64_t address);

  // Linear sweep over [begin, end); stops at the first byte that does not decode.
  std::vector<Instruction> decode(const BinaryImage& image, std::uint64_t begin, std::uint64_t end);

  // The instructions of [begin, address] that lead up to the one that starts at `address`, for a `begin` that need not
  // be the start of an instruction. x86 decoding falls into step after a few instructions; the start on which most
  // attempts agree wins. Ends with the instruction at `address`; empty when no attempt arrives there.
  std::vector<Instruction> decode_up_to(const BinaryImage& image, std::uint64_t begin, std::uint64_t address);

  // Whether an instruction starts at `address`, as far as decoding from some hundred bytes before tells.
  bool starts_instruction(const BinaryImage& image, std::uint64_t begin, std::uint64_t address);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace abicheck
