#include <algorithm>

#include "facts/code.h"

namespace abicheck {

bool never_returns(std::string_view name) {
  constexpr std::string_view kNever[] = {"__stack_chk_fail",
                                         "abort",
                                         "exit",
                                         "__assert_fail",
                                         "_Unwind_Resume",
                                         "__cxa_throw",
                                         "__cxa_rethrow",
                                         "__cxa_bad_cast",
                                         "__cxa_call_unexpected",
                                         "__cxa_throw_bad_array_new_length",
                                         "_CxxThrowException",
                                         "_ZSt9terminatev",
                                         "_ZSt10terminatev",
                                         "Py_FatalError",
                                         "_Py_FatalErrorFunc"};
  if (std::find(std::begin(kNever), std::end(kNever), name) != std::end(kNever)) return true;
  return name.starts_with("_ZSt") &&
         (name.find("__throw") != std::string_view::npos || name.find("rethrow") != std::string_view::npos);
}

bool throws(std::string_view name) {
  return name.find("throw") != std::string_view::npos && name.find("nothrow") == std::string_view::npos;
}

bool Code::returns(const Instruction& call) const {
  constexpr std::size_t kWrapper = 16;
  const Operand& through = call.operands[0];
  const bool near = call.target != 0 || (through.is_memory() && through.absolute);
  if (!near) return true;  // what registers hold is asked of functions whose calls come back
  if (const auto name = imported_name(call)) return !never_returns(*name);
  if (call.target == 0) return true;
  // Cython's __pyx_fatalerror(), or what 32-bit code calls to find the GOT and call __stack_chk_fail().
  const auto [entry, fresh] = wrappers_.try_emplace(call.target, true);
  if (!fresh) return entry->second;
  for (const Instruction& one : straight_from(call.target, kWrapper)) {
    if (one.operation == Operation::kBranch) break;
    const auto name = one.operation == Operation::kCall ? imported_name(one) : std::nullopt;
    if (!name || !never_returns(*name)) continue;
    wrappers_[call.target] = false;
    break;
  }
  return wrappers_[call.target];
}
std::optional<std::string_view> Code::symbol_in_slot(std::uint64_t slot) const {
  const Relocation* relocation = image_.relocation_at(slot);
  if (relocation == nullptr || !relocation->symbol) return std::nullopt;
  return image_.symbols[*relocation->symbol].name;
}

// A stub loads a pointer from its slot and jumps there: `jmp *slot(%rip)`, `adrp; ldr; add; br`, possibly behind one
// more jump that merged calls share, or, in 32-bit code for Darwin, behind `call` and `pop` that take its own address.
// Nothing else may happen in it. A stub that the loader writes holds nothing yet.
Value Code::read_stub(std::uint64_t address) const {
  constexpr int kLongest = 8;
  const Relocation* const written = image_.relocation_at(address);
  if (written != nullptr && written->symbol) return {Value::Kind::kSymbol, 0, 0, 0, address};
  Values values(machine(), image_);
  if (image_.got != 0) values.set(machine().got, Value::address(image_.got));
  std::uint64_t at = address;
  for (int steps = 0; steps < kLongest; ++steps) {
    const auto one = decode_one(at);
    if (!one) return {};
    if (one->operation == Operation::kJump) {
      if (one->target == 0) return values.read(one->operands[0]);
      at = one->target;
      continue;
    }
    const bool forms = one->operation == Operation::kMove || one->operation == Operation::kLea ||
                       one->operation == Operation::kPage || one->operation == Operation::kAdd ||
                       one->operation == Operation::kInsert || one->operation == Operation::kPop ||
                       (one->operation == Operation::kPush && one->operands[0].absolute) ||
                       (one->operation == Operation::kOther && one->written == kNoRegister);
    if (!forms || one->clobbers_all) return {};
    values.apply(*one);
    at = one->end();
  }
  return {};
}

Value Code::stub_target(std::uint64_t address) const {
  const auto [entry, fresh] = stubs_.try_emplace(address);
  if (fresh) entry->second = read_stub(address);
  return entry->second;
}

// What a call or jump leads to that names neither an address nor a fixed place: what the instructions before it, or
// else the whole function, put into the register.
Value Code::near_callee(const Instruction& call) const {
  constexpr std::uint64_t kNear = 70;
  const auto [entry, fresh] = callees_.try_emplace(call.address);
  if (!fresh) return entry->second;
  entry->second = values_near(call.address, kNear).read(call.operands[0]);
  if (!entry->second.known()) entry->second = values_in_function(call.address).read(call.operands[0]);
  return entry->second;
}

Value Code::callee(const Instruction& call) const {
  if (call.target != 0) {
    const Value target = stub_target(call.target);
    return target.is_symbol() || target.is_address() ? target : Value::address(call.target);
  }
  const Operand& to = call.operands[0];
  if (to.is_memory() && to.absolute) return Values(machine(), image_).read(to);
  const bool may_be_fixed = to.is_register() || (to.is_memory() && image_.counts_from_register());
  return may_be_fixed ? near_callee(call) : Value{};
}

std::optional<std::string_view> Code::imported_name(const Instruction& call) const {
  const Value to = callee(call);
  return to.is_symbol() ? symbol_in_slot(to.value) : std::nullopt;
}

std::optional<std::string_view> Code::imported_name(const Instruction& call, const Values& values) const {
  if (call.target != 0) return imported_name(call);
  const Value to = values.read(call.operands[0]);
  if (!to.known()) return imported_name(call);
  return to.is_symbol() ? symbol_in_slot(to.value) : std::nullopt;
}

std::uint64_t Code::own_target(const Instruction& call) const {
  const Value to = callee(call);
  return to.is_address() ? to.value : 0;
}

Code::Doors Code::doors_of_slots(std::vector<std::uint64_t> slots, const Value& target) const {
  std::sort(slots.begin(), slots.end());
  Doors doors{std::move(slots), {}};
  for (const Reference& reference : references_to(doors.slots)) {
    if (reference.kind != Reference::Kind::kJumpThrough && reference.kind != Reference::Kind::kLoad) continue;
    // Calls aim at the first of the stub's instructions, some bytes before the one that names the slot.
    constexpr std::uint64_t kStubPrefix = 16;
    const std::uint64_t step = machine().alignment;
    for (std::uint64_t back = 0; back <= kStubPrefix; back += step) {
      const Value to = stub_target(reference.site - back);
      const bool there = target.known()
                             ? to == target
                             : to.is_symbol() && std::binary_search(doors.slots.begin(), doors.slots.end(), to.value);
      if (there) doors.stubs.push_back(reference.site - back);
    }
  }
  std::sort(doors.stubs.begin(), doors.stubs.end());
  doors.stubs.erase(std::unique(doors.stubs.begin(), doors.stubs.end()), doors.stubs.end());
  return doors;
}

Code::Doors Code::doors_of_symbol(const std::string& name) const {
  std::vector<std::uint64_t> slots;
  for (const Relocation& relocation : image_.relocations) {
    if (relocation.symbol && image_.symbols[*relocation.symbol].name == name) slots.push_back(relocation.address);
  }
  return doors_of_slots(std::move(slots), {});
}

const std::vector<Reference>& Code::references_to_symbol(const std::string& name) const {
  const auto [entry, fresh] = to_symbol_.try_emplace(name);
  if (!fresh) return entry->second;
  Doors doors = doors_of_symbol(name);
  std::vector<std::uint64_t> targets = std::move(doors.slots);
  targets.insert(targets.end(), doors.stubs.begin(), doors.stubs.end());
  std::sort(targets.begin(), targets.end());
  entry->second = references_to(targets);
  return entry->second;
}

std::vector<std::uint64_t> Code::slots_of_address(std::uint64_t address) const {
  std::vector<std::uint64_t> slots;
  for (const Relocation& relocation : image_.relocations) {
    if (!relocation.symbol && relocation.addend != address) continue;
    if (relocation.symbol && image_.symbols[*relocation.symbol].address + relocation.addend != address) continue;
    slots.push_back(relocation.address);
  }
  return slots;
}

Code::Doors Code::doors_of_address(std::uint64_t address) const {
  return doors_of_slots(slots_of_address(address), Value::address(address));
}

}  // namespace abicheck
