// Where the machine code of one module refers to an address, and what it calls: the questions every extractor asks.
// How a processor names an address, and how such names are found, is the matter of disasm/.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "disasm/disassembler.h"
#include "disasm/instruction.h"
#include "disasm/reference.h"
#include "facts/values.h"
#include "model/binary_image.h"

namespace abicheck {

// Functions of the C and C++ libraries, and of Python, that do not come back.
bool never_returns(std::string_view name);
// Whether its name says of any function that it throws.
bool throws(std::string_view name);

class Code {
 public:
  Code(const BinaryImage& image, Disassembler& disassembler);
  ~Code();
  Code(const Code&) = delete;
  Code& operator=(const Code&) = delete;

  const BinaryImage& image() const { return image_; }
  const Machine& machine() const { return decoder_.machine(); }

  // Every reference whose target lies in [low, high), by site.
  std::vector<Reference> references_within(std::uint64_t low, std::uint64_t high) const;
  // Every reference to exactly one of `targets` (sorted), by site.
  std::vector<Reference> references_to(const std::vector<std::uint64_t>& targets) const;

  // What looks like a read of a pointer below `high`, counted from address 0 and not from where the image lies; and
  // those of them that are one.
  std::vector<Reference> null_accesses(std::uint64_t high) const;
  std::vector<Reference> real_null_accesses(std::vector<Reference> accesses) const;

  // Instructions that write some of the `width` bytes at `address`, which they name themselves.
  std::vector<std::uint64_t> writes_of(std::uint64_t address, std::uint64_t width) const;
  // Whether one that references_to() does not tell may write the pointer at `address`.
  bool may_be_written(std::uint64_t address) const;

  // Where a pointer may be loaded from some register plus `first`, and 32 bits from there plus `second` right behind
  // it. Decodes everything, but for processors that find such places themselves.
  std::vector<std::uint64_t> chained_reads(std::uint8_t first, std::uint8_t second) const;

  // Every reference from elsewhere whose target lies inside `function`, found once and kept.
  const std::vector<Reference>& references_into(const FunctionRange& function) const;
  // Whether one of them is what it looks like. Bytes inside other instructions can look like a jump or call: a
  // displacement of -0x18 is e8, small immediates behind it lead to places nearby.
  bool is_real_transfer(const Reference& reference, const FunctionRange& into) const;

  // Every reference to what the loader binds to `name`: through its stubs and GOT slots, found once and kept.
  const std::vector<Reference>& references_to_symbol(const std::string& name) const;

  // The function that holds `address`; null where the image's table has none and none was found.
  const FunctionRange* function_at(std::uint64_t address) const;
  // The same; a made-up range around it where there is none.
  FunctionRange function_around(std::uint64_t address) const;

  // Instructions before `site` in its function (at most some hundred bytes), the one at `site`, and those behind it up
  // to the end of its block or `after` instructions.
  std::vector<Instruction> around(std::uint64_t site, std::uint64_t before_bytes, std::size_t after) const;
  // From `begin`, which is known to be the start of an instruction, up to and including the one at `site`; empty when
  // data between them throws decoding out of step.
  std::vector<Instruction> from_boundary(std::uint64_t begin, std::uint64_t site) const;
  // Straight on from `begin`, at most `count` instructions; goes on behind branches, stops behind a jump or return.
  std::vector<Instruction> straight_from(std::uint64_t begin, std::size_t count) const;
  std::optional<Instruction> decode_one(std::uint64_t address) const;
  // The whole function, decoded once and kept.
  const std::vector<Instruction>& function_code(const FunctionRange& function) const;

  // What is known throughout the function that holds `site`; computed once.
  const class FunctionValues& function_values(std::uint64_t site) const;
  // What is known in front of the instruction at `site`, from the whole of its function: what all ways to it agree on.
  // Slower than values_before() on some instructions, and needed where compilers keep a constant in a register that
  // calls preserve. Computed once for each function.
  Values values_in_function(std::uint64_t site) const;
  // The same, on each way into the block of `site` apart: several calls may share their last instructions.
  std::vector<Values> values_on_ways_to(std::uint64_t site) const;
  // The same from the instructions just before `site`, `before_bytes` at most; from the whole function on machines
  // whose code names addresses by a register that is set where the function begins.
  Values values_near(std::uint64_t site, std::uint64_t before_bytes) const;

  // Where blocks of `function` begin to which no direct jump or branch of it leads: the cases of its switches. Found
  // once and kept.
  const std::vector<std::uint64_t>& indirect_blocks(const FunctionRange& function) const;

  // The addresses of this image that the instructions of `function` form or load from fixed places.
  std::vector<std::uint64_t> addresses_in(const FunctionRange& function) const;

  // The symbol that a call or jump leads to outside this module: through a PLT stub, a merged jump to one, or the GOT.
  std::optional<std::string_view> imported_name(const Instruction& call) const;
  // The same for a call through a register or memory, where what they hold is known.
  std::optional<std::string_view> imported_name(const Instruction& call, const Values& values) const;
  // Whether a call comes back: not one of __stack_chk_fail, abort or what throws, and not one of a function here that
  // only leads to such a call.
  bool returns(const Instruction& call) const;
  // The address in this module that a call or jump leads to, through the stub of an own exported function too; 0 if
  // none.
  std::uint64_t own_target(const Instruction& call) const;
  // The symbol whose address the loader puts at `slot`.
  std::optional<std::string_view> symbol_in_slot(std::uint64_t slot) const;
  // Where the stub at `address` jumps to: what the loader binds to a slot, or an address of this image; unknown when
  // no stub begins there.
  Value stub_target(std::uint64_t address) const;

  // The addresses by which code reaches what the loader binds to `symbol`: GOT slots and PLT stubs.
  struct Doors {
    std::vector<std::uint64_t> slots;
    std::vector<std::uint64_t> stubs;
  };
  Doors doors_of_symbol(const std::string& name) const;
  // The slots in which the loader puts an address of this module.
  std::vector<std::uint64_t> slots_of_address(std::uint64_t address) const;
  // The same for a function of this module that other code may call through its exported name.
  Doors doors_of_address(std::uint64_t address) const;

 private:
  // Calls visit(instructions) for each function until it returns false.
  template <typename Visit>
  void for_each_function(Visit visit) const;
  void add_piece(Instruction& one) const;
  void add_pieces(std::vector<Instruction>& code) const;
  std::optional<OutlinedPiece> read_piece(std::uint64_t address) const;
  void scan(const MappedRange& range, std::uint64_t low, std::uint64_t high, std::vector<Reference>& found) const;
  const std::vector<Reference>& all_references() const;
  bool is_real(const Reference& reference) const;
  std::uint64_t named_place(const Instruction& one, const Operand& operand) const;
  bool starts_instruction(std::uint64_t site) const;
  Value callee(const Instruction& call) const;
  Value read_stub(std::uint64_t address) const;
  Value near_callee(const Instruction& call) const;
  Doors doors_of_slots(std::vector<std::uint64_t> slots, const Value& target) const;

  const BinaryImage& image_;
  Decoder decoder_;
  mutable std::map<std::uint64_t, std::vector<Instruction>> decoded_;
  mutable std::map<std::uint64_t, std::vector<Reference>> into_;
  mutable std::unordered_map<std::uint64_t, bool> real_;  // whether an instruction starts there
  mutable std::map<std::string, std::vector<Reference>> to_symbol_;
  mutable std::optional<std::vector<Reference>> all_;            // by target
  mutable std::optional<std::vector<FunctionRange>> functions_;  // where the image's own table leaves some out
  mutable std::map<std::uint64_t, std::unique_ptr<class FunctionValues>> values_;
  mutable std::unordered_map<std::uint64_t, Value> callees_;  // of calls through registers
  mutable std::unordered_map<std::uint64_t, Value> stubs_;
  mutable std::unordered_map<std::uint64_t, bool> wrappers_;  // whether a function of this module comes back
  mutable std::unordered_map<std::uint64_t, std::optional<OutlinedPiece>> pieces_;
  mutable std::map<std::uint64_t, std::vector<std::uint64_t>> indirect_;
};

}  // namespace abicheck
