#include "facts/flow.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <utility>

#include "base/add_once.h"
#include "facts/code.h"

namespace abicheck {

std::size_t FunctionValues::index_of(std::uint64_t address) const {
  const auto found = std::lower_bound(function_.begin(), function_.end(), address,
                                      [](const Instruction& one, std::uint64_t a) { return one.address < a; });
  if (found == function_.end() || found->address != address) return function_.size();
  return static_cast<std::size_t>(found - function_.begin());
}

Values FunctionValues::at(std::uint64_t site) const {
  const std::size_t wanted = index_of(site);
  if (wanted == function_.size()) return nothing_;
  const std::size_t head = head_of(wanted);
  const auto known = heads_.find(head);
  Values state = known == heads_.end() ? nothing_ : known->second;
  for (std::size_t i = head; i < wanted; ++i) state.apply(function_[i]);
  return state;
}

std::size_t FunctionValues::head_of(std::size_t index) const {
  while (!leader_[index]) --index;
  return index;
}

void FunctionValues::each(const std::function<void(const Instruction&, const Values&)>& visit) const {
  for (const auto& [head, known] : heads_) {
    Values state = known;
    for (std::size_t i = head; i < function_.size() && (i == head || !leader_[i]); ++i) {
      visit(function_[i], state);
      state.apply(function_[i]);
    }
  }
}

std::vector<Values> FunctionValues::on_ways_to(std::uint64_t site) const {
  const std::size_t wanted = index_of(site);
  if (wanted == function_.size()) return {};
  const std::size_t head = head_of(wanted);
  std::vector<Values> ways;
  for (std::size_t from = 0; from < function_.size(); ++from) {
    const Instruction& last = function_[from];
    const bool leaves = last.operation == Operation::kJump || last.operation == Operation::kBranch;
    const bool jumps_here = leaves && last.target == function_[head].address;
    const bool falls_in = from + 1 == head && !last_[from];
    if ((!jumps_here && !falls_in) || heads_.count(head_of(from)) == 0) continue;
    Values state = at(last.address);
    state.apply(last);
    for (std::size_t i = head; i < wanted; ++i) state.apply(function_[i]);
    ways.push_back(std::move(state));
  }
  return ways;
}

namespace {

// An indexed load of a number from a known place: most likely what the next jump through a register takes its target
// from. Entries are addresses, distances from the base (of the table, of the image with Visual C++, of the GOT in
// 32-bit code, of the function's own base on Darwin), or, in one or two bytes, numbers of instructions from a place:
// one that is named behind the load (AArch64), or the table itself (tbb of Thumb).
//
// Width 0: no load, the jump itself adds the index to a place where one jump for each case stands (ARM).
struct JumpTable {
  std::uint64_t entries = 0;
  std::uint64_t base = 0;
  std::uint8_t width = 0;
  std::uint64_t count = 0;  // as the last compare before it says; 0: not known
};

// What a way has met of a switch.
struct SwitchTrace {
  std::optional<JumpTable> table;
  std::uint64_t compared = 0;
  Register sum = kNoRegister;  // a known place plus an index
  std::uint64_t place = 0;
  bool whole = false;  // what is known is what the whole function says

  void see(const Code& code, const Instruction& one, const Values& values) {
    if (one.compares()) note_compare(values.compared(one));
    for (const Operand& operand : one.operands) {
      if (!operand.is_memory()) continue;
      if (operand.index == kNoRegister) {
        const bool loads = one.operation == Operation::kMove && sum != kNoRegister && operand.reg == sum;
        if (loads) table = {place + static_cast<std::uint64_t>(operand.value), place, operand.width, compared};
        continue;
      }
      const auto base = base_of(code, one, operand, values);
      if (!base) continue;
      if (one.operation == Operation::kLea && one.written != kNoRegister) {
        sum = one.written;
        place = *base + static_cast<std::uint64_t>(operand.value);
        return;
      }
      const std::uint64_t entries = *base + static_cast<std::uint64_t>(operand.value);
      table = {entries, operand.absolute ? entries : *base, operand.width, compared};
    }
    // The place from which small entries count.
    const bool small = table && table->width <= 2 && one.operation == Operation::kLea;
    if (small && one.operands[1].absolute) table->base = static_cast<std::uint64_t>(one.operands[1].value);
    if (one.written == sum) sum = kNoRegister;
  }

 private:
  void note_compare(const Values::Compared& sides) {
    const Value& limit = sides.right.is_number() ? sides.right : sides.left;
    compared = limit.is_number() ? limit.value + 1 : 0;
  }

  // The known one of the two registers that an operand adds; what the way does not know of it the whole function may.
  std::optional<std::uint64_t> base_of(const Code& code, const Instruction& one, const Operand& operand,
                                       const Values& values) const {
    const auto varies = [](const Value& value) { return !value.is_number() && !value.is_address(); };
    const auto known = [&](const Values& there) -> std::optional<std::uint64_t> {
      const Value base = operand.reg == kNoRegister ? Value::address(0) : there[operand.reg];
      const Value& index = there[operand.index];
      if (base.is_address() && varies(index)) return base.value;
      if (index.is_address() && varies(base)) return index.value;
      return std::nullopt;
    };
    if (const auto base = known(values)) return base;
    const bool may_be = !whole && code.image().counts_from_register() && one.operation != Operation::kLea &&
                        !values[operand.reg].known() && varies(values[operand.index]);
    return may_be ? known(code.values_in_function(one.address)) : std::nullopt;
  }
};

std::optional<std::uint64_t> entry_of(const BinaryImage& image, const Instruction& jump, const JumpTable& table,
                                      std::uint64_t number) {
  constexpr std::int64_t kInstructionBytes = 4;
  constexpr std::int64_t kHalfwordBytes = 2;
  if (table.width == 0) return table.base + number * kInstructionBytes;
  const std::uint64_t place = table.entries + number * table.width;
  const ByteView bytes = image.bytes_at(place, table.width);
  std::optional<std::int64_t> distance;
  if (table.width <= 2 && image.thumb) {
    const auto byte = read_le<std::uint8_t>(bytes, 0);
    const auto half = table.width == 2 ? read_le<std::uint16_t>(bytes, 0) : std::nullopt;
    if (byte) distance = (half ? std::int64_t{*half} : std::int64_t{*byte}) * kHalfwordBytes;
  } else if (table.width == 1) {
    if (const auto small = read_le<std::int8_t>(bytes, 0)) distance = *small * kInstructionBytes;
  } else if (table.width == 2) {
    if (const auto small = read_le<std::int16_t>(bytes, 0)) distance = *small * kInstructionBytes;
  } else if (table.width == image.pointer_size() && image.relocation_at(place) != nullptr) {
    return image.pointer_at(place);
  } else if (table.width == 4) {
    if (const auto wide = image.read_u32(place)) distance = static_cast<std::int32_t>(*wide);
  } else if (const auto wide = image.read_u64(place)) {
    distance = static_cast<std::int64_t>(*wide);
  }
  if (!distance) return std::nullopt;
  const auto base = table.width <= 2 ? std::nullopt : image.base_at(jump.address);
  return image.wrapped(base.value_or(table.base) + static_cast<std::uint64_t>(*distance));
}

// Whether the jump at `index` goes to an address that was simply loaded: a tail call, as switches compute theirs.
bool is_tail_call(const std::vector<Instruction>& code, std::size_t index) {
  Register to = code[index].operands[0].is_register() ? code[index].operands[0].reg : kNoRegister;
  while (to != kNoRegister && index-- != 0 && !code[index].ends_block()) {
    const Instruction& one = code[index];
    if (one.written != to) continue;
    const Operand& from = one.operands[1];
    if (one.operation != Operation::kMove) return false;
    if (from.is_memory()) return from.index == kNoRegister;
    to = from.is_register() ? from.reg : kNoRegister;
  }
  return false;
}

// The only jump of a function through a register that may be that of a switch.
bool is_only_switch(const std::vector<Instruction>& code, std::uint64_t jump) {
  for (std::size_t i = 0; i < code.size(); ++i) {
    const bool indirect = code[i].operation == Operation::kJump && code[i].target == 0;
    if (indirect && (code[i].address == jump) == is_tail_call(code, i)) return false;
  }
  return true;
}

// The blocks that `jump` may lead to: the entries of its table, up to the first that leads elsewhere. Without a table,
// all blocks of the function that nothing else leads to, if no other jump could lead to them either.
std::vector<std::uint64_t> cases_of(const Code& code, const Instruction& jump, const SwitchTrace& trace) {
  constexpr std::uint64_t kMostCases = 1024;
  const FunctionRange* function = code.function_at(jump.address);
  if (function == nullptr) return {};
  const std::optional<JumpTable>& table = trace.table;
  const bool needs_count = table && table->width <= 2;
  if (!table || (needs_count && table->count == 0)) {
    const bool only = is_only_switch(code.function_code(*function), jump.address);
    return only ? code.indirect_blocks(*function) : std::vector<std::uint64_t>();
  }
  std::vector<std::uint64_t> cases;
  const std::uint64_t count = table->count == 0 ? kMostCases : std::min(table->count, kMostCases);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto target = entry_of(code.image(), jump, *table, i);
    if (!target || !function->holds(*target)) break;
    add_once(cases, *target);
  }
  return cases;
}

}  // namespace

FunctionValues::FunctionValues(const std::vector<Instruction>& function, const Machine& machine,
                               const BinaryImage& image, const std::function<bool(const Instruction&)>& returns,
                               const Code* code)
    : function_(function), nothing_(machine, image), leader_(function.size(), false), last_(function.size(), false) {
  if (function.empty()) return;
  leader_[0] = true;
  bool switches = false;
  for (std::size_t i = 0; i < function.size(); ++i) {
    if (function[i].target != 0) {
      if (const std::size_t target = index_of(function[i].target); target < function.size()) leader_[target] = true;
    }
    switches |= function[i].operation == Operation::kJump && function[i].target == 0;
    last_[i] = function[i].ends_block() || (function[i].operation == Operation::kCall && !returns(function[i]));
    if (i + 1 < function.size() && (last_[i] || function[i].operation == Operation::kBranch)) leader_[i + 1] = true;
  }
  // Heads that only an indirect jump reaches stay unreached, unless it is that of a switch.
  Values entry = Values::at_entry(machine, image);
  heads_.emplace(0, std::move(entry));
  std::map<std::size_t, std::uint64_t> compared;  // by heads: SwitchTrace::compared where all ways agree
  std::deque<std::size_t> work{0};
  const auto flow = [&](std::size_t to, const Values& state, std::uint64_t last_compared) {
    if (!leader_[to]) {  // what falls into it meets it from now on
      work.push_back(head_of(to));
      leader_[to] = true;
    }
    const auto [count, is_first] = compared.try_emplace(to, last_compared);
    const bool disagrees = !is_first && count->second != last_compared && std::exchange(count->second, 0) != 0;
    const auto [entry, fresh] = heads_.try_emplace(to, state);
    if (fresh || entry->second.meet(state) || disagrees) work.push_back(to);
  };
  while (!work.empty()) {
    std::size_t i = work.front();
    work.pop_front();
    if (heads_.count(i) == 0) continue;
    Values state = heads_.at(i);
    SwitchTrace trace;
    trace.whole = true;
    trace.compared = compared[i];
    for (;; ++i) {
      const Instruction& one = function[i];
      if (switches && code != nullptr) trace.see(*code, one, state);
      state.apply(one);
      const bool goes_elsewhere = one.operation == Operation::kJump || one.operation == Operation::kBranch;
      const std::size_t target = goes_elsewhere && one.target != 0 ? index_of(one.target) : function.size();
      if (target < function.size()) flow(target, state, trace.compared);
      // Behind the end of a table may lie another, whose entries count from elsewhere: its length must be known.
      const bool is_switch = one.operation == Operation::kJump && one.target == 0;
      if (is_switch && trace.table && trace.table->count != 0 && code != nullptr) {
        for (const std::uint64_t block : cases_of(*code, one, trace)) {
          if (const std::size_t to = index_of(block); to < function.size()) flow(to, state, 0);
        }
      }
      if (last_[i] || i + 1 == function.size()) break;
      if (leader_[i + 1]) {
        flow(i + 1, state, trace.compared);
        break;
      }
    }
  }
}

void explore(const Code& code, std::uint64_t start, const Values& known, std::size_t most, const Visitor& visit,
             Switches switches) {
  struct Way {
    std::uint64_t at;
    Values values;
    std::set<std::uint64_t> taken;  // branches and jumps: a way ends where it comes to one again
    SwitchTrace trace;
  };
  // Block by block in turn, so that none uses up the instructions of the others.
  std::deque<Way> ways;
  ways.push_back({start, known, {}, {}});
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
      if (visit(one, way.values) == Step::kStop && !one.conditional) break;
      if (one.operation == Operation::kCall && !code.returns(one)) break;
      if (one.operation == Operation::kReturn || one.operation == Operation::kTrap) break;
      if (switches == Switches::kCases) way.trace.see(code, one, way.values);
      const bool leaves = one.operation == Operation::kJump || one.operation == Operation::kBranch;
      if (leaves && !way.taken.insert(way.at).second) break;
      if (one.operation == Operation::kJump) {
        if (one.target == 0) {
          // What is known was loaded whole: a tail call.
          if (switches == Switches::kEnd || way.values.read(one.operands[0]).known()) break;
          for (const std::uint64_t block : cases_of(code, one, way.trace))
            ways.push_back({block, way.values, way.taken, {}});
          break;
        }
        way.at = one.target;
        continue;
      }
      way.values.apply(one);
      way.at = one.end();
      if (one.operation != Operation::kBranch) continue;
      if (one.target != 0) {
        ways.push_back({one.target, way.values, way.taken, way.trace});
      } else if (switches == Switches::kCases && one.operands[1].is_memory()) {
        for (const std::uint64_t block : cases_of(code, one, way.trace))
          ways.push_back({block, way.values, way.taken, {}});
      }
      ways.push_back(std::move(way));
      break;
    }
  }
}

}  // namespace abicheck
