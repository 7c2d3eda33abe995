#include "facts/version_compare.h"

#include <algorithm>

#include "facts/constants.h"

namespace abicheck {

namespace {

constexpr std::size_t kCompareDistance = 16;  // instructions between the call and the compare
constexpr std::uint64_t kBeforeMessage = 192;
constexpr std::size_t kBehindMessage = 24;

template <typename Hit>
void for_each_word(const Code& code, const std::vector<FunctionRange>& functions, std::uint32_t word, Hit hit) {
  for (const FunctionRange& function : functions) {
    const ByteView bytes = code.image().bytes_at(function.begin, function.end - function.begin);
    const std::string_view text = as_text(bytes);
    const std::string_view wanted(reinterpret_cast<const char*>(&word), sizeof(word));
    for (std::size_t at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1))
      hit(function.begin + at);
  }
}

// The instruction that ends, or has an operand, at `operand`: the shortest of those that begin up to 7 bytes before it
// and for which `accept` holds.
template <typename Accept>
std::optional<Instruction> instruction_holding(const Code& code, std::uint64_t operand, Accept accept) {
  for (std::uint64_t back = 1; back <= 7; ++back) {
    const auto one = code.decode_one(operand - back);
    if (one && one->end() >= operand + 4 && accept(*one)) {
      const auto longer = code.decode_one(operand - back - 1);  // a REX prefix belongs to it
      const bool prefixed = longer && longer->end() == one->end() && accept(*longer);
      return prefixed ? longer : one;
    }
  }
  return std::nullopt;
}

// call [r+offset]; mov r,[r+offset]; or, unoptimised, add r,offset before the load.
bool reads_slot(const Instruction& one, std::uint32_t offset) {
  if (one.operation == Operation::kAdd) return one.operands[0].is_register() && one.operands[1].value == offset;
  const Operand& memory = one.operation == Operation::kCall ? one.operands[0] : one.operands[1];
  const bool right_kind = one.operation == Operation::kCall || one.operation == Operation::kMove;
  return right_kind && memory.is_memory() && !memory.rip_relative && memory.value == offset &&
         memory.index == Register::none;
}

// The condition of the first branch or setcc behind a compare, reading on through instructions that leave the flags
// alone.
std::optional<Condition> condition_behind(const std::vector<Instruction>& code, std::size_t compare) {
  for (std::size_t i = compare + 1; i < code.size() && i <= compare + 4; ++i) {
    if (code[i].operation == Operation::kBranch || code[i].operation == Operation::kSet) return code[i].condition;
    const bool keeps_flags = code[i].operation == Operation::kMove || code[i].operation == Operation::kLea ||
                             code[i].operation == Operation::kPop || code[i].operation == Operation::kPush;
    if (!keeps_flags) return std::nullopt;
  }
  return std::nullopt;
}

// The source fails when the running version is below V; compilers write the compare with V or with V - 1.
std::optional<std::uint32_t> smallest_accepted(std::uint32_t immediate, Condition condition) {
  switch (condition) {
    case Condition::kAbove:
    case Condition::kBelowEqual:
      return immediate + 1;
    case Condition::kAboveEqual:
    case Condition::kBelow:
      return immediate;
    default:
      return std::nullopt;
  }
}

// clang writes "greater than V" as "at least V + 1".
std::vector<std::uint32_t> with_successors(const std::vector<std::uint32_t>& versions) {
  std::vector<std::uint32_t> immediates = versions;
  for (const std::uint32_t version : versions) immediates.push_back(version + 1);
  return immediates;
}

}  // namespace

Known<std::uint32_t> message_argument(const ModuleContext& context, std::uint64_t site) {
  Known<std::uint32_t> argument;
  argument.evidence = {site, "argument of PyErr_Format"};
  const std::vector<Instruction> code = context.code.around(site, kBeforeMessage, kBehindMessage);
  std::uint64_t transfer = 0;
  for (const Instruction& one : code) {
    const bool leaves = one.operation == Operation::kCall || one.ends_block();
    if (one.address > site && leaves) {
      transfer = one.address;
      break;
    }
  }
  // Where the block falls through into a shared tail, the argument is set before the window ends.
  if (transfer == 0 && !code.empty()) transfer = code.back().end();
  Constant value = registers_before(code, transfer).argument(2);
  if (!value.is_number()) {
    const FunctionRange function = context.code.function_around(site);
    value = registers_in_function(context.code.function_code(function), transfer).argument(2);
  }
  if (value.is_number() && value.value <= UINT32_MAX) {
    argument.value = static_cast<std::uint32_t>(value.value);
  } else {
    argument.unknown_because = "the version handed to PyErr_Format is no constant";
  }
  return argument;
}

std::vector<std::uint64_t> find_slot_reads(const Code& code, const std::vector<FunctionRange>& functions,
                                           std::optional<std::uint32_t> slot) {
  std::vector<std::uint64_t> behind;
  if (!slot) return behind;
  const std::uint32_t offset = *slot * 8;  // of a pointer in the table of a 64-bit platform
  for_each_word(code, functions, offset, [&](std::uint64_t operand) {
    const auto read =
        instruction_holding(code, operand, [&](const Instruction& one) { return reads_slot(one, offset); });
    if (read) behind.push_back(read->end());
  });
  return behind;
}

std::vector<VersionCompare> find_api_compares(const Code& code, const std::vector<FunctionRange>& functions,
                                              std::optional<std::uint32_t> slot) {
  std::vector<VersionCompare> compares;
  for (std::uint64_t read : find_slot_reads(code, functions, slot)) {
    const std::vector<Instruction> behind = code.straight_from(read, kCompareDistance);
    for (std::size_t i = 0; i < behind.size(); ++i) {
      const auto& [left, right] = behind[i].operands;
      if (behind[i].operation != Operation::kCompare || !left.is_register() || !right.is_immediate()) continue;
      const auto condition = condition_behind(behind, i);
      const auto value =
          condition ? smallest_accepted(static_cast<std::uint32_t>(right.value), *condition) : std::nullopt;
      if (value) compares.push_back({behind[i].address, *value, AbiCompare::kAtLeast});
      break;
    }
  }
  return compares;
}

std::vector<VersionCompare> find_abi_compares(const Code& code, const std::vector<FunctionRange>& functions,
                                              const std::vector<std::uint32_t>& versions) {
  std::vector<VersionCompare> compares;
  for (std::uint32_t immediate : with_successors(versions)) {
    for_each_word(code, functions, immediate, [&](std::uint64_t operand) {
      const auto is_compare = [&](const Instruction& one) {
        return one.operation == Operation::kCompare && one.operands[0].is_register() &&
               one.operands[1].is_immediate() && static_cast<std::uint32_t>(one.operands[1].value) == immediate;
      };
      const auto compare = instruction_holding(code, operand, is_compare);
      if (!compare) return;
      const std::vector<Instruction> window = code.straight_from(compare->address, 6);
      const auto condition = condition_behind(window, 0);
      if (!condition) return;
      if (*condition == Condition::kEqual || *condition == Condition::kNotEqual) {
        compares.push_back({compare->address, immediate, AbiCompare::kEqual});
      } else if (const auto first_too_new = smallest_accepted(immediate, *condition)) {
        // The source fails when the running version is above V.
        compares.push_back({compare->address, *first_too_new - 1, AbiCompare::kAtLeast});
      }
    });
  }
  return compares;
}

}  // namespace abicheck
