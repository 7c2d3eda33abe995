#include "facts/running_order.h"

#include <algorithm>
#include <vector>

namespace abicheck {

std::map<std::uint64_t, std::size_t> running_order(const Code& code, const FunctionRange& function) {
  const std::vector<Instruction>& all = code.function_code(function);
  const auto index_of = [&](std::uint64_t address) {
    const auto at = std::lower_bound(all.begin(), all.end(), address,
                                     [](const Instruction& one, std::uint64_t there) { return one.address < there; });
    return at != all.end() && at->address == address ? static_cast<std::size_t>(at - all.begin()) : all.size();
  };
  struct Visit {
    std::size_t index = 0;
    int next = 0;  // of its two successors
  };
  std::map<std::uint64_t, std::size_t> order;
  std::vector<bool> seen(all.size() + 1);
  seen[all.size()] = true;  // outside
  std::vector<Visit> open;
  const auto enter = [&](std::size_t index) {
    if (seen[index]) return;
    seen[index] = true;
    open.push_back({index});
  };
  enter(index_of(function.begin));
  std::size_t number = all.size();
  while (!open.empty()) {
    Visit& visit = open.back();
    const Instruction& one = all[visit.index];
    const int which = visit.next++;
    if (which == 0) {
      const bool jumps = one.operation == Operation::kJump || one.operation == Operation::kBranch;
      if (jumps && one.target != 0) enter(index_of(one.target));
    } else if (which == 1) {
      if (!one.ends_block()) enter(index_of(one.end()));
    } else {
      order[one.address] = --number;
      open.pop_back();
    }
  }
  return order;
}

}  // namespace abicheck
