#include "facts/telling_slots.h"

namespace abicheck {

bool is_called(const Code& code, std::uint64_t site) {
  const auto first = code.decode_one(site);
  if (!first) return false;
  if (first->operation == Operation::kCall || first->operation == Operation::kJump) return true;
  constexpr std::size_t kLook = 16;
  Values values(code.machine(), code.image());
  const Value read = Value::result_of(site);
  values.set(first->written, read);
  for (const Instruction& one : code.straight_from(first->end(), kLook)) {
    const bool transfers = one.operation == Operation::kCall || one.operation == Operation::kJump;
    if (transfers) return one.target == 0 && values.read(one.operands[0]) == read;
    values.apply(one);
  }
  return false;
}

std::vector<std::uint64_t> calls_through(const Code& code, std::uint64_t variable, std::uint32_t slot,
                                         const std::vector<std::uint64_t>& sites) {
  constexpr std::size_t kLook = 50;  // ten arguments are set up in between, in code that is not optimised
  const std::uint8_t size = code.machine().pointer_size;
  const Value entry = Value::address(variable).loaded().plus(static_cast<std::int64_t>(slot) * size, size).loaded();
  std::vector<std::uint64_t> calls;
  for (const std::uint64_t site : sites) {
    for (const Instruction& one : code.straight_from(site, kLook)) {
      const bool unnamed = one.operation == Operation::kCall && one.target == 0;
      if (!unnamed || code.values_in_function(one.address).read(one.operands[0]) != entry) continue;
      calls.push_back(one.address);
      break;
    }
  }
  return calls;
}

bool makes_ufunc(const Code& code, std::uint64_t call) {
  enum { kLoops, kData, kTypes, kTypeCount, kInputs, kOutputs, kIdentity, kName, kDoc, kUnused };
  constexpr std::int32_t kMostLoops = 1000;    // far above those in use
  constexpr std::int32_t kMostOperands = 100;  // above any NPY_MAXARGS
  const Values values = code.values_in_function(call);
  const auto number = [&](std::size_t index, std::int32_t least, std::int32_t most) {
    const Value value = values.argument(index);
    const auto told = static_cast<std::int32_t>(value.value);
    return value.is_number() && told >= least && told <= most;
  };
  const auto not_told = [&](std::size_t index) { return !values.argument(index).known(); };
  const auto pointer = [&](std::size_t index) { return values.argument(index).is_address(); };
  const auto pointer_or_null = [&](std::size_t index) { return pointer(index) || number(index, 0, 0); };
  const auto text = [&](std::size_t index) {
    const auto told = pointer(index) ? code.image().string_at(values.argument(index).value) : std::nullopt;
    return told && !told->empty();
  };
  // Identities are -2 (PyUFunc_ReorderableNone) to 2 (PyUFunc_MinusOne).
  return pointer(kTypes) && number(kTypeCount, 1, kMostLoops) && number(kInputs, 0, kMostOperands) &&
         number(kOutputs, 0, kMostOperands) && text(kName) && (pointer(kLoops) || not_told(kLoops)) &&
         (pointer_or_null(kData) || not_told(kData)) && (number(kIdentity, -2, 2) || not_told(kIdentity)) &&
         (pointer_or_null(kDoc) || not_told(kDoc)) && (number(kUnused, 0, 1) || not_told(kUnused));
}

}  // namespace abicheck
