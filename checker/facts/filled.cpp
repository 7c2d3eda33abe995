#include "facts/filled.h"

#include <algorithm>

#include "facts/flow.h"

namespace abicheck {

namespace {

constexpr std::size_t kMostInstructions = 1500;  // behind one place where the variable's address is formed
constexpr std::size_t kStackArguments = 8;       // where all arguments lie on the stack
constexpr int kDeepestCall = 3;                  // calls into this module's own functions

// Whether a test of the variable's value counts as something that may be done about it.
enum class Tests { kAllowed, kCount };

// What is done with an address that code forms: that of a variable, or one in front of it from which it can be reached.
class AddressUser {
 public:
  AddressUser(const Code& code, Value formed, Value variable, Tests tests = Tests::kCount,
              const std::vector<std::uint64_t>& deadly = {}, int depth = 0)
      : code_(code), formed_(formed), variable_(variable), tests_(tests), deadly_(deadly), depth_(depth) {}

  // Whether none of it may write the variable.
  bool only_reads(const Reference& reference) const {
    const auto first = code_.decode_one(reference.site);
    const bool puts_aside = first && (first->operation == Operation::kMove || first->operation == Operation::kPush);
    if (!first || (first->written == kNoRegister && !puts_aside)) return false;
    // What is put aside in a frame is only found again where the function's beginning is known.
    return only_reads(*first, Values(code_.machine(), code_.image())) ||
           only_reads(*first, code_.values_in_function(reference.site));
  }

 private:
  bool only_reads(const Instruction& first, Values values) const {
    if (first.written == kNoRegister) {  // an immediate, for a callee that takes its arguments from the stack
      if (lets_go(first, values)) return false;
      values.apply(first);
      return only_reads_from(first.end(), values);
    }
    values.set(first.written, formed_);
    return only_reads_from(first.end(), values);
  }

  bool only_reads_from(std::uint64_t begin, const Values& values) const {
    bool only = true;
    std::size_t steps = 0;
    explore(
        code_, begin, values, kMostInstructions,
        [&](const Instruction& one, const Values& known) {
          if (std::find(deadly_.begin(), deadly_.end(), one.address) != deadly_.end()) return Step::kStop;
          only = only && !lets_go(one, known) && ++steps < kMostInstructions;
          return only && holds(one, known) ? Step::kGoOn : Step::kStop;
        },
        Switches::kCases);
    return only;
  }

  bool lets_go(const Instruction& one, const Values& known) const {
    const auto& [to, from] = one.operands;
    const bool stores = one.operation == Operation::kMove && to.is_memory();
    if (to.is_memory() && covers(known.address_of(to), to.width) && (stores || one.operation == Operation::kOther))
      return true;
    if (stores && leads(known.read(from)) && known.address_of(to).kind != Value::Kind::kStack) return true;
    // In a callee the address may be that of an array of any length.
    if (depth_ != 0 && steps_through(one, known)) return true;
    if (tests_ == Tests::kCount && one.compares() &&
        (known.read(to) == variable_.loaded() || known.read(from) == variable_.loaded()))
      return true;
    if (one.operation == Operation::kReturn) return leads(known[code_.machine().result]);
    const bool leaves = one.operation == Operation::kCall || (one.operation == Operation::kJump && one.target == 0);
    if (!leaves) return false;
    return hands_over(known) && !callee_only_reads(one, known);
  }

  bool hands_over(const Values& known) const {
    const Machine& machine = code_.machine();
    const bool on_stack = machine.argument_count == 0;
    for (std::size_t i = 0; i < (on_stack ? kStackArguments : machine.argument_count); ++i) {
      if (leads(known.argument(i))) return true;
    }
    // Compilers hand arguments to local functions in any register that callees need not preserve.
    for (Register reg = 0; on_stack && reg < kRegisterCount; ++reg) {
      if (!machine.preserves(reg) && leads(known[reg])) return true;
    }
    return false;
  }

  // Whether the call leads to a function of this module that does no more with the address.
  bool callee_only_reads(const Instruction& call, const Values& known) const {
    const std::uint64_t callee = call.operation == Operation::kCall ? code_.own_target(call) : 0;
    if (callee == 0 || depth_ == kDeepestCall) return false;
    Values entered = known.at_callee(call);
    const Machine& machine = code_.machine();
    if (!machine.return_register)
      entered.set(machine.stack_pointer,
                  entered[machine.stack_pointer].plus(-machine.pointer_size, machine.pointer_size));
    return AddressUser(code_, formed_, variable_, tests_, deadly_, depth_ + 1).only_reads_from(callee, entered);
  }

  // Whether `one` computes with the address what is not known.
  bool steps_through(const Instruction& one, const Values& known) const {
    const auto names = [&](const Operand& operand) {
      if (operand.is_memory()) return leads(known[operand.reg]) || leads(known[operand.index]);
      return operand.is_register() && leads(known[operand.reg]);
    };
    const bool computes = one.operation == Operation::kLea || one.operation == Operation::kAdd ||
                          one.operation == Operation::kOr || one.operation == Operation::kOther;
    const auto& [to, from] = one.operands;
    if (to.is_memory() && names(to) && !known.address_of(to).known()) return true;
    if (!computes || !(names(to) || names(from)) || one.written == kNoRegister) return false;
    Values behind = known;
    behind.apply(one);
    return !behind[one.written].known();
  }

  // Whether the variable can be reached from there.
  bool leads(const Value& value) const {
    const bool between =
        formed_.is_address() && value.is_address() && value.value > formed_.value && value.value <= variable_.value;
    return value == formed_ || between;
  }

  bool covers(const Value& address, std::uint64_t width) const {
    return leads(address) && (address == variable_ || address.value + width > variable_.value);
  }

  bool holds(const Instruction& one, const Values& known) const {
    Values behind = known;
    if (!one.ends_block()) behind.apply(one);
    return behind.any([&](const Value& value) { return leads(value) || value == variable_.loaded(); });
  }

  const Code& code_;
  Value formed_;
  Value variable_;
  Tests tests_;
  std::vector<std::uint64_t> deadly_;
  int depth_;
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
      const bool with_null = one.compares() || (right.is_number() && right.value == 0);  // `add` compares with others
      tested = tested || (with_null && (left == pointer || right == pointer));
    }
    const bool goes_on =
        !tested && one.operation != Operation::kCall && known.any([&](const Value& value) { return value == pointer; });
    return goes_on ? Step::kGoOn : Step::kStop;
  });
  return tested;
}

bool may_change(const ModuleContext& context, const Reference& reference, const TableVariable& table) {
  const std::uint64_t variable = table.address;
  const bool itself = !table.elsewhere && reference.target == variable;
  const bool forms = itself ? reference.kind == Reference::Kind::kLea : reference.kind == Reference::Kind::kLoad;
  const Value address = table.elsewhere ? Value{Value::Kind::kSymbol, 0, 0, 0, variable} : Value::address(variable);
  const bool may = itself && reference.kind == Reference::Kind::kLoad
                       ? is_tested(context.code, reference, variable)
                       : !forms || !AddressUser(context.code, address, address).only_reads(reference);
  // Asked last, because following all callers takes the longest.
  return may && context.reachability.way_to(context.code.function_around(reference.site)).reach != Reach::kNever;
}

// Whether only another module can start the function around an address.
bool waits_for_others(const ModuleContext& context, std::uint64_t site) {
  const FunctionRange function = context.code.function_around(site);
  return context.reachability.way_to(function).reach == Reach::kExported && !context.reachability.can_run(function);
}

}  // namespace

bool only_reads(const Code& code, const Reference& reference, std::uint64_t variable) {
  const bool itself = reference.target == variable;
  if (itself && reference.kind == Reference::Kind::kLoad) return true;
  const bool forms = itself ? reference.kind == Reference::Kind::kLea : reference.kind == Reference::Kind::kLoad;
  const Value address = Value::address(variable);
  return forms && AddressUser(code, address, address, Tests::kAllowed).only_reads(reference);
}

bool may_reach(const Code& code, const Reference& reference, std::uint64_t variable,
               const std::vector<std::uint64_t>& deadly) {
  const bool forms = reference.kind == Reference::Kind::kLea;
  const Value formed = Value::address(reference.target);
  return forms && !AddressUser(code, formed, Value::address(variable), Tests::kCount, deadly).only_reads(reference);
}

Filling filling_of(const ModuleContext& context, const TableVariable& variable, Exports exports) {
  const Code& code = context.code;
  if (!variable.elsewhere && !starts_empty(code.image(), variable.address)) return Filling::kMaybe;
  std::vector<std::uint64_t> targets;
  if (!variable.elsewhere) targets = code.slots_of_address(variable.address);
  for (const std::uint64_t slot : targets) {
    const bool of_code = code.image().holds_code(slot);  // an instruction that the loader relocates
    if (!of_code && code.references_to({slot}).empty()) return Filling::kMaybe;  // a table of data, for any reader
  }
  targets.push_back(variable.address);
  std::sort(targets.begin(), targets.end());
  for (const Reference& reference : code.references_to(targets)) {
    if (!may_change(context, reference, variable)) continue;
    if (exports == Exports::kCount || !waits_for_others(context, reference.site)) return Filling::kMaybe;
  }
  return !variable.elsewhere && code.may_be_written(variable.address) ? Filling::kMaybe : Filling::kNever;
}

}  // namespace abicheck
