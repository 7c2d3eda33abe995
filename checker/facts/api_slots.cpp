#include "facts/api_slots.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "base/add_once.h"
#include "facts/filled.h"
#include "facts/flow.h"
#include "facts/telling_slots.h"
#include "facts/use_behind.h"

namespace abicheck {

namespace {

constexpr std::size_t kMostBehindLoad = 1500;  // behind one load of the pointer

// Uses of one table, collected by the code behind each load of its pointer.
class Tracker {
 public:
  Tracker(const Code& code, Value root, std::map<std::uint32_t, ApiSlotUse>& uses)
      : code_(code), root_(root), size_(static_cast<std::int64_t>(code.image().pointer_size())), uses_(uses) {}

  // `reference` names the variable, or a slot of the loader that holds its address.
  void follow(const Reference& reference) {
    const auto first = code_.decode_one(reference.site);
    if (!first || first->written == kNoRegister || first->operands[0].width != size_) return;
    const bool itself = root_.kind == Value::Kind::kAddress && reference.target == root_.value;
    const bool loads = reference.kind == Reference::Kind::kLoad;
    if (!itself && !loads) return;
    const Value made = itself && loads ? root_.loaded() : root_;
    if (itself && loads && follow_one_register(*first)) return;
    Values values(code_.machine(), code_.image());
    set_frame(reference.site, values);
    values.set(first->written, made);
    std::size_t steps = 0;
    bool put_aside = false;
    explore(
        code_, first->end(), values, kMostBehindLoad,
        [&](const Instruction& one, const Values& known) {
          ++steps;
          note_all(one, known);
          put_aside = put_aside || puts_aside(one, known);
          return holds(one, known) ? Step::kGoOn : Step::kStop;
        },
        Switches::kCases);
    const FunctionRange* function = code_.function_at(reference.site);
    const bool followed = steps < kMostBehindLoad && !put_aside;
    if (followed || function == nullptr || !long_.insert(function->begin).second) return;
    // Too many ways to follow each, or a frame that is known from the function's beginning on: what all ways agree on.
    code_.function_values(reference.site).each([&](const Instruction& one, const Values& known) {
      note_all(one, known);
    });
  }

 private:
  // What is put aside below the frame pointer is found again there. Where the frame lies is not known, so that it gets
  // a place far away from the stack pointer's.
  void set_frame(std::uint64_t site, Values& values) const {
    constexpr std::size_t kPrologue = 8;
    constexpr std::uint64_t kFarAway = 0x1'0000'0000;
    const FunctionRange* function = code_.function_at(site);
    if (function == nullptr) return;
    const Machine& machine = code_.machine();
    for (const Instruction& one : code_.straight_from(function->begin, kPrologue)) {
      const bool copies = one.operation == Operation::kMove || one.operation == Operation::kLea;
      const bool from_stack = copies && one.operands[1].reg == machine.stack_pointer &&
                              (one.operation == Operation::kLea || one.operands[1].is_register());
      if (!from_stack || one.written == machine.stack_pointer || !machine.preserves(one.written)) continue;
      return values.set(one.written, {Value::Kind::kStack, 0, 0, 0, kFarAway});
    }
  }

  // The usual case, without following values: the register that was loaded is the base of a few accesses and is then
  // overwritten, in the same block. False when more happens to it.
  bool follow_one_register(const Instruction& load) {
    if (load.operation != Operation::kMove) return false;
    const Register reg = load.written;
    std::uint64_t at = load.end();
    constexpr int kLook = 12;
    struct Found {
      std::int64_t offset;
      std::int64_t pointers;
      std::uint64_t where;
    };
    std::vector<Found> found;
    const auto done = [&] {
      for (const Found& one : found) add(one.offset, one.pointers, one.where);
      return true;
    };
    for (int i = 0; i < kLook; ++i) {
      const auto one = code_.decode_one(at);
      if (!one || one->clobbers_all || one->conditional || one->piece != nullptr) return false;
      for (const Operand& operand : one->operands) {
        const bool base = operand.is_memory() && operand.reg == reg && operand.index == kNoRegister;
        if (base && one->operation == Operation::kLea) return false;  // an entry's address, by which it is taken later
        if (base && takes_pointer(*one, operand)) found.push_back({operand.value, pointers_in(*one, operand), at});
        const bool otherwise = !base && (operand.reg == reg || operand.index == reg);
        const bool only_written = otherwise && one->written == reg && &operand == &one->operands[0] &&
                                  (one->operation == Operation::kMove || one->operation == Operation::kLea ||
                                   one->operation == Operation::kZero);
        if (otherwise && !only_written) return false;
      }
      const bool gone = one->written == reg || one->also_written == reg ||
                        (one->operation == Operation::kCall && !code_.machine().preserves(reg)) ||
                        one->operation == Operation::kReturn;
      if (gone) return done();
      if (one->operation == Operation::kBranch || one->ends_block()) return false;
      at = one->end();
    }
    return false;
  }

  // Whether pointers are read from the operand: neither its address alone taken, nor something put there.
  bool takes_pointer(const Instruction& one, const Operand& operand) const {
    const bool written = one.operation == Operation::kMove && &operand == &one.operands[0];
    return operand.is_memory() && operand.width >= size_ && operand.width % size_ == 0 &&
           one.operation != Operation::kLea && !written;
  }

  // How many: vector registers and pairs of registers take several at once.
  std::int64_t pointers_in(const Instruction& one, const Operand& operand) const {
    return one.paired.kind != Operand::Kind::kNone ? 2 : operand.width / size_;
  }

  void note_all(const Instruction& one, const Values& known) {
    for (const Operand& operand : one.operands) {
      if (takes_pointer(one, operand)) note(known.address_of(operand), pointers_in(one, operand), one.address);
    }
  }

  // `address` is that of something in the table: the pointer to it plus a distance.
  void note(const Value& address, std::int64_t pointers, std::uint64_t where) {
    Value base = address;
    base.offset = 0;
    if (base == root_.loaded()) add(address.offset, pointers, where);
  }

  void add(std::int64_t offset, std::int64_t pointers, std::uint64_t where) {
    if (offset < 0 || offset % size_ != 0) return;
    for (std::int64_t slot = offset / size_;
         slot < offset / size_ + pointers && slot <= static_cast<std::int64_t>(kHighestSlot); ++slot) {
      const auto index = static_cast<std::uint32_t>(slot);
      ApiSlotUse& use = uses_[index];
      use.index = index;
      add_once(use.sites, where);
    }
  }

  bool leads(const Value& value) const {
    return value.kind == root_.kind && value.value == root_.value && value.loads <= 1;
  }

  // Whether some register still leads to the table after `one`.
  bool holds(const Instruction& one, const Values& values) const {
    Values behind = values;
    if (!one.ends_block()) behind.apply(one);
    return behind.any([&](const Value& value) { return leads(value); });
  }

  // Whether `one` puts what leads to the table into memory of which only the function's beginning tells where it is.
  bool puts_aside(const Instruction& one, const Values& values) const {
    const auto& [to, from] = one.operands;
    const bool stores = one.operation == Operation::kMove && to.is_memory() && from.is_register();
    return stores && leads(values.read(from)) && !values.address_of(to).known();
  }

  const Code& code_;
  Value root_;
  std::int64_t size_;
  std::set<std::uint64_t> long_;  // the functions read as a whole
  std::map<std::uint32_t, ApiSlotUse>& uses_;
};

// Where code names what lies at `address`: by its own place, or by a slot of the loader that leads there.
std::vector<Reference> references_of(const Code& code, std::uint64_t address) {
  std::vector<std::uint64_t> targets = code.slots_of_address(address);
  targets.push_back(address);
  std::sort(targets.begin(), targets.end());
  return code.references_to(targets);
}

bool can_run(const ModuleContext& context, const ApiSlotUse& use) {
  return std::any_of(use.sites.begin(), use.sites.end(), [&](std::uint64_t site) {
    return context.reachability.can_run(context.code.function_around(site));
  });
}

// Whether loading always comes to one of the uses. Of the first few only: following the callers of each takes long.
bool dies_while_loading(const ModuleContext& context, const std::vector<ApiSlotUse*>& uses) {
  constexpr std::size_t kMost = 8;
  std::set<std::uint64_t> sites;
  for (const ApiSlotUse* use : uses) {
    for (const std::uint64_t site : use->sites) {
      if (sites.size() == kMost) break;
      if (runs_at_import(context, site)) sites.insert(site);
    }
  }
  return always_comes_to(context, sites);
}

// The uses of a table that no import was seen to fill, if nothing else does.
void mark_unfilled(const ModuleContext& context, const TableVariable& variable,
                   std::map<std::uint32_t, ApiSlotUse>& uses) {
  std::vector<ApiSlotUse*> running;
  std::vector<ApiSlotUse*> idle;
  for (auto& [index, use] : uses) (can_run(context, use) ? running : idle).push_back(&use);
  if (filling_of(context, variable) != Filling::kNever) return;
  // Another module may call what only exported functions lead to, if it can fill the table too.
  for (ApiSlotUse* use : idle) {
    use->idle = true;
    use->unused = variable.shared_as.empty();
  }
  const bool at_once = variable.shared_as.empty() && dies_while_loading(context, running);
  for (ApiSlotUse* use : running) {
    if (variable.shared_as.empty()) {
      use->unfilled = true;
      use->while_loading = at_once;
    } else {
      use->through = {variable.shared_as};
    }
  }
}

// A use of a table that is filled only when another module calls an exported function; one is enough.
void mark_filled_from_outside(const ModuleContext& context, const TableVariable& variable,
                              std::map<std::uint32_t, ApiSlotUse>& uses) {
  const auto runs = [&](const auto& use) { return can_run(context, use.second); };
  const auto first = std::find_if(uses.begin(), uses.end(), runs);
  if (first != uses.end() && filling_of(context, variable, Exports::kIgnored) == Filling::kNever)
    first->second.filled_by = variable.by_exports;
}

// Those sites at which an import asks for the running version for itself, where it was merged into a function that uses
// the table as well: the read of the slot stands at the call, or before it with no other read of the slot between.
std::vector<std::uint64_t> without_imports(const Code& code, std::vector<std::uint64_t> sites, std::uint32_t slot,
                                           const OwnSlots& own) {
  std::vector<std::uint64_t> calls;
  for (const auto& [index, call] : own) {
    if (index == slot) calls.push_back(call);
  }
  if (calls.empty()) return sites;
  std::sort(calls.begin(), calls.end());
  std::sort(sites.begin(), sites.end());
  const std::vector<std::uint64_t> all = sites;
  std::erase_if(sites, [&](std::uint64_t site) {
    const auto call = std::lower_bound(calls.begin(), calls.end(), site);
    const auto next = std::upper_bound(all.begin(), all.end(), site);
    return call != calls.end() && (next == all.end() || *next > *call) &&
           code.function_around(site).begin == code.function_around(*call).begin;
  });
  return sites;
}

// Functions that look at the running version: what they take from above the declared target they take knowingly.
std::vector<std::uint64_t> guarded_functions(const ModuleContext& context,
                                             const std::vector<std::uint64_t>& runtime_versions, const OwnSlots& own,
                                             const std::map<std::uint32_t, ApiSlotUse>& uses) {
  std::vector<std::uint64_t> functions;
  for (const std::uint64_t variable : runtime_versions) {
    for (const Reference& reference : references_of(context.code, variable)) {
      const bool looks = reference.kind == Reference::Kind::kLoad || reference.kind == Reference::Kind::kLea;
      if (looks) functions.push_back(context.code.function_around(reference.site).begin);
    }
  }
  const auto asked = context.abi.feature_version_slot ? uses.find(*context.abi.feature_version_slot) : uses.end();
  if (asked != uses.end()) {
    for (const std::uint64_t site : without_imports(context.code, asked->second.sites, asked->first, own))
      functions.push_back(context.code.function_around(site).begin);
  }
  std::sort(functions.begin(), functions.end());
  return functions;
}

}  // namespace

void join(ApiSlotUse& into, const ApiSlotUse& from) {
  into.guarded = into.guarded && from.guarded;
  into.unfilled = into.unfilled || from.unfilled;
  into.while_loading = into.while_loading || from.while_loading;
  into.idle = into.idle && from.idle;
  into.unused = into.unused && from.unused;
  into.through.insert(into.through.end(), from.through.begin(), from.through.end());
  if (into.filled_by.empty()) into.filled_by = from.filled_by;
  if (into.name.empty()) into.name = from.name;
  std::vector<std::uint64_t> sites;
  std::set_union(into.sites.begin(), into.sites.end(), from.sites.begin(), from.sites.end(), std::back_inserter(sites));
  into.sites = std::move(sites);
}

std::map<std::uint32_t, ApiSlotUse> uses_through(const Code& code, const TableVariable& variable,
                                                 const std::vector<Reference>& references) {
  const Value root =
      variable.elsewhere ? Value{Value::Kind::kSymbol, 0, 0, 0, variable.address} : Value::address(variable.address);
  std::map<std::uint32_t, ApiSlotUse> uses;
  Tracker tracker(code, root, uses);
  for (const Reference& reference : references) tracker.follow(reference);
  return uses;
}

std::vector<ApiSlotUse> find_slot_uses(const ModuleContext& context, const std::vector<TableVariable>& variables,
                                       const std::vector<std::uint64_t>& runtime_versions, const OwnSlots& own) {
  std::map<std::uint32_t, ApiSlotUse> uses[2];
  for (const TableVariable& variable : variables) {
    std::map<std::uint32_t, ApiSlotUse> here =
        uses_through(context.code, variable, references_of(context.code, variable.address));
    if (!variable.filled) mark_unfilled(context, variable, here);
    if (!variable.by_exports.empty()) mark_filled_from_outside(context, variable, here);
    for (auto& [index, use] : here) {
      std::sort(use.sites.begin(), use.sites.end());
      const auto [known, first] = uses[static_cast<int>(variable.table)].try_emplace(index, use);
      if (!first) join(known->second, use);
    }
  }
  const std::vector<std::uint64_t> guarded = guarded_functions(context, runtime_versions, own, uses[0]);
  std::vector<ApiSlotUse> all;
  for (int table = 0; table < 2; ++table) {
    for (auto& [index, use] : uses[table]) {
      use.table = static_cast<CapsuleImport::Table>(table);
      // An import's own calls are told by what it is.
      const bool array = use.table == CapsuleImport::Table::kArray;
      const std::vector<std::uint64_t> sites =
          array ? without_imports(context.code, use.sites, use.index, own) : use.sites;
      use.guarded = std::all_of(sites.begin(), sites.end(), [&](std::uint64_t site) {
        return std::binary_search(guarded.begin(), guarded.end(), context.code.function_around(site).begin);
      });
      all.push_back(std::move(use));
    }
  }
  return all;
}

}  // namespace abicheck
