// Where the machine code of one module refers to an address, and what it calls: the questions every extractor asks.
//
// References are found by their bytes, not by disassembling everything: position-independent x86-64 code names another
// place only by a 32-bit distance that ends (or, for our instructions, always ends) the instruction. One pass compares
// "place + distance" with the wanted addresses at several GB/s; only the few hits are looked at as instructions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "disasm/disassembler.h"
#include "disasm/instruction.h"
#include "model/binary_image.h"

namespace abicheck {

struct Reference {
  enum class Kind { kCall, kJump, kBranch, kLea, kLoad, kCallThrough, kJumpThrough };
  std::uint64_t site = 0;  // address of the instruction
  std::uint64_t target = 0;
  Kind kind = Kind::kCall;

  // Control goes there, as opposed to the address being taken. kLoad is counted by those who follow `mov r,[got]; call
  // r`.
  bool transfers() const { return kind == Kind::kCall || kind == Kind::kJump || kind == Kind::kBranch; }
};

class Code {
 public:
  Code(const BinaryImage& image, Disassembler& disassembler) : image_(image), disassembler_(disassembler) {}

  const BinaryImage& image() const { return image_; }

  // Every reference whose target lies in [low, high), by site.
  std::vector<Reference> references_within(std::uint64_t low, std::uint64_t high) const;
  // Every reference to exactly one of `targets` (sorted), by site.
  std::vector<Reference> references_to(const std::vector<std::uint64_t>& targets) const;

  // Every reference from elsewhere whose target lies inside `function`, found once and kept.
  const std::vector<Reference>& references_into(const FunctionRange& function) const;

  // Every reference to what the loader binds to `name`: through its stubs and GOT slots, found once and kept.
  const std::vector<Reference>& references_to_symbol(const std::string& name) const;

  // The function that holds `address`; a made-up range around it when the unwind table has none.
  FunctionRange function_around(std::uint64_t address) const;

  // Instructions before `site` in its function (at most some hundred bytes), the one at `site`, and those behind it up
  // to the end of its block or `after` instructions.
  std::vector<Instruction> around(std::uint64_t site, std::uint64_t before_bytes, std::size_t after) const;
  // From `begin`, which is known to be the start of an instruction, up to and including the one at `site`; empty when
  // data between them throws decoding out of step.
  std::vector<Instruction> from_boundary(std::uint64_t begin, std::uint64_t site) const;
  // Straight on from `begin`, at most `count` instructions; goes on behind branches, stops behind a jump or return.
  std::vector<Instruction> straight_from(std::uint64_t begin, std::size_t count) const;
  std::optional<Instruction> decode_one(std::uint64_t address) const {
    return disassembler_.decode_one(image_, address);
  }
  // The whole function, decoded once and kept.
  const std::vector<Instruction>& function_code(const FunctionRange& function) const;

  // The symbol that a call or jump leads to outside this module: through a PLT stub, a merged jump to one, or the GOT.
  std::optional<std::string_view> imported_name(const Instruction& call) const;
  // The address in this module that a call or jump leads to, through the stub of an own exported function too; 0 if
  // none.
  std::uint64_t own_target(const Instruction& call) const;
  // The symbol whose address the loader puts at `slot`.
  std::optional<std::string_view> symbol_in_slot(std::uint64_t slot) const;
  // The symbol that the PLT stub at `address` jumps to.
  std::optional<std::string_view> stub_symbol(std::uint64_t address) const;

  // The addresses by which code reaches what the loader binds to `symbol`: GOT slots and PLT stubs.
  struct Doors {
    std::vector<std::uint64_t> slots;
    std::vector<std::uint64_t> stubs;
  };
  Doors doors_of_symbol(const std::string& name) const;
  // The same for a function of this module that other code may call through its exported name.
  Doors doors_of_address(std::uint64_t address) const;

 private:
  void scan(const MappedRange& range, std::uint64_t low, std::uint64_t high, std::vector<Reference>& found) const;
  bool is_real_transfer(const Reference& reference) const;
  std::optional<std::uint64_t> stub_slot(std::uint64_t address) const;
  Doors doors_of_slots(std::vector<std::uint64_t> slots) const;

  const BinaryImage& image_;
  Disassembler& disassembler_;
  mutable std::map<std::uint64_t, std::vector<Instruction>> decoded_;
  mutable std::map<std::uint64_t, std::vector<Reference>> into_;
  mutable std::map<std::string, std::vector<Reference>> to_symbol_;
};

}  // namespace abicheck
