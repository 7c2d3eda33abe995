#include "facts/values.h"

#include <algorithm>
#include <limits>

namespace abicheck {

namespace {

constexpr std::uint8_t kWidest = 8;  // bytes that one value is
constexpr std::size_t kMostValues = 50;
constexpr std::size_t kMostStackArguments = 8;

template <typename Narrow>
bool fits(std::int64_t value) {
  return value >= std::numeric_limits<Narrow>::min() && value <= std::numeric_limits<Narrow>::max();
}

// Whether the instruction changes its first operand in memory to something that is not followed.
bool overwrites_memory(const Instruction& one) {
  if (!one.operands[0].is_memory()) return false;
  switch (one.operation) {
    case Operation::kOther:
    case Operation::kInsert:
    case Operation::kOr:
    case Operation::kOnes:
    case Operation::kAdd:
    case Operation::kPop:
    case Operation::kSet:
      return true;
    default:
      return one.operation == Operation::kMove && one.conditional;
  }
}

}  // namespace

Value Value::plus(std::int64_t distance, std::uint8_t pointer_size) const {
  if (kind == Kind::kUnknown) return {};
  Value moved = *this;
  if (loads == 0 && (kind == Kind::kNumber || kind == Kind::kAddress || kind == Kind::kStack)) {
    moved.value += static_cast<std::uint64_t>(distance);
    if (pointer_size == 4 && kind != Kind::kStack) moved.value &= 0xffffffff;
    return moved;
  }
  if (!fits<std::int32_t>(offset + distance)) return {};
  moved.offset = static_cast<std::int32_t>(offset + distance);
  return moved;
}

Value Value::loaded() const {
  if (kind == Kind::kUnknown || kind == Kind::kNumber || kind == Kind::kStack) return {};
  Value contents = *this;
  contents.loads = static_cast<std::uint8_t>(loads + 1);
  contents.offset = 0;
  if (kind == Kind::kAddress && loads == 0) return contents;
  const bool room = kind == Kind::kAddress ? loads == 1 : loads == 0;
  if (!room || !fits<std::int16_t>(offset)) return {};
  contents.inner = static_cast<std::int16_t>(offset);
  return contents;
}

Values::Values(const Machine& machine, const BinaryImage& image) : machine_(&machine), image_(&image) {
  forget_all();
}

Values Values::at_entry(const Machine& machine, const BinaryImage& image) {
  Values values(machine, image);
  for (Register reg = 0; reg < kRegisterCount; ++reg) {
    if (reg != machine.stack_pointer && reg != machine.toc) values.set(reg, {Value::Kind::kArgument, 0, 0, 0, reg});
  }
  if (machine.argument_count != 0) return values;
  for (std::size_t i = 0; i < kMostStackArguments; ++i) {
    Operand place{Operand::Kind::kMemory, machine.pointer_size, machine.stack_pointer};
    place.value = static_cast<std::int64_t>((i + 1) * machine.pointer_size);  // above the return address
    values.store(place, {Value::Kind::kArgument, 0, 0, 0, kRegisterCount + i});
  }
  return values;
}

void Values::forget_all() {
  registers_.fill({});
  cells_.clear();
  if (machine_->stack_pointer != kNoRegister) registers_[machine_->stack_pointer] = {Value::Kind::kStack};
  if (image_->toc != 0) set(machine_->toc, Value::address(image_->toc));
}

void Values::set(Register reg, Value value) {
  if (reg < kRegisterCount) registers_[reg] = value;
}

std::uint64_t Values::truncated(std::uint64_t value, std::uint8_t width) const {
  return width != 0 && width < 8 ? value & ((std::uint64_t{1} << 8 * width) - 1) : value;
}

Value Values::address_of(const Operand& operand) const {
  const std::uint8_t size = machine_->pointer_size;
  if (operand.absolute && operand.reg == kNoRegister && operand.index == kNoRegister)
    return Value::address(static_cast<std::uint64_t>(operand.value));
  const Value base = operand.reg == kNoRegister ? Value::number(0) : (*this)[operand.reg];
  Value index = operand.index == kNoRegister ? Value::number(0) : (*this)[operand.index];
  if (index.is_number()) index.value <<= operand.shift;
  Value sum;
  if (index.is_number()) {
    sum = base.plus(static_cast<std::int64_t>(index.value), size);
  } else if (base.is_number() && operand.shift == 0) {
    sum = index.plus(static_cast<std::int64_t>(base.value), size);
  }
  sum = sum.plus(operand.value, size);
  if (operand.absolute && sum.is_number()) {
    sum.kind = Value::Kind::kAddress;
    if (image_->thumb && (sum.value & 1) != 0 && image_->holds_code(sum.value)) --sum.value;  // says that it is Thumb
  }
  return sum;
}

Value Values::load(const Value& address, std::uint8_t width) const {
  for (const Cell& cell : cells_) {
    if (cell.address != address) continue;
    // The first half of a number is its upper one where the bytes of memory are in that order.
    if (image_->big_endian && cell.width != width) return {};
    return cell.value.is_number() && width < machine_->pointer_size ? Value::number(truncated(cell.value.value, width))
                                                                    : cell.value;
  }
  if (address.is_address()) {
    if (const Relocation* relocation = image_->relocation_at(address.value)) {
      if (width != machine_->pointer_size) return {};
      if (const auto own = image_->pointer_at(address.value)) return Value::address(*own);
      return relocation->symbol ? Value{Value::Kind::kSymbol, 0, 0, 0, address.value} : Value{};
    }
    // A constant that stands beside the code (ARM's literal pools).
    if (image_->is_code(address.value) && width == 4) {
      if (const auto number = image_->read_u32(address.value)) return Value::number(*number);
    }
  }
  return width == machine_->pointer_size ? address.loaded() : Value{};
}

Value Values::read(const Operand& operand) const {
  if (operand.is_immediate()) {
    const auto value = static_cast<std::uint64_t>(operand.value);
    return operand.absolute ? Value::address(value) : Value::number(value);
  }
  if (operand.is_register()) {
    const Value& held = (*this)[operand.reg];
    const bool of_call = held.kind == Value::Kind::kResult && held.loads == 0;
    if (operand.width == machine_->pointer_size || of_call) return held;
    if (operand.width == 4 && held.is_number()) return Value::number(truncated(held.value, 4));
    return {};
  }
  if (operand.is_memory()) return load(address_of(operand), operand.width);
  return {};
}

Value Values::argument(std::size_t index) const {
  if (index < machine_->argument_count) return (*this)[machine_->arguments[index]];
  return stack_argument(index - machine_->argument_count);
}

Value Values::stack_argument(std::size_t index) const {
  return handed_over(machine_->stack_arguments + static_cast<std::int64_t>(index * machine_->pointer_size));
}

// Callees own what they are handed on the stack: what lies there from before another call is not handed over again.
Value Values::handed_over(std::int64_t distance) const {
  if (machine_->stack_pointer == kNoRegister) return {};
  const Value place = (*this)[machine_->stack_pointer].plus(distance, machine_->pointer_size);
  const bool is_left = std::any_of(cells_.begin(), cells_.end(),
                                   [&](const Cell& cell) { return cell.before_call && cell.address == place; });
  return is_left ? Value() : load(place, machine_->pointer_size);
}

Value Values::variadic_argument(std::size_t index, std::size_t named) const {
  return machine_->variadic_on_stack && index >= named ? stack_argument(index - named) : argument(index);
}

Value Values::passed(const Value& argument) const {
  if (argument.kind != Value::Kind::kArgument || argument.loads != 0 || argument.offset != 0) return {};
  if (argument.value < kRegisterCount) return (*this)[static_cast<Register>(argument.value)];
  return handed_over(static_cast<std::int64_t>(argument.value - kRegisterCount) * machine_->pointer_size);
}

void Values::forget_memory(const Operand& at) {
  const Value address = address_of(at);
  std::erase_if(cells_, [&](const Cell& cell) {
    Value from = cell.address;
    from.value = address.value;
    if (from != address) return false;
    return cell.address.value - address.value < std::max<std::uint64_t>(at.width, 1) ||
           address.value - cell.address.value < cell.width;
  });
}

void Values::store(const Operand& to, Value value) {
  const Value address = address_of(to);
  const bool trackable = address.is_address() || (address.kind == Value::Kind::kStack && address.loads == 0);
  if (!trackable) return;
  forget_memory(to);
  if (!value.known()) return;
  if (cells_.size() >= kMostValues) {  // what is put aside on the stack is of more use than variables
    const auto variable =
        std::find_if(cells_.begin(), cells_.end(), [](const Cell& c) { return c.address.is_address(); });
    cells_.erase(variable == cells_.end() ? cells_.begin() : variable);
  }
  if (value.is_number()) value.value = truncated(value.value, to.width);
  cells_.push_back({address, value, to.width});
}

// Where arguments lie on the stack only, what was left below it is no argument of a later call.
void Values::move_stack(std::int64_t distance) {
  Value& stack = registers_[machine_->stack_pointer];
  stack = stack.plus(distance, machine_->pointer_size);
  if (distance < 0 || machine_->argument_count != 0 || stack.kind != Value::Kind::kStack) return;
  const auto top = static_cast<std::int64_t>(stack.value);
  std::erase_if(cells_, [&](const Cell& cell) {
    return cell.address.kind == Value::Kind::kStack && static_cast<std::int64_t>(cell.address.value) < top;
  });
}

Values Values::at_callee(const Instruction& call) const {
  Values values = *this;
  if (call.piece != nullptr) {
    for (const Instruction& one : call.piece->code) values.apply(one);
  }
  return values;
}

void Values::apply_call(const Instruction& call) {
  if (call.piece != nullptr) {
    for (const Instruction& one : call.piece->code) apply(one);
    if (call.piece->returns()) return;
  }
  // What it was handed the address of may have changed.
  for (std::size_t i = 0; i < machine_->argument_count; ++i) {
    const Value held = (*this)[machine_->arguments[i]];
    if (held.kind != Value::Kind::kStack) continue;
    std::erase_if(cells_, [&](const Cell& cell) { return cell.address == held; });
  }
  if (machine_->argument_count == 0) {
    for (std::size_t i = 0; i < kMostStackArguments; ++i) {
      const Value held = argument(i);
      if (held.kind == Value::Kind::kStack)
        std::erase_if(cells_, [&](const Cell& cell) { return cell.address == held; });
    }
  }
  for (Cell& cell : cells_) cell.before_call = true;
  for (Register reg = 0; reg < kRegisterCount; ++reg) {
    if (!machine_->preserves(reg)) registers_[reg] = {};
  }
  if (image_->toc != 0) set(machine_->toc, Value::address(image_->toc));
  set(machine_->result, call.conditional ? Value{} : Value::result_of(call.address));
}

Value Values::result_of(const Instruction& instruction) const {
  const auto& [to, from] = instruction.operands;
  const bool whole = to.width >= 4;  // writes to the low 32 bits clear the upper half
  const std::uint8_t size = machine_->pointer_size;
  switch (instruction.operation) {
    case Operation::kMove: {
      Value value = whole ? read(from) : Value{};
      if (value.is_number()) value.value = truncated(value.value, to.width);
      return value;
    }
    case Operation::kPage:
    case Operation::kLea: {
      Value value = address_of(from);
      if (value.is_number()) value.value = truncated(value.value, to.width);
      return value;
    }
    case Operation::kAdd:
      if (!from.is_immediate() || !to.is_register()) return {};
      if (const Value sum = (*this)[to.reg].plus(from.value, size); sum.is_number())
        return Value::number(truncated(sum.value, to.width));
      else
        return to.width == size ? sum : Value{};
    case Operation::kInsert: {
      const Value& old = (*this)[instruction.written];
      if (!from.is_immediate()) return {};
      // The lower half is all of what 32-bit instructions go on with.
      if (!old.is_number() && from.width >= 4 && from.shift == 0)
        return Value::number(static_cast<std::uint32_t>(from.value));
      if (!old.is_number()) return {};
      const std::uint64_t mask = (from.width >= 4 ? 0xffffffffu : std::uint64_t{0xffff}) << from.shift;
      return Value::number((old.value & ~mask) | (static_cast<std::uint64_t>(from.value) << from.shift & mask));
    }
    case Operation::kOr: {
      const Value& old = (*this)[from.reg];
      return old.is_number() ? Value::number(truncated(old.value | static_cast<std::uint64_t>(from.value), to.width))
                             : Value{};
    }
    case Operation::kXor: {
      const Value& old = (*this)[from.reg];
      if (old.is_number())
        return Value::number(truncated(old.value ^ static_cast<std::uint64_t>(from.value), to.width));
      // PowerPC compares a result with 0x1000009 by `xoris r,result,0x100; cmplwi r,9`: for the lower half, taking the
      // upper bits off by exclusive or is as good as subtracting them.
      const bool upper_bits = (from.value & 0xffff) == 0;
      return old.is_result() && upper_bits ? old.plus(-from.value, size) : Value{};
    }
    case Operation::kZero:
      return Value::number(0);
    case Operation::kOnes:
      return Value::number(truncated(~std::uint64_t{0}, to.width));
    default:
      return {};
  }
}

void Values::apply(const Instruction& instruction) {
  const auto& [to, from] = instruction.operands;
  if (instruction.clobbers_all) return forget_all();
  if (instruction.operation == Operation::kCall) return apply_call(instruction);
  const std::uint8_t size = machine_->pointer_size;
  const Register sp = machine_->stack_pointer;
  Value result;
  if (instruction.operation == Operation::kPop) {
    result = load((*this)[sp], size);
  } else if (instruction.written != kNoRegister) {
    result = instruction.conditional ? Value{} : result_of(instruction);
  }
  if (instruction.operation == Operation::kPush) {
    const Value pushed = read(to);
    move_stack(instruction.adjustment);
    Operand top{Operand::Kind::kMemory, size, sp};
    return store(top, pushed);
  }
  Value second;
  if (instruction.operation == Operation::kMove && instruction.paired.kind != Operand::Kind::kNone) {
    Operand behind = to.is_memory() ? to : from;
    behind.value += behind.width;
    to.is_memory() ? store(behind, read(instruction.paired)) : static_cast<void>(second = read(behind));
  }
  if (instruction.operation == Operation::kMove && to.is_memory() && !instruction.conditional)
    store(to, to.width <= kWidest ? read(from) : Value{});
  if (overwrites_memory(instruction)) forget_memory(to);
  if (instruction.clobbers_memory) cells_.clear();
  if (instruction.adjusted != kNoRegister && instruction.adjusted == sp) {
    move_stack(instruction.adjustment);
  } else if (instruction.adjusted != kNoRegister) {
    set(instruction.adjusted, (*this)[instruction.adjusted].plus(instruction.adjustment, size));
  }
  if (instruction.operation == Operation::kAdd && instruction.written == sp && sp != kNoRegister) {
    move_stack(from.value);
  } else {
    set(instruction.written, result);
  }
  set(instruction.also_written, second);
  for (Register reg = 0; instruction.written_set >> reg != 0; ++reg) {
    if ((instruction.written_set >> reg & 1) != 0) set(reg, {});
  }
}

Values::Compared Values::compared(const Instruction& instruction) const {
  if (!instruction.sets_flags || instruction.compares())
    return {read(instruction.operands[0]), read(instruction.operands[1])};
  // A sum compares what was there with the number that is taken away, as `sub eax,1` does.
  if (instruction.operation == Operation::kAdd) {
    const Value taken = read(instruction.operands[1]);
    return {read(instruction.operands[0]), taken.is_number() ? Value::number(0 - taken.value) : Value{}};
  }
  return {result_of(instruction), Value::number(0)};
}

bool Values::meet(const Values& other) {
  bool changed = false;
  for (std::size_t i = 0; i < kRegisterCount; ++i) {
    if (!registers_[i].known() || registers_[i] == other.registers_[i]) continue;
    registers_[i] = {};
    changed = true;
  }
  const std::size_t before = cells_.size();
  // Both come from one beginning, so that cells mostly stand in the same order.
  auto next = other.cells_.begin();
  std::erase_if(cells_, [&](Cell& cell) {
    const auto is_same = [&](const Cell& one) { return one.same_as(cell); };
    auto same = std::find_if(next, other.cells_.end(), is_same);
    if (same == other.cells_.end()) {
      same = std::find_if(other.cells_.begin(), next, is_same);
      if (same == next) return true;
    }
    changed |= same->before_call && !cell.before_call;
    cell.before_call |= same->before_call;
    next = same + 1;
    return false;
  });
  return changed || cells_.size() != before;
}

Values values_before(const std::vector<Instruction>& code, std::uint64_t site, const Machine& machine,
                     const BinaryImage& image) {
  Values values(machine, image);
  for (const Instruction& instruction : code) {
    if (instruction.address >= site) break;
    if (instruction.ends_block()) {
      values.forget_all();
    } else {
      values.apply(instruction);
    }
  }
  return values;
}

}  // namespace abicheck
