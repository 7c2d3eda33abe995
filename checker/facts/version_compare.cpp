#include "facts/version_compare.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/add_once.h"
#include "facts/flow.h"

namespace abicheck {

namespace {

constexpr std::size_t kMostCompared = 6000;
constexpr std::int64_t kLittleEndian = 1;  // NPY_CPU_LITTLE and NPY_CPU_BIG (npy_cpu.h, PyArray_GetEndianness)
constexpr std::int64_t kBigEndian = 2;

// The same comparison with its sides exchanged.
Condition turned(Condition condition) {
  switch (condition) {
    case Condition::kBelow:
      return Condition::kAbove;
    case Condition::kAbove:
      return Condition::kBelow;
    case Condition::kBelowEqual:
      return Condition::kAboveEqual;
    case Condition::kAboveEqual:
      return Condition::kBelowEqual;
    default:
      return condition;
  }
}

// The source fails when the running version is below V; compilers write the compare with V or with V - 1.
std::optional<std::uint32_t> smallest_accepted(std::uint32_t immediate, Condition condition) {
  switch (condition) {
    case Condition::kAbove:
    case Condition::kBelowEqual:
      return immediate + 1;
    case Condition::kAboveEqual:
    case Condition::kBelow:
      return immediate;
    default:
      return std::nullopt;
  }
}

// What a call through a pointer in a table calls: the place in the table. The table is behind a variable or is what
// the call before returned.
std::optional<std::uint32_t> slot_called(const Value& callee, std::uint8_t pointer_size) {
  const bool through_table = (callee.kind == Value::Kind::kAddress && callee.loads == 2) ||
                             (callee.kind == Value::Kind::kResult && callee.loads == 1);
  if (!through_table || callee.offset != 0 || callee.inner < 0 || callee.inner % pointer_size != 0) return std::nullopt;
  return static_cast<std::uint32_t>(callee.inner / pointer_size);
}

class Reader {
 public:
  Reader(const Code& code, const KnownAbi& known) : code_(code), known_(known) {}

  void follow(std::uint64_t start, const Values& values) {
    explore(code_, start, values, kMostCompared,
            [&](const Instruction& one, const Values& known) { return visit(one, known); });
  }
  bool stores_result_of(std::uint64_t call) const {
    return std::any_of(stores_.begin(), stores_.end(), [&](const auto& store) { return store.second == call; });
  }
  TableCheck& found() {
    found_.tables.clear();
    for (const auto& store : stores_) {  // variable, capsule
      const bool array = std::any_of(arrays_.begin(), arrays_.end(),
                                     [&](std::uint64_t root) { return root == store.first || root == store.second; });
      add_once(found_.tables,
               {array ? CapsuleImport::Table::kArray : CapsuleImport::Table::kUfunc, store.first, false});
    }
    return found_;
  }

 private:
  // A compare whose branch is still to come.
  struct Pending {
    std::uint64_t site;
    std::uint32_t slot;
    std::int64_t number;
    bool turned;
    std::uint8_t flags;
  };

  // A way is of no more interest where it raises an exception or has passed the last test.
  Step visit(const Instruction& one, const Values& values) {
    const auto& passed = found_.successes;
    if (std::find(passed.begin(), passed.end(), one.address) != passed.end()) return Step::kStop;
    const bool transfers = one.operation == Operation::kCall || one.operation == Operation::kJump;
    if (transfers && visit_call(one, values) == Step::kStop) return Step::kStop;
    if (one.operation == Operation::kMove && one.operands[0].is_memory()) visit_store(one, values);
    if (one.compares() || one.sets_flags) visit_compare(one, values);
    if (one.operation == Operation::kTest) pending_.reset();
    // `movne r,1; moveq r,0` makes a truth value of a compare as setcc does.
    const bool chooses = one.conditional && one.operation == Operation::kMove && one.operands[1].is_immediate();
    if (one.operation == Operation::kBranch || one.operation == Operation::kSet || chooses) visit_branch(one);
    return Step::kGoOn;
  }

  Step visit_call(const Instruction& call, const Values& values) {
    const auto name = code_.imported_name(call, values);
    if (name == "PyErr_SetString") return Step::kStop;
    if (name == "PyErr_Format") {
      const Values there = values.at_callee(call);
      const Value message = there.argument(1);
      const Value number = there.variadic_argument(2, 2);
      if (message.is_address() && number.is_number() && number.value <= UINT32_MAX)
        add_once(found_.arguments, {message.value, call.address, static_cast<std::uint32_t>(number.value)});
      return Step::kStop;
    }
    if (name == "PyCapsule_GetPointer" || name == "PyCObject_AsVoidPtr") {
      // NumPy's capsules have no name; those of Cython's own functions are asked for by theirs.
      const Value expected = name == "PyCapsule_GetPointer" ? values.at_callee(call).argument(1) : Value{};
      if (!expected.known() || expected == Value::number(0)) capsules_.push_back(call.address);
    } else if (const Value pointer = name ? Value{} : pointer_called(call, values); pointer.known()) {
      if (const auto slot = slot_called(pointer, code_.machine().pointer_size)) {
        slots_[call.address] = *slot;
        const bool own =
            slot == known_.version_slot || slot == known_.feature_version_slot || slot == known_.endianness_slot;
        if (own) add_once(found_.slots, {*slot, call.address});
        // Only the table of arrays is asked for versions; the table is a variable's or what a call returned.
        if (own) arrays_.push_back(pointer.value);
      }
    }
    return Step::kGoOn;
  }

  // What a call through a register or memory calls.
  static Value pointer_called(const Instruction& call, const Values& values) {
    if (call.operation != Operation::kCall) return {};
    if (call.target == 0) return values.read(call.operands[0]);
    const bool goes_on = call.piece != nullptr && !call.piece->returns() && call.piece->last.target == 0;
    return goes_on ? values.at_callee(call).read(call.piece->last.operands[0]) : Value{};
  }

  void visit_store(const Instruction& store, const Values& values) {
    const Value stored = values.read(store.operands[1]);
    if (stored.is_result() && slots_.count(stored.value) != 0 && slots_[stored.value] == known_.feature_version_slot) {
      const Value to = values.address_of(store.operands[0]);
      if (to.is_address()) found_.runtime_version = to.value;
    }
    if (!stored.is_result() || std::find(capsules_.begin(), capsules_.end(), stored.value) == capsules_.end()) return;
    const Value to = values.address_of(store.operands[0]);
    if (to.is_address()) add_once(stores_, {to.value, stored.value});
  }

  void visit_compare(const Instruction& compare, const Values& values) {
    pending_.reset();
    auto [left, right] = values.compared(compare);
    const bool is_turned = left.is_number();
    if (is_turned) std::swap(left, right);
    if (left.kind != Value::Kind::kResult || left.loads != 0 || !right.is_number()) return;
    const auto slot = slots_.find(left.value);
    if (slot == slots_.end()) return;
    const auto number = static_cast<std::int32_t>(right.value) - std::int64_t{left.offset};
    pending_ = {compare.address, slot->second, number, is_turned, compare.flags};
  }

  void visit_branch(const Instruction& branch) {
    if (!pending_ || pending_->flags != branch.flags) return;
    const Condition condition = pending_->turned ? turned(branch.condition) : branch.condition;
    const auto number = static_cast<std::uint32_t>(pending_->number);
    const bool equality = condition == Condition::kEqual || condition == Condition::kNotEqual;
    if (pending_->slot == known_.feature_version_slot) {
      if (const auto value = smallest_accepted(number, condition))
        add_once(found_.api_compares, {pending_->site, *value, AbiCompare::kAtLeast});
    } else if (pending_->slot == known_.version_slot) {
      if (equality) {
        add_once(found_.abi_compares, {pending_->site, number, AbiCompare::kEqual});
      } else if (const auto first_too_new = smallest_accepted(number, condition)) {
        // The source fails when the running version is above V.
        add_once(found_.abi_compares, {pending_->site, *first_too_new - 1, AbiCompare::kAtLeast});
      }
    } else if (pending_->slot == known_.endianness_slot && branch.operation == Operation::kBranch) {
      const bool order = pending_->number == kLittleEndian || pending_->number == kBigEndian;
      if (order && condition == Condition::kEqual) add_once(found_.successes, branch.target);
      if (order && condition == Condition::kNotEqual) add_once(found_.successes, branch.end());
    }
    if (branch.operation == Operation::kBranch) pending_.reset();  // another way may be followed next
  }

  const Code& code_;
  const KnownAbi& known_;
  TableCheck found_;
  std::optional<Pending> pending_;
  std::map<std::uint64_t, std::uint32_t> slots_;                 // by the call that goes through them
  std::vector<std::uint64_t> capsules_;                          // calls that return the table
  std::vector<std::pair<std::uint64_t, std::uint64_t>> stores_;  // a variable, and the call whose result it gets
  std::vector<std::uint64_t> arrays_;                            // of those, the ones of the table of arrays
};

// The calls through registers that lead to what the loader binds to `name`.
void add_calls_by_register(const Code& code, const FunctionRange& function, std::string_view name,
                           std::vector<std::uint64_t>& sites) {
  for (const Instruction& one : code.function_code(function)) {
    const bool by_register = one.operation == Operation::kCall && one.target == 0 && one.operands[0].is_register();
    if (by_register && code.imported_name(one) == name) add_once(sites, one.address);
  }
}

// Where the pointer to the table comes from, inside `bodies`. A function that fetches two tables may load the address
// of what it calls once.
std::vector<std::uint64_t> capsule_calls(const Code& code, const std::vector<FunctionRange>& bodies) {
  std::vector<std::uint64_t> sites;
  for (const char* name : {"PyCapsule_GetPointer", "PyCObject_AsVoidPtr"}) {
    for (const Reference& reference : code.references_to_symbol(name)) {
      const auto body =
          std::find_if(bodies.begin(), bodies.end(), [&](const auto& f) { return f.holds(reference.site); });
      if (body == bodies.end()) continue;
      add_once(sites, reference.site);
      if (reference.kind == Reference::Kind::kLoad) add_calls_by_register(code, *body, name, sites);
    }
  }
  return sites;
}

}  // namespace

TableCheck read_table_check(const Code& code, const std::vector<FunctionRange>& bodies, const KnownAbi& known) {
  Reader reader(code, known);
  const std::vector<std::uint64_t> starts = capsule_calls(code, bodies);
  for (std::uint64_t start : starts) reader.follow(start, Values(code.machine(), code.image()));
  const auto complete = [&] {
    const TableCheck& found = reader.found();
    return !found.api_compares.empty() && !found.abi_compares.empty() && !found.arguments.empty();
  };
  // Constants and addresses that were formed before the call take the values of the whole function.
  for (std::uint64_t start : starts) {
    if (!complete() || !reader.stores_result_of(start)) reader.follow(start, code.values_in_function(start));
  }
  // The part behind the capsule may have been made a function of its own.
  for (std::size_t i = 0; i < bodies.size() && !complete(); ++i)
    reader.follow(bodies[i].begin, Values::at_entry(code.machine(), code.image()));
  return std::move(reader.found());
}

Known<std::uint32_t> message_argument(const TableCheck& check, std::uint64_t message) {
  Known<std::uint32_t> argument;
  for (const MessageArgument& one : check.arguments) {
    if (one.message != message) continue;
    argument.evidence = {one.call, "argument of PyErr_Format"};
    if (argument.value && *argument.value != one.value) {
      argument.value.reset();
      argument.unknown_because = "the message goes out with different versions";
      return argument;
    }
    argument.value = one.value;
  }
  if (!argument.value) argument.unknown_because = "the version handed to PyErr_Format is no constant";
  return argument;
}

}  // namespace abicheck
