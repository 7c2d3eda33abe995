#include "facts/use_behind.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "base/hex.h"
#include "facts/failure_flow.h"
#include "facts/filled.h"
#include "facts/list_reader.h"

namespace abicheck {

namespace {

constexpr std::size_t kMostSteps = 100'000;  // that are followed in all
constexpr std::size_t kMostFunctions = 250;  // that lead to a use
constexpr int kDeepest = 8;                  // calls inside one another

class Walk {
 public:
  // What the code asks Python for succeeds, and what nothing has written yet is as in the file, unless `strict`.
  Walk(const ModuleContext& context, std::set<std::uint64_t> uses, bool strict)
      : context_(context), uses_(std::move(uses)), strict_(strict) {
    find_leading();
  }

  // Whether every way from `start` that comes back uses the table, and some way does. `trail` then says how the first
  // does, from the function that was entered last to the use. With `null_fails` ways on which it returns
  // null, as a module's init function does when it fails, are left out, and nothing else is.
  bool comes_to_use(std::uint64_t start, int depth, std::vector<std::uint64_t>& trail, bool null_fails = false) {
    std::vector<State> waiting{{start, {}}};
    std::set<State> seen;
    std::map<std::uint64_t, std::uint64_t> failing;  // the side of a branch that is taken when Python has failed
    trail.clear();
    while (!waiting.empty()) {
      auto [at, nulls] = waiting.back();
      waiting.pop_back();
      std::optional<Instruction> before;
      while (seen.insert({at, nulls}).second) {
        const auto one = ++steps_ > kMostSteps ? std::nullopt : context_.code.decode_one(at);
        if (one && one->operation == Operation::kReturn && nulls.holds(context_.code.machine().result)) break;
        if (!one || one->operation == Operation::kReturn) return false;
        if (is_use(*one, depth, trail) || one->operation == Operation::kTrap) break;
        if (leaves_for_good(*one)) break;
        if (one->operation == Operation::kJump && one->target == 0) return false;
        if (one->operation == Operation::kJump && context_.code.imported_name(*one)) return false;
        if (one->operation == Operation::kCall) note_failing(*one, failing);
        if (null_fails) nulls = nulls_behind(*one, nulls);
        at = one->operation == Operation::kJump ? one->target : one->end();
        if (one->operation == Operation::kBranch) {
          const auto fails = failing.find(one->address);
          const std::optional<bool> taken = taken_at(*one, before, failing, {start, depth});
          Nulls there = nulls;
          // The side that is taken because something is null.
          const std::uint64_t null_side = null_fails && fails != failing.end() ? fails->second : 0;
          const Register tested = tested_register(*one, before);
          if (null_side == one->target) there.add_equal(tested);
          if (null_side == one->end()) nulls.add_equal(tested);
          if (!taken) waiting.push_back({one->target, there});
          if (taken == true) at = one->target;
        }
        before = one;
      }
    }
    return !trail.empty();
  }

 private:
  // What is known to hold null: registers, and a place in memory where code that is not optimised keeps its result.
  struct Nulls {
    std::uint64_t registers = 0;  // a bit for each
    std::uint64_t results = 0;    // those that hold what the last call returned, whatever that is
    Register base = kNoRegister;
    std::int64_t distance = 0;

    // The register, and what holds the same.
    void add_equal(Register reg) {
      if (reg == kNoRegister) return;
      registers |= bit(reg) | (contains(results, reg) ? results : 0);
    }
    bool holds(Register reg) const { return contains(registers, reg); }
    static std::uint64_t bit(Register reg) { return std::uint64_t{1} << reg; }
    static bool contains(std::uint64_t set, Register reg) { return reg != kNoRegister && (set & bit(reg)) != 0; }
    bool holds(const Operand& operand) const {
      if (operand.is_memory()) return is_place(operand);
      return operand.is_register() ? holds(operand.reg)
                                   : operand.is_immediate() && !operand.absolute && operand.value == 0;
    }
    bool is_place(const Operand& memory) const {
      return base != kNoRegister && memory.reg == base && memory.index == kNoRegister && memory.value == distance;
    }
    auto operator<=>(const Nulls&) const = default;
  };

  struct State {
    std::uint64_t address = 0;
    Nulls nulls;

    auto operator<=>(const State&) const = default;
  };

  // Where a walk began, and how many calls deep.
  struct Place {
    std::uint64_t start = 0;
    int depth = 0;
  };

  // What holds null behind an instruction, where that of `nulls` does in front of it.
  Nulls nulls_behind(const Instruction& one, Nulls nulls) const {
    const Machine& machine = context_.code.machine();
    if (one.clobbers_all) return {};
    if (one.operation == Operation::kCall) {
      if (one.piece != nullptr) {
        for (const Instruction& inner : one.piece->code) nulls = nulls_behind(inner, nulls);
        if (one.piece->last.operation == Operation::kReturn) return nulls;
      }
      return {nulls.registers & machine.preserved, Nulls::bit(machine.result)};
    }
    const auto& [to, from] = one.operands;
    constexpr std::uint8_t kWhole = 4;  // which on 64-bit processors sets the upper half to 0
    const bool moves = one.operation == Operation::kMove && !one.conditional && to.width >= kWhole;
    const bool copies = one.operation == Operation::kMove && !one.conditional && from.is_register() &&
                        from.width == context_.image().pointer_size() && Nulls::contains(nulls.results, from.reg);
    const bool null = (one.operation == Operation::kZero && to.width >= kWhole) || (moves && nulls.holds(from));
    const auto forget = [&](Register reg) {
      if (reg == kNoRegister) return;
      nulls.registers &= ~Nulls::bit(reg);
      nulls.results &= ~Nulls::bit(reg);
      if (nulls.base == reg) nulls.base = kNoRegister;
    };
    const bool stores = to.is_memory() && one.operation != Operation::kCompare && one.operation != Operation::kTest;
    if (stores || one.clobbers_memory) nulls.base = kNoRegister;
    forget(one.written);
    forget(one.also_written);
    forget(one.adjusted);
    nulls.registers &= ~one.written_set;
    nulls.results &= ~one.written_set;
    if (null && one.written != kNoRegister) nulls.registers |= Nulls::bit(one.written);
    if (copies && one.written != kNoRegister) nulls.results |= Nulls::bit(one.written);
    const bool whole = to.width == context_.image().pointer_size() && to.index == kNoRegister && !to.absolute;
    if (null && stores && whole) std::tie(nulls.base, nulls.distance) = std::tie(to.reg, to.value);
    return nulls;
  }

  // Functions that lead to a use by calls alone, or through a list that static initialisers fill.
  void find_leading() {
    std::vector<FunctionRange> first;
    for (const std::uint64_t site : uses_) first.push_back(context_.code.function_around(site));
    add_leading(std::move(first));
    std::vector<FunctionRange> readers;
    for (const ListReader& one : find_list_readers(context_, leading_)) {
      entered_[one.reader].push_back(one.function);
      readers.push_back(context_.code.function_around(one.reader));
    }
    add_leading(std::move(readers));
  }

  void add_leading(std::vector<FunctionRange> waiting) {
    std::erase_if(waiting, [&](const FunctionRange& function) { return !leading_.insert(function.begin).second; });
    for (std::size_t i = 0; i < waiting.size() && leading_.size() < kMostFunctions; ++i) {
      for (const FunctionRange& caller : context_.reachability.callers_of(waiting[i])) {
        if (leading_.insert(caller.begin).second) waiting.push_back(caller);
      }
    }
  }

  // Whether the instruction uses the table, or calls a function that always does.
  bool is_use(const Instruction& one, int depth, std::vector<std::uint64_t>& trail) {
    if (one.conditional) return false;
    std::vector<std::uint64_t> inner;
    const bool calls = one.operation == Operation::kCall && calls_user(context_.code.own_target(one), depth + 1, inner);
    if (!calls && uses_.count(one.address) == 0) return false;
    if (!trail.empty()) return true;
    trail = std::move(inner);
    if (!calls) trail.push_back(one.address);
    return true;
  }

  bool calls_user(std::uint64_t target, int depth, std::vector<std::uint64_t>& trail) {
    const FunctionRange* function = target == 0 ? nullptr : context_.code.function_at(target);
    if (function == nullptr || leading_.count(function->begin) == 0 || depth > kDeepest) return false;
    const auto [known, fresh] = users_.try_emplace(target);  // not one, while it is being looked at
    if (fresh) {
      std::vector<std::uint64_t> inner;
      const std::vector<std::uint64_t>& entered = entered_[function->begin];
      const bool uses = comes_to_use(target, depth, inner) ||
                        std::any_of(entered.begin(), entered.end(),
                                    [&](std::uint64_t one) { return calls_user(one, depth + 1, inner); });
      if (uses) {
        inner.insert(inner.begin(), target);
        users_[target] = std::move(inner);
      }
    }
    trail = users_[target];
    return !trail.empty();
  }

  bool leaves_for_good(const Instruction& one) const {
    if (one.operation != Operation::kCall && one.operation != Operation::kJump) return false;
    const auto name = context_.code.imported_name(one);
    return !context_.code.returns(one) || (name && throws(*name));
  }

  // What these return is null only when something failed.
  void note_failing(const Instruction& call, std::map<std::uint64_t, std::uint64_t>& failing) const {
    constexpr std::string_view kMakers[] = {"PyImport_Import", "PyModule_Create", "PyUnicode_From", "PyLong_From",
                                            "PyFloat_From",    "PyBytes_From",    "PyDict_New",     "PyList_New",
                                            "PyTuple_New",     "PyCapsule_New",   "Py_BuildValue"};
    const auto name = context_.code.imported_name(call);
    const auto made_by = [&](std::string_view maker) { return name->starts_with(maker); };
    if (!name || std::none_of(std::begin(kMakers), std::end(kMakers), made_by)) return;
    if (const auto null = null_side_behind(context_.code, call.address)) failing[null->branch] = null->target;
  }

  // Whether the branch is taken, where only one of its sides counts.
  std::optional<bool> taken_at(const Instruction& branch, const std::optional<Instruction>& before,
                               const std::map<std::uint64_t, std::uint64_t>& failing, Place place) {
    if (strict_) return std::nullopt;
    const auto fails = failing.find(branch.address);
    if (fails != failing.end()) return fails->second != branch.target;
    const bool equality = branch.condition == Condition::kEqual || branch.condition == Condition::kNotEqual;
    const auto& compare = branch.compares() ? std::optional(branch) : before;
    if (!equality || !compare || compare->operation != Operation::kCompare) return std::nullopt;
    const auto& [left, right] = compare->operands;
    const Value variable = context_.code.values_in_function(compare->address).address_of(left);
    if (!left.is_memory() || !right.is_immediate() || !variable.is_address()) return std::nullopt;
    const auto content = content_of(variable.value, left.width);
    if (!content || !is_written_only_behind(variable.value, left.width, place)) return std::nullopt;
    const std::uint64_t mask = left.width < 8 ? (std::uint64_t{1} << 8 * left.width) - 1 : ~std::uint64_t{0};
    const bool equal = *content == (static_cast<std::uint64_t>(right.value) & mask);
    return equal == (branch.condition == Condition::kEqual);
  }

  static Register tested_register(const Instruction& branch, const std::optional<Instruction>& before) {
    const std::optional<Instruction>& test = branch.compares() ? std::optional(branch) : before;
    const bool tests = test && (test->compares() || test->operation == Operation::kTest);
    return tests && test->operands[0].is_register() ? test->operands[0].reg : kNoRegister;
  }

  // What the file gives a variable of four bytes.
  std::optional<std::uint64_t> content_of(std::uint64_t variable, std::uint8_t width) const {
    if (width != 4 || context_.image().is_code(variable)) return std::nullopt;
    return context_.image().read_u32(variable).value_or(0);
  }

  // Whether nothing writes the variable before the function at `place.start`, which is only now entered for the first
  // time: what loading does not lead to has not run, nor has a function that always uses the table.
  bool is_written_only_behind(std::uint64_t variable, std::uint64_t width, Place place) {
    const Code& code = context_.code;
    const FunctionRange function = code.function_around(place.start);
    if (place.start != function.begin) return false;
    std::vector<std::uint64_t> targets = code.slots_of_address(variable);
    targets.push_back(variable);
    std::sort(targets.begin(), targets.end());
    std::vector<std::uint64_t> writers = code.writes_of(variable, width);
    for (const Reference& reference : code.references_to(targets)) {
      if (!only_reads(code, reference, variable)) writers.push_back(reference.site);
    }
    std::vector<std::uint64_t> trail;
    return std::all_of(writers.begin(), writers.end(), [&](std::uint64_t site) {
      const FunctionRange writer = code.function_around(site);
      return writer.begin == function.begin || context_.reachability.way_to(writer).reach != Reach::kImport ||
             calls_user(writer.begin, place.depth + 1, trail);
    });
  }

  const ModuleContext& context_;
  std::set<std::uint64_t> uses_;
  bool strict_;
  std::set<std::uint64_t> leading_;
  std::map<std::uint64_t, std::vector<std::uint64_t>> entered_;  // functions in lists, by who goes through those
  std::map<std::uint64_t, std::vector<std::uint64_t>> users_;    // functions, and how they come to a use
  std::size_t steps_ = 0;
};

bool catches_exceptions(const Code& code) {
  constexpr const char* kHandlers[] = {"__cxa_begin_catch", "__CxxFrameHandler3", "__CxxFrameHandler4"};
  return std::any_of(std::begin(kHandlers), std::end(kHandlers),
                     [&](const char* name) { return !code.references_to_symbol(name).empty(); });
}

}  // namespace

Evidence find_use_behind(const ModuleContext& context, const DroppedImport& dropped,
                         const std::vector<ApiSlotUse>& slots) {
  std::set<std::uint64_t> uses;
  for (const ApiSlotUse& use : slots) {
    if (use.table == dropped.table) uses.insert(use.sites.begin(), use.sites.end());
  }
  std::erase_if(uses, [&](std::uint64_t site) {
    return std::any_of(dropped.bodies.begin(), dropped.bodies.end(), [&](const auto& f) { return f.holds(site); });
  });
  if (uses.empty()) return {};
  Walk walk(context, std::move(uses), false);
  const std::vector<FunctionRange>& chain = dropped.way->chain;
  const auto first =
      std::find_if(chain.begin(), chain.end(), [&](const FunctionRange& f) { return f.holds(dropped.call); });
  std::vector<std::uint64_t> calls{dropped.call};
  for (auto link = first; link != chain.end(); ++link) {
    std::vector<std::uint64_t> trail;
    const bool comes = std::all_of(calls.begin(), calls.end(), [&](std::uint64_t call) {
      const auto one = context.code.decode_one(call);
      return one && walk.comes_to_use(one->end(), 0, trail);
    });
    if (comes && !calls.empty()) {
      Evidence use{trail.back(), hex(link->begin)};
      for (const std::uint64_t place : trail) use.how += " -> " + hex(place);
      return use;
    }
    if (link + 1 != chain.end()) calls = call_sites(context.code, *(link + 1), *link);
  }
  return {};
}

bool runs_at_import(const ModuleContext& context, std::uint64_t site) {
  return context.reachability.way_to(context.code.function_around(site)).reach == Reach::kImport;
}

bool always_comes_to(const ModuleContext& context, const std::set<std::uint64_t>& sites) {
  if (catches_exceptions(context.code)) return false;  // handlers are not followed
  std::map<std::uint64_t, bool> begins;                // where loading enters, and whether null says that it failed
  for (const std::uint64_t site : sites) {
    const Way& way = context.reachability.way_to(context.code.function_around(site));
    if (way.reach != Reach::kImport || way.entry == nullptr) continue;
    // What the init function hands out may be called later, and of several exec slots some may be those of a definition
    // that is not chosen.
    const EntryPoint::Kind kind = way.entry->kind;
    const bool several = context.reachability.count(EntryPoint::Kind::kExecSlot) > 1;
    if (kind == EntryPoint::Kind::kHandedOut || (kind == EntryPoint::Kind::kExecSlot && several)) continue;
    begins[way.entry->address] = kind == EntryPoint::Kind::kInit && !context.python2;
  }
  return std::any_of(begins.begin(), begins.end(), [&](const auto& begin) {
    std::vector<std::uint64_t> trail;
    return Walk(context, sites, true).comes_to_use(begin.first, 0, trail, begin.second);
  });
}

}  // namespace abicheck
