#include "facts/code.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "disasm/functions.h"
#include "facts/flow.h"

namespace abicheck {

namespace {

constexpr std::uint64_t kGuessedFunctionBytes = 4096;

}  // namespace

Code::Code(const BinaryImage& image, Disassembler& disassembler) : image_(image), decoder_(image, disassembler) {}
Code::~Code() = default;
const FunctionRange* Code::function_at(std::uint64_t address) const {
  const bool partial = image_.format == "pe" || decoder_.architecture().partial_unwind_table;
  if (!partial) return image_.function_at(address);
  if (!functions_) functions_ = find_functions(decoder_);
  return find_function(*functions_, address);
}

FunctionRange Code::function_around(std::uint64_t address) const {
  if (const FunctionRange* function = function_at(address)) return *function;
  return {address > kGuessedFunctionBytes ? address - kGuessedFunctionBytes : 0, address + kGuessedFunctionBytes};
}

std::optional<OutlinedPiece> Code::read_piece(std::uint64_t address) const {
  constexpr std::size_t kLongest = 16;
  OutlinedPiece piece;
  while (piece.code.size() < kLongest) {
    const auto one = decoder_.decode_one(address);
    if (!one || one->clobbers_all) return std::nullopt;
    switch (one->operation) {
      case Operation::kCall:
      case Operation::kBranch:
      case Operation::kTrap:
        return std::nullopt;
      case Operation::kJump:
      case Operation::kReturn:
        piece.last = *one;
        return piece;
      default:
        piece.code.push_back(*one);
        address = one->end();
    }
  }
  return std::nullopt;
}

void Code::add_piece(Instruction& one) const {
  if (one.operation != Operation::kCall || one.target == 0 || !machine().return_register) return;
  const auto [entry, fresh] = pieces_.try_emplace(one.target);
  if (fresh) entry->second = read_piece(one.target);
  if (entry->second) one.piece = &*entry->second;
}

void Code::add_pieces(std::vector<Instruction>& code) const {
  for (Instruction& one : code) add_piece(one);
}

std::optional<Instruction> Code::decode_one(std::uint64_t address) const {
  std::optional<Instruction> one = decoder_.decode_one(address);
  if (one) add_piece(*one);
  return one;
}

std::vector<Instruction> Code::around(std::uint64_t site, std::uint64_t before_bytes, std::size_t after) const {
  const FunctionRange* function = function_at(site);
  const std::uint64_t window = site > before_bytes ? site - before_bytes : 0;
  std::vector<Instruction> code;
  if (function != nullptr && function->begin >= window) {
    code = decoder_.decode(function->begin, site);
    if (!code.empty() && code.back().end() == site) {
      if (const auto here = decode_one(site)) code.push_back(*here);
    } else if (site != function->begin) {
      code = decoder_.decode_up_to(window, site);  // data between the instructions
    }
  }
  if (code.empty() || code.back().address != site) code = decoder_.decode_up_to(window, site);
  add_pieces(code);
  if (code.empty() || code.back().ends_block()) return code;
  for (const Instruction& next : straight_from(code.back().end(), after)) code.push_back(next);
  return code;
}

std::vector<Instruction> Code::from_boundary(std::uint64_t begin, std::uint64_t site) const {
  std::vector<Instruction> code = decoder_.decode(begin, site);
  add_pieces(code);
  const auto here = decode_one(site);
  if (code.empty() || code.back().end() != site || !here) return {};
  code.push_back(*here);
  return code;
}

std::vector<Instruction> Code::straight_from(std::uint64_t begin, std::size_t count) const {
  std::vector<Instruction> code;
  std::uint64_t at = begin;
  while (code.size() < count) {
    const auto next = decode_one(at);
    if (!next) break;
    code.push_back(*next);
    if (next->ends_block()) break;
    at = next->end();
  }
  return code;
}

const std::vector<Instruction>& Code::function_code(const FunctionRange& function) const {
  auto [entry, fresh] = decoded_.try_emplace(function.begin);
  if (fresh) {
    const std::uint64_t end = std::min(function.end, function.begin + limits::kFunctionBytes);
    entry->second = decoder_.decode(function.begin, end);
    add_pieces(entry->second);
  }
  return entry->second;
}
const FunctionValues& Code::function_values(std::uint64_t site) const {
  const FunctionRange function = function_around(site);
  std::unique_ptr<FunctionValues>& values = values_[function.begin];
  if (values == nullptr) {
    values = std::make_unique<FunctionValues>(
        function_code(function), machine(), image_, [this](const Instruction& call) { return returns(call); }, this);
  }
  return *values;
}

Values Code::values_in_function(std::uint64_t site) const {
  return function_values(site).at(site);
}

std::vector<Values> Code::values_on_ways_to(std::uint64_t site) const {
  return function_values(site).on_ways_to(site);
}

Values Code::values_near(std::uint64_t site, std::uint64_t before_bytes) const {
  if (image_.counts_from_register()) return values_in_function(site);
  return values_before(around(site, before_bytes, 0), site, machine(), image_);
}

const std::vector<std::uint64_t>& Code::indirect_blocks(const FunctionRange& function) const {
  const auto [entry, fresh] = indirect_.try_emplace(function.begin);
  if (!fresh) return entry->second;
  const std::vector<Instruction>& code = function_code(function);
  std::set<std::uint64_t> named;
  for (const Instruction& one : code) named.insert(one.target);
  for (std::size_t i = 0; i + 1 < code.size(); ++i) {
    if (code[i].ends_block() && named.count(code[i + 1].address) == 0) entry->second.push_back(code[i + 1].address);
  }
  return entry->second;
}

std::vector<std::uint64_t> Code::addresses_in(const FunctionRange& function) const {
  std::vector<std::uint64_t> addresses;
  Values values = Values::at_entry(machine(), image_);
  for (const Instruction& one : function_code(function)) {
    for (const Operand& operand : one.operands) {
      if (operand.is_immediate() && operand.absolute) addresses.push_back(static_cast<std::uint64_t>(operand.value));
    }
    if (one.ends_block()) {
      values.forget_all();
      continue;
    }
    values.apply(one);
    const bool makes = one.operation == Operation::kMove || one.operation == Operation::kLea;
    if (makes && one.written != kNoRegister && values[one.written].is_address())
      addresses.push_back(values[one.written].value);
  }
  return addresses;
}

}  // namespace abicheck
