#include "facts/failure_flow.h"

#include <algorithm>
#include <set>

#include "facts/flow.h"
#include "facts/values.h"

namespace abicheck {

namespace {

constexpr std::size_t kPathLength = 64;       // instructions followed behind the failing call
constexpr std::size_t kTestDistance = 16;     // instructions between a call and the test of its result
constexpr std::uint64_t kFailureNearby = 64;  // bytes from the failing side of a test to its PyErr_Print

// The test of what the call at `call` returned, in the straight run of code behind it: what it is compared with and the
// branch that decides.
struct ResultTest {
  std::int64_t number = 0;
  Instruction branch;
};

std::optional<ResultTest> test_of_result(const Code& code, std::uint64_t call) {
  const auto first = code.decode_one(call);
  if (!first) return std::nullopt;
  Values values(code.machine(), code.image());
  values.apply(*first);
  std::optional<ResultTest> test;
  for (const Instruction& one : code.straight_from(first->end(), kTestDistance)) {
    if (one.compares() || one.sets_flags) {
      const auto [left, right] = values.compared(one);
      const bool about = left.is_result() && left.value == call && right.is_number();
      test = about ? std::optional(ResultTest{static_cast<std::int32_t>(right.value), {}}) : std::nullopt;
    }
    if (one.operation == Operation::kTest) test.reset();
    if (one.operation == Operation::kBranch) {
      if (test) test->branch = one;
      return test;
    }
    values.apply(one);
  }
  return std::nullopt;
}

// The side of the branch that is taken when the result is negative or not zero.
std::optional<std::uint64_t> failing_side(const ResultTest& test) {
  const bool with_minus_one = test.number == -1;
  switch (test.branch.condition) {
    case Condition::kEqual:
      return with_minus_one ? test.branch.target : test.branch.end();
    case Condition::kNotEqual:
      return with_minus_one ? test.branch.end() : test.branch.target;
    case Condition::kBelow:
    case Condition::kNegative:
      return test.branch.target;
    case Condition::kBelowEqual:  // of -1
      return with_minus_one ? std::optional(test.branch.target) : std::nullopt;
    case Condition::kAbove:
      return with_minus_one ? std::optional(test.branch.end()) : std::nullopt;
    case Condition::kAboveEqual:
    case Condition::kNotNegative:
      return test.branch.end();
    default:
      return std::nullopt;
  }
}

bool makes_module(std::optional<std::string_view> name) {
  return name && (name->starts_with("PyModule_Create") || *name == "PyModuleDef_Init");
}

bool makes_module(const Code& code, std::uint64_t call) {
  const auto one = code.decode_one(call);
  return one && makes_module(code.imported_name(*one));
}

// A small function that leaves the result of its caller alone: Visual C++ calls __security_check_cookie() before a
// function returns.
bool keeps_result(const Code& code, const Instruction& call) {
  constexpr std::size_t kSmall = 8;
  const std::uint64_t callee = call.target == 0 ? 0 : code.own_target(call);
  if (callee == 0) return false;
  std::uint64_t at = callee;
  for (std::size_t i = 0; i < kSmall; ++i) {
    const auto one = code.decode_one(at);
    if (!one || one->operation == Operation::kCall || one->operation == Operation::kJump || one->clobbers_all)
      return false;
    if (one->operation == Operation::kReturn) return true;
    const Register result = code.machine().result;
    if (one->written == result || one->also_written == result) return false;
    at = one->end();
  }
  return false;
}

Aftermath follow(const Code& code, std::uint64_t begin, Values values, const std::vector<std::uint64_t>& successes) {
  const Register result_register = code.machine().result;
  bool result_written = false;
  // Arriving where success goes on counts once something is done there: it may just clean up and return.
  bool rejoined = false;
  std::uint64_t at = begin;
  std::set<std::uint64_t> seen;
  for (std::size_t steps = 0; steps < kPathLength && seen.insert(at).second; ++steps) {
    rejoined |= std::find(successes.begin(), successes.end(), at) != successes.end();
    const auto one = code.decode_one(at);
    if (!one) return Aftermath::kUnclear;
    if (one->operation == Operation::kReturn) {
      if (!result_written) return Aftermath::kReturnsNothing;
      const Value& result = values[result_register];
      if (result.is_number() && result.value == 0) return Aftermath::kReturnsZero;
      return result.is_result() && makes_module(code, result.value) ? Aftermath::kReturnsModule
                                                                    : Aftermath::kReturnsValue;
    }
    if (one->operation == Operation::kCall && one->piece != nullptr && one->piece->returns()) {
      const auto& moved = one->piece->code;
      result_written |=
          std::any_of(moved.begin(), moved.end(), [&](const Instruction& m) { return m.written == result_register; });
      values.apply(*one);
      at = one->end();
      continue;
    }
    if (one->operation == Operation::kBranch && one->target != 0) {  // the check of the stack before the return
      const auto next = code.decode_one(one->end());
      if (next && next->operation == Operation::kCall && !code.returns(*next)) {
        at = one->target;
        continue;
      }
    }
    if (one->operation == Operation::kCall && keeps_result(code, *one)) {
      at = one->end();
      continue;
    }
    if (one->operation == Operation::kCall) {
      const auto name = code.imported_name(*one);
      if (name && *name == "PyErr_Clear") return Aftermath::kClears;
      const bool cleans = name == "_Py_Dealloc";  // which failing needs as well
      if (rejoined && !cleans) return Aftermath::kGoesOn;
      if (name && (*name == "PyImport_ImportModule" || *name == "PyImport_Import")) return Aftermath::kGoesOn;
      if (name && (never_returns(*name) || throws(*name))) return Aftermath::kUnclear;
      result_written = false;
    }
    if (one->operation == Operation::kJump) {
      const auto name = code.imported_name(*one);
      if (makes_module(name)) return Aftermath::kGoesOn;
      if (one->target == 0 || name) return Aftermath::kUnclear;
      at = one->target;
      continue;
    }
    if (one->written == result_register) result_written = true;
    values.apply(*one);
    at = one->end();
  }
  return Aftermath::kUnclear;
}

// Unoptimised code keeps what it returns in memory, which takes what the whole function knows to follow.
Aftermath follow(const Code& code, std::uint64_t begin, const std::vector<std::uint64_t>& successes) {
  const Aftermath after = follow(code, begin, Values(code.machine(), code.image()), successes);
  return after == Aftermath::kReturnsValue ? follow(code, begin, code.values_in_function(begin), successes) : after;
}

}  // namespace

Aftermath aftermath(const Code& code, std::uint64_t call, const std::vector<std::uint64_t>& successes) {
  const auto first = code.decode_one(call);
  if (!first) return Aftermath::kUnclear;
  if (first->operation == Operation::kJump) return Aftermath::kReturnsNothing;  // the tail call of a void function
  Values values = code.values_in_function(call);
  values.apply(*first);
  return follow(code, first->end(), std::move(values), successes);
}

Aftermath aftermath_of_failed_call(const Code& code, std::uint64_t call) {
  const auto test = test_of_result(code, call);
  const auto side = test ? failing_side(*test) : std::nullopt;
  return side ? follow(code, *side, {}) : Aftermath::kUnclear;
}

std::optional<NullSide> null_side_behind(const Code& code, std::uint64_t call) {
  const auto test = test_of_result(code, call);
  if (!test || test->number != 0) return std::nullopt;
  if (test->branch.condition == Condition::kEqual) return NullSide{test->branch.address, test->branch.target};
  if (test->branch.condition == Condition::kNotEqual) return NullSide{test->branch.address, test->branch.end()};
  return std::nullopt;
}

std::optional<std::uint64_t> success_behind(const Code& code, std::uint64_t call, std::uint64_t failure) {
  const auto test = test_of_result(code, call);
  if (!test) return std::nullopt;
  const auto fails = [&](std::uint64_t side) { return failure >= side && failure - side < kFailureNearby; };
  if (fails(test->branch.target)) return test->branch.end();
  if (fails(test->branch.end())) return test->branch.target;
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
  const Register result = code.machine().result;
  // Where results and first arguments share a register, the next call may be handed the result.
  const bool is_argument = code.machine().argument_count != 0 && code.machine().arguments[0] == result;
  for (const Instruction& one : code.straight_from(first->end(), kLook)) {
    const auto& [left, right] = one.operands;
    const bool makes =
        one.operation == Operation::kMove || one.operation == Operation::kLea || one.operation == Operation::kPage;
    const auto names_result = [result](const Operand& operand) {
      return operand.kind != Operand::Kind::kNone && (operand.reg == result || operand.index == result);
    };
    const bool only_written = one.written == result && left.is_register() && left.reg == result &&
                              (one.operation == Operation::kZero || (makes && !names_result(right)));
    if (one.operation == Operation::kCall) return !is_argument;
    if (only_written) return true;
    if (names_result(left) || names_result(right) || names_result(one.paired) || one.clobbers_all) return false;
    if (one.ends_block()) return false;
  }
  return false;
}

}  // namespace abicheck
