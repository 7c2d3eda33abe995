// A flat piece of machine code for the tests of one processor: decoded from its beginning, in which every offset from
// kBase is also the place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "disasm/disassembler.h"
#include "facts/code.h"
#include "facts/values.h"
#include "model/binary_image.h"

namespace abicheck::testing {

class MachineCode {
 public:
  static constexpr std::uint64_t kBase = 0x10000;
  static constexpr std::uint64_t kSize = 0x4000;

  MachineCode(const std::string& arch, const std::vector<int>& code) : size_(code.size()), bytes_(kSize, 0) {
    for (std::size_t i = 0; i < code.size(); ++i) bytes_[i] = static_cast<std::uint8_t>(code[i]);
    image.format = "elf";
    image.arch = arch;
    image.big_endian = arch == "s390x";
    image.bytes = bytes_;
    image.ranges = {{kBase, 0, kSize, true}};
    image.code = {{kBase, 0, code.size(), true}};
  }

  // The instruction at an offset.
  Instruction at(std::uint64_t offset) {
    const auto one = Decoder(image, disassembler_).decode_one(kBase + offset);
    return one.value_or(Instruction{});
  }
  std::vector<Instruction> all() { return Decoder(image, disassembler_).decode(kBase, kBase + size_); }

  // What is known behind the whole code, from what is known before.
  Values run(Values values) {
    for (const Instruction& one : all()) values.apply(one);
    return values;
  }
  Values nothing() { return Values(Decoder(image, disassembler_).machine(), image); }

  std::vector<Reference> references() {
    std::vector<Reference> found;
    architecture_of(image)->find_references(image, image.code.front(), 0, UINT64_MAX, found);
    return found;
  }
  std::vector<Reference> null_accesses(std::uint64_t high) {
    std::vector<Reference> found;
    architecture_of(image)->find_null_accesses(image, image.code.front(), high, found);
    return found;
  }
  Value stub_target(std::uint64_t offset) { return Code(image, disassembler_).stub_target(kBase + offset); }

  BinaryImage image;

 private:
  std::size_t size_;
  std::vector<std::uint8_t> bytes_;
  Disassembler disassembler_;
};

}  // namespace abicheck::testing
