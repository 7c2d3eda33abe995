#include "facts/failure_flow.h"

#include <algorithm>
#include <set>

#include "facts/constants.h"
#include "facts/version_compare.h"

namespace abicheck {

namespace {

constexpr std::size_t kPathLength = 64;       // instructions followed behind the failing call
constexpr std::size_t kTestDistance = 16;     // instructions between a call and the test of its result
constexpr std::uint64_t kFailureNearby = 64;  // bytes from the failing side of a test to its PyErr_Print

bool never_returns(std::string_view name) {
  return name == "__cxa_throw" || name == "__cxa_rethrow" || name == "_Unwind_Resume" || name == "abort" ||
         name == "__stack_chk_fail" || name.find("throw") != std::string_view::npos;
}

bool tests_result(const Instruction& one) {
  const bool test = one.operation == Operation::kTest || one.operation == Operation::kCompare;
  return test && one.operands[0].is_register() && one.operands[0].reg == Register::rax;
}

// The side of the branch that is taken when the result is negative or not zero.
std::optional<std::uint64_t> failing_side(const Instruction& test, const Instruction& branch) {
  const bool with_minus_one = test.operands[1].is_immediate() && test.operands[1].value == -1;
  switch (branch.condition) {
    case Condition::kEqual:
      return with_minus_one ? branch.target : branch.end();
    case Condition::kNotEqual:
      return with_minus_one ? branch.end() : branch.target;
    case Condition::kBelow:
    case Condition::kNegative:
      return branch.target;
    case Condition::kAboveEqual:
    case Condition::kNotNegative:
      return branch.end();
    default:
      return std::nullopt;
  }
}

Aftermath follow(const Code& code, std::uint64_t begin, const std::vector<std::uint64_t>& successes) {
  Registers registers;
  bool eax_written = false;
  bool rejoined = false;  // arriving where success goes on counts once something is done there: it may just return
  std::uint64_t at = begin;
  std::set<std::uint64_t> seen;
  for (std::size_t steps = 0; steps < kPathLength && seen.insert(at).second; ++steps) {
    rejoined |= std::find(successes.begin(), successes.end(), at) != successes.end();
    const auto one = code.decode_one(at);
    if (!one) return Aftermath::kUnclear;
    if (one->operation == Operation::kReturn) {
      if (!eax_written) return Aftermath::kReturnsNothing;
      const Constant& result = registers[Register::rax];
      return result.is_number() && result.value == 0 ? Aftermath::kReturnsZero : Aftermath::kReturnsValue;
    }
    if (one->operation == Operation::kCall) {
      const auto name = code.imported_name(*one);
      if (name && *name == "PyErr_Clear") return Aftermath::kClears;
      if (rejoined) return Aftermath::kGoesOn;
      if (name && (*name == "PyImport_ImportModule" || *name == "PyImport_Import")) return Aftermath::kGoesOn;
      if (name && never_returns(*name)) return Aftermath::kUnclear;
      eax_written = false;
    }
    if (one->operation == Operation::kJump) {
      if (one->target == 0 || code.imported_name(*one)) return Aftermath::kUnclear;
      at = one->target;
      continue;
    }
    if (one->written == Register::rax) eax_written = true;
    registers.apply(*one);
    at = one->end();
  }
  return Aftermath::kUnclear;
}

}  // namespace

Aftermath aftermath(const Code& code, std::uint64_t call, const std::vector<std::uint64_t>& successes) {
  const auto first = code.decode_one(call);
  if (!first) return Aftermath::kUnclear;
  if (first->operation == Operation::kJump) return Aftermath::kReturnsNothing;  // the tail call of a void function
  return follow(code, first->end(), successes);
}

Aftermath aftermath_of_failed_call(const Code& code, std::uint64_t call) {
  const auto first = code.decode_one(call);
  if (!first) return Aftermath::kUnclear;
  const std::vector<Instruction> next = code.straight_from(first->end(), kTestDistance);
  for (std::size_t i = 0; i + 1 < next.size(); ++i) {
    if (!tests_result(next[i]) || next[i + 1].operation != Operation::kBranch) continue;
    const auto side = failing_side(next[i], next[i + 1]);
    return side ? follow(code, *side, {}) : Aftermath::kUnclear;
  }
  return Aftermath::kUnclear;
}

std::vector<std::uint64_t> success_points(const Code& code, const std::vector<FunctionRange>& bodies,
                                          std::optional<std::uint32_t> endianness_slot) {
  std::vector<std::uint64_t> points;
  for (std::uint64_t behind : find_slot_reads(code, bodies, endianness_slot)) {
    const std::vector<Instruction> next = code.straight_from(behind, kTestDistance);
    for (std::size_t i = 0; i + 1 < next.size(); ++i) {
      const Instruction& branch = next[i + 1];
      // cmp eax,1 (NPY_CPU_LITTLE) or, when the value is not needed any more, sub eax,1
      const bool little = (next[i].operation == Operation::kCompare && next[i].operands[1].value == 1) ||
                          (next[i].operation == Operation::kAdd && next[i].operands[1].value == -1);
      if (!little || !next[i].operands[1].is_immediate() || branch.operation != Operation::kBranch) continue;
      if (branch.condition == Condition::kNotEqual) points.push_back(branch.end());
      if (branch.condition == Condition::kEqual) points.push_back(branch.target);
    }
  }
  return points;
}

std::optional<std::uint64_t> success_behind(const Code& code, std::uint64_t call, std::uint64_t failure) {
  const auto first = code.decode_one(call);
  if (!first) return std::nullopt;
  const std::vector<Instruction> next = code.straight_from(first->end(), kTestDistance);
  for (std::size_t i = 0; i + 1 < next.size(); ++i) {
    const Instruction& branch = next[i + 1];
    if (!tests_result(next[i]) || branch.operation != Operation::kBranch) continue;
    const auto fails = [&](std::uint64_t side) { return failure >= side && failure - side < kFailureNearby; };
    if (fails(branch.target)) return branch.end();
    if (fails(branch.end())) return branch.target;
    return std::nullopt;
  }
  return std::nullopt;
}

std::vector<std::uint64_t> call_sites(const Code& code, const FunctionRange& caller, const FunctionRange& callee) {
  std::vector<std::uint64_t> sites;
  for (const Instruction& one : code.function_code(caller)) {
    if (one.operation != Operation::kCall) continue;
    if (callee.holds(code.own_target(one))) sites.push_back(one.address);
  }
  return sites;
}

bool result_is_ignored(const Code& code, std::uint64_t call) {
  constexpr std::size_t kLook = 12;
  const auto first = code.decode_one(call);
  if (!first) return false;
  for (const Instruction& one : code.straight_from(first->end(), kLook)) {
    const auto& [left, right] = one.operands;
    const auto names_result = [](const Operand& operand) {
      return operand.kind != Operand::Kind::kNone && (operand.reg == Register::rax || operand.index == Register::rax);
    };
    const bool only_written =
        one.written == Register::rax && left.is_register() && left.reg == Register::rax &&
        (one.operation == Operation::kZero ||
         ((one.operation == Operation::kMove || one.operation == Operation::kLea) && !names_result(right)));
    if (one.operation == Operation::kCall || only_written) return true;
    if (names_result(left) || names_result(right) || one.ends_block()) return false;
  }
  return false;
}

}  // namespace abicheck
