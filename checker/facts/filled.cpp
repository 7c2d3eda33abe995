#include "facts/filled.h"

#include <algorithm>
#include <map>
#include <set>

#include "facts/flow.h"

namespace abicheck {

namespace {

constexpr std::size_t kMostInstructions = 1500;  // behind one place where the variable's address is formed

// What is done with the address of a variable, behind the place where it is formed.
class AddressUser {
 public:
  AddressUser(const Code& code, Value variable) : code_(code), variable_(variable) {}

  // Whether all of it is reading the variable.
  bool only_reads(const Reference& reference) const {
    const auto first = code_.decode_one(reference.site);
    if (!first || first->written == kNoRegister) return false;
    Values values(code_.machine(), code_.image());
    values.set(first->written, variable_);
    bool only = true;
    explore(
        code_, first->end(), values, kMostInstructions,
        [&](const Instruction& one, const Values& known) {
          only = only && !lets_go(one, known);
          return only && holds(one, known) ? Step::kGoOn : Step::kStop;
        },
        Switches::kCases);
    return only;
  }

 private:
  bool lets_go(const Instruction& one, const Values& known) const {
    const auto& [to, from] = one.operands;
    const bool stores = one.operation == Operation::kMove && to.is_memory();
    if (to.is_memory() && known.address_of(to) == variable_ && (stores || one.operation == Operation::kOther))
      return true;
    if (stores && known.read(from) == variable_ && known.address_of(to).kind != Value::Kind::kStack) return true;
    if (one.compares() && (known.read(to) == variable_.loaded() || known.read(from) == variable_.loaded())) return true;
    if (one.operation == Operation::kReturn) return known[code_.machine().result] == variable_;
    const bool leaves = one.operation == Operation::kCall || (one.operation == Operation::kJump && one.target == 0);
    if (!leaves) return false;
    for (std::size_t i = 0; i < code_.machine().argument_count; ++i) {
      if (known.argument(i) == variable_) return true;
    }
    return code_.machine().argument_count == 0 && known.any([&](const Value& value) { return value == variable_; });
  }

  bool holds(const Instruction& one, const Values& known) const {
    Values behind = known;
    if (!one.ends_block()) behind.apply(one);
    return behind.any([&](const Value& value) { return value == variable_ || value == variable_.loaded(); });
  }

  const Code& code_;
  Value variable_;
};

bool starts_empty(const BinaryImage& image, std::uint64_t address) {
  if (image.relocation_at(address) != nullptr) return false;
  return image.read_pointer(address).value_or(0) == 0;
}

// Whether a load of the variable's value is followed by a test whether it is null.
bool is_tested(const Code& code, const Reference& reference, std::uint64_t variable) {
  const auto first = code.decode_one(reference.site);
  if (!first) return true;
  if (first->compares()) return true;
  if (first->written == kNoRegister) return false;
  Values values(code.machine(), code.image());
  const Value pointer = Value::address(variable).loaded();
  values.set(first->written, pointer);
  constexpr std::size_t kLook = 150;
  bool tested = first->sets_flags;
  explore(code, first->end(), values, kLook, [&](const Instruction& one, const Values& known) {
    if (one.compares() || one.sets_flags) {
      const auto [left, right] = known.compared(one);
      tested = tested || left == pointer || right == pointer;
    }
    const bool goes_on =
        !tested && one.operation != Operation::kCall && known.any([&](const Value& value) { return value == pointer; });
    return goes_on ? Step::kGoOn : Step::kStop;
  });
  return tested;
}

bool may_change(const ModuleContext& context, const Reference& reference, const TableVariable& table) {
  const std::uint64_t variable = table.address;
  if (context.reachability.way_to(context.code.function_around(reference.site)).reach == Reach::kNever) return false;
  const bool itself = !table.elsewhere && reference.target == variable;
  if (itself && reference.kind == Reference::Kind::kLoad) return is_tested(context.code, reference, variable);
  const bool forms = itself ? reference.kind == Reference::Kind::kLea : reference.kind == Reference::Kind::kLoad;
  const Value address = table.elsewhere ? Value{Value::Kind::kSymbol, 0, 0, 0, variable} : Value::address(variable);
  return !forms || !AddressUser(context.code, address).only_reads(reference);
}

}  // namespace

Filling filling_of(const ModuleContext& context, const TableVariable& variable) {
  const Code& code = context.code;
  if (!variable.elsewhere && !starts_empty(code.image(), variable.address)) return Filling::kMaybe;
  std::vector<std::uint64_t> targets;
  if (!variable.elsewhere) targets = code.slots_of_address(variable.address);
  for (const std::uint64_t slot : targets) {
    if (code.references_to({slot}).empty()) return Filling::kMaybe;  // a table of data, for whoever reads it
  }
  targets.push_back(variable.address);
  std::sort(targets.begin(), targets.end());
  for (const Reference& reference : code.references_to(targets)) {
    if (may_change(context, reference, variable)) return Filling::kMaybe;
  }
  return !variable.elsewhere && code.may_be_written(variable.address) ? Filling::kMaybe : Filling::kNever;
}

namespace {

constexpr std::uint64_t kHighestSlot = 1000;  // far above those in use
// The places below are those of types, and of NumPy's oldest functions; other null pointers are read at such small
// distances, those of C++ objects above all.
constexpr std::uint64_t kFirstFunction = 45;  // PyArray_DescrFromType

struct NullAccess {
  std::uint64_t site = 0;
  std::uint64_t slot = 0;
  bool called = false;
};

// Whether what the instruction at `site` reads is called.
bool is_called(const Code& code, std::uint64_t site) {
  const auto first = code.decode_one(site);
  if (!first) return false;
  if (first->operation == Operation::kCall || first->operation == Operation::kJump) return true;
  constexpr std::size_t kLook = 16;
  const Register pointer = first->written;
  for (const Instruction& one : code.straight_from(first->end(), kLook)) {
    const bool transfers = one.operation == Operation::kCall || one.operation == Operation::kJump;
    if (transfers && one.target == 0 && one.operands[0].is_register() && one.operands[0].reg == pointer) return true;
    if (one.operation == Operation::kCall || one.ends_block() || one.written == pointer) return false;
  }
  return false;
}

// Whether every call of the function comes to `site`.
bool always_comes_to(const Code& code, const FunctionRange& function, std::uint64_t site) {
  for (const Instruction& one : code.function_code(function)) {
    if (one.address == site) return true;
    if (one.operation == Operation::kBranch || one.ends_block()) return false;
  }
  return false;
}

// Whether some of the function's code, parts of which may stand elsewhere, reads at this distance from a pointer that
// is no constant.
bool reads_elsewhere_at(const ModuleContext& context, const FunctionRange& function, std::uint64_t distance) {
  std::vector<FunctionRange> parts = context.reachability.jumpers_into(function);
  parts.push_back(function);
  const auto reads = [&](const Operand& operand) {
    return operand.is_memory() && operand.reg != kNoRegister && static_cast<std::uint64_t>(operand.value) == distance;
  };
  return std::any_of(parts.begin(), parts.end(), [&](const FunctionRange& part) {
    const std::vector<Instruction>& code = context.code.function_code(part);
    return std::any_of(code.begin(), code.end(), [&](const Instruction& one) {
      return std::any_of(one.operands.begin(), one.operands.end(), reads);
    });
  });
}

// Whether the process dies behind the access as the compiler saw.
bool is_trap(const Code& code, std::uint64_t site) {
  const auto access = code.decode_one(site);
  const auto next = access ? code.decode_one(access->end()) : std::nullopt;
  return next && access->operation == Operation::kMove && next->operation == Operation::kTrap;
}

// A compiler leaves the call or, where it lets the process die at once, a read behind which nothing comes. The latter
// is also what remains of other pointers on the way that found them null: there the function reads the same member of
// one that is not.
bool is_of_table(const ModuleContext& context, const std::map<std::uint64_t, std::vector<NullAccess>>& by_function) {
  const Code& code = context.code;
  const std::uint64_t size = code.image().pointer_size();
  constexpr std::size_t kEnough = 2;
  std::set<std::uint64_t> deadly;
  for (const auto& [begin, accesses] : by_function) {
    for (const NullAccess& access : accesses) {
      if (access.slot < kFirstFunction) continue;
      const FunctionRange function = code.function_around(access.site);
      if (access.called) return true;
      if (context.reachability.is_handed_out(function.begin) && always_comes_to(code, function, access.site))
        return true;
      if (is_trap(code, access.site) && !reads_elsewhere_at(context, function, size * access.slot))
        deadly.insert(access.slot);
    }
  }
  return deadly.size() >= kEnough;
}

}  // namespace

std::vector<ApiSlotUse> find_null_uses(const ModuleContext& context) {
  const Code& code = context.code;
  const std::uint64_t size = code.image().pointer_size();
  std::map<std::uint64_t, std::vector<NullAccess>> by_function;
  for (const Reference& reference : code.null_accesses(kFirstFunction * size, kHighestSlot * size)) {
    by_function[code.function_around(reference.site).begin].push_back(
        {reference.site, reference.target / size, is_called(code, reference.site)});
  }
  std::erase_if(by_function, [&](const auto& function) {
    const auto& accesses = function.second;
    const bool any =
        std::any_of(accesses.begin(), accesses.end(), [](const NullAccess& a) { return a.slot >= kFirstFunction; });
    return !any || !context.reachability.can_run(code.function_around(accesses.front().site));
  });
  if (!is_of_table(context, by_function)) return {};
  std::map<std::uint64_t, ApiSlotUse> uses;
  for (const auto& [begin, accesses] : by_function) {
    for (const NullAccess& access : accesses) {
      ApiSlotUse& use = uses[access.slot];
      use.index = static_cast<std::uint32_t>(access.slot);
      use.unfilled = true;
      use.sites.push_back(access.site);
    }
  }
  std::vector<ApiSlotUse> all;
  all.reserve(uses.size());
  for (auto& [slot, use] : uses) all.push_back(std::move(use));
  return all;
}

}  // namespace abicheck
