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

}  // namespace abicheck
