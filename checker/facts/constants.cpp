#include "facts/constants.h"

#include <algorithm>
#include <deque>
#include <utility>

namespace abicheck {

void Registers::set(Register reg, Constant value) {
  if (reg != Register::none && reg != Register::rsp) values_[static_cast<std::size_t>(reg)] = value;
}

Constant Registers::read(const Operand& operand) const {
  if (operand.is_immediate()) return {Constant::Kind::kNumber, static_cast<std::uint64_t>(operand.value)};
  if (operand.is_register() && operand.reg != Register::none) {
    const Constant& held = (*this)[operand.reg];
    if (operand.width == 8) return held;
    if (operand.width == 4 && held.is_number()) return {Constant::Kind::kNumber, held.value & 0xffffffff};
    return {};
  }
  if (operand.is_memory() && operand.rip_relative && operand.width == 8) {
    return {Constant::Kind::kLoaded, static_cast<std::uint64_t>(operand.value)};
  }
  return {};
}

// System V psABI: calls preserve rbx, rbp, rsp and r12 to r15 only.
void Registers::forget_call_clobbered() {
  for (Register reg : {Register::rax, Register::rcx, Register::rdx, Register::rsi, Register::rdi, Register::r8,
                       Register::r9, Register::r10, Register::r11}) {
    set(reg, {});
  }
}

void Registers::apply(const Instruction& instruction) {
  const auto& [to, from] = instruction.operands;
  if (instruction.clobbers_all) return forget_all();
  if (instruction.operation == Operation::kCall) return forget_call_clobbered();
  // `push 13; pop rdx`, the shortest form of a small constant (-Oz)
  const Constant pushed = std::exchange(pushed_, {});
  if (instruction.operation == Operation::kPush) pushed_ = read(to);
  if (instruction.operation == Operation::kPop) return set(instruction.written, pushed);
  if (instruction.written == Register::none) return;
  const bool whole = to.width >= 4;  // writes to the low 32 bits clear the upper half
  Constant value;
  switch (instruction.operation) {
    case Operation::kMove:
      value = whole ? read(from) : Constant{};
      if (value.is_number() && to.width == 4) value.value &= 0xffffffff;
      break;
    case Operation::kLea:
      if (from.rip_relative) value = {Constant::Kind::kAddress, static_cast<std::uint64_t>(from.value)};
      break;
    case Operation::kZero:
      value = {Constant::Kind::kNumber, 0};
      break;
    case Operation::kOnes:
      value = {Constant::Kind::kNumber, to.width == 4 ? 0xffffffffu : ~std::uint64_t{0}};
      break;
    default:
      break;
  }
  set(instruction.written, value);
}

bool Registers::meet(const Registers& other) {
  bool changed = false;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    if (values_[i].kind == Constant::Kind::kUnknown || values_[i] == other.values_[i]) continue;
    values_[i] = {};
    changed = true;
  }
  return changed;
}

Registers registers_before(const std::vector<Instruction>& code, std::uint64_t site) {
  Registers registers;
  for (const Instruction& instruction : code) {
    if (instruction.address >= site) break;
    if (instruction.ends_block()) {
      registers.forget_all();
    } else {
      registers.apply(instruction);
    }
  }
  return registers;
}

Registers registers_in_function(const std::vector<Instruction>& function, std::uint64_t site) {
  if (function.empty()) return {};
  const auto index_of = [&](std::uint64_t address) -> std::optional<std::size_t> {
    const auto found = std::lower_bound(function.begin(), function.end(), address,
                                        [](const Instruction& one, std::uint64_t a) { return one.address < a; });
    if (found == function.end() || found->address != address) return std::nullopt;
    return static_cast<std::size_t>(found - function.begin());
  };
  std::vector<bool> leader(function.size(), false);
  leader[0] = true;
  for (std::size_t i = 0; i < function.size(); ++i) {
    if (const auto target = function[i].target != 0 ? index_of(function[i].target) : std::nullopt)
      leader[*target] = true;
    if (i + 1 < function.size() && (function[i].ends_block() || function[i].operation == Operation::kBranch))
      leader[i + 1] = true;
  }
  // State at the head of every block that was reached; heads that only an indirect jump reaches stay unreached.
  std::map<std::size_t, Registers> heads{{0, Registers{}}};
  std::deque<std::size_t> work{0};
  const auto flow = [&](std::size_t to, const Registers& state) {
    const auto [entry, fresh] = heads.try_emplace(to, state);
    if (fresh || entry->second.meet(state)) work.push_back(to);
  };
  while (!work.empty()) {
    std::size_t i = work.front();
    work.pop_front();
    Registers state = heads.at(i);
    for (;; ++i) {
      const Instruction& one = function[i];
      state.apply(one);
      const bool goes_elsewhere = one.operation == Operation::kJump || one.operation == Operation::kBranch;
      if (const auto target = goes_elsewhere && one.target != 0 ? index_of(one.target) : std::nullopt)
        flow(*target, state);
      if (one.ends_block() || i + 1 == function.size()) break;
      if (leader[i + 1]) {
        flow(i + 1, state);
        break;
      }
    }
  }
  const auto wanted = index_of(site);
  if (!wanted) return {};
  std::size_t head = *wanted;
  while (!leader[head]) --head;
  const auto known = heads.find(head);
  Registers state = known == heads.end() ? Registers{} : known->second;
  for (std::size_t i = head; i < *wanted; ++i) state.apply(function[i]);
  return state;
}

}  // namespace abicheck
