#include "facts/flow.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>

#include "facts/code.h"

namespace abicheck {

FunctionValues::FunctionValues(const std::vector<Instruction>& function, const Machine& machine,
                               const BinaryImage& image)
    : function_(function), nothing_(machine, image), leader_(function.size(), false) {
  if (function.empty()) return;
  leader_[0] = true;
  for (std::size_t i = 0; i < function.size(); ++i) {
    if (function[i].target != 0) {
      if (const std::size_t target = index_of(function[i].target); target < function.size()) leader_[target] = true;
    }
    if (i + 1 < function.size() && (function[i].ends_block() || function[i].operation == Operation::kBranch))
      leader_[i + 1] = true;
  }
  // Heads that only an indirect jump reaches stay unreached.
  heads_.emplace(0, Values::at_entry(machine, image));
  std::deque<std::size_t> work{0};
  const auto flow = [&](std::size_t to, const Values& state) {
    const auto [entry, fresh] = heads_.try_emplace(to, state);
    if (fresh || entry->second.meet(state)) work.push_back(to);
  };
  while (!work.empty()) {
    std::size_t i = work.front();
    work.pop_front();
    Values state = heads_.at(i);
    for (;; ++i) {
      const Instruction& one = function[i];
      state.apply(one);
      const bool goes_elsewhere = one.operation == Operation::kJump || one.operation == Operation::kBranch;
      const std::size_t target = goes_elsewhere && one.target != 0 ? index_of(one.target) : function.size();
      if (target < function.size()) flow(target, state);
      if (one.ends_block() || i + 1 == function.size()) break;
      if (leader_[i + 1]) {
        flow(i + 1, state);
        break;
      }
    }
  }
}

std::size_t FunctionValues::index_of(std::uint64_t address) const {
  const auto found = std::lower_bound(function_.begin(), function_.end(), address,
                                      [](const Instruction& one, std::uint64_t a) { return one.address < a; });
  if (found == function_.end() || found->address != address) return function_.size();
  return static_cast<std::size_t>(found - function_.begin());
}

Values FunctionValues::at(std::uint64_t site) const {
  const std::size_t wanted = index_of(site);
  if (wanted == function_.size()) return nothing_;
  std::size_t head = wanted;
  while (!leader_[head]) --head;
  const auto known = heads_.find(head);
  Values state = known == heads_.end() ? nothing_ : known->second;
  for (std::size_t i = head; i < wanted; ++i) state.apply(function_[i]);
  return state;
}

void explore(const Code& code, std::uint64_t start, const Values& known, std::size_t most, const Visitor& visit,
             Switches switches) {
  struct Way {
    std::uint64_t at;
    Values values;
    std::set<std::uint64_t> taken;  // branches and jumps: a way ends where it comes to one again
  };
  // Block by block in turn, so that none uses up the instructions of the others.
  std::deque<Way> ways;
  ways.push_back({start, known, {}});
  std::map<std::uint64_t, std::optional<Instruction>> decoded;
  for (std::size_t steps = 0; !ways.empty() && steps < most;) {
    Way way = std::move(ways.front());
    ways.pop_front();
    while (steps < most) {
      ++steps;
      const auto [entry, fresh] = decoded.try_emplace(way.at);
      if (fresh) entry->second = code.decode_one(way.at);
      if (!entry->second) break;
      const Instruction& one = *entry->second;
      if (visit(one, way.values) == Step::kStop) break;
      if (one.operation == Operation::kReturn || one.operation == Operation::kTrap) break;
      const bool leaves = one.operation == Operation::kJump || one.operation == Operation::kBranch;
      if (leaves && !way.taken.insert(way.at).second) break;
      if (one.operation == Operation::kJump) {
        if (one.target == 0) {
          const FunctionRange* function =
              switches == Switches::kCases ? code.image().function_at(one.address) : nullptr;
          if (function == nullptr) break;
          for (const std::uint64_t block : code.indirect_blocks(*function))
            ways.push_back({block, way.values, way.taken});
          break;
        }
        way.at = one.target;
        continue;
      }
      way.values.apply(one);
      way.at = one.end();
      if (one.operation != Operation::kBranch) continue;
      if (one.target != 0) ways.push_back({one.target, way.values, way.taken});
      ways.push_back(std::move(way));
      break;
    }
  }
}

}  // namespace abicheck
