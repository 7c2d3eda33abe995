#include "facts/pybind_api.h"

#include <algorithm>
#include <map>
#include <set>

#include "facts/flow.h"

namespace abicheck {

namespace {

using Kind = RootOf::Kind;

constexpr std::uint64_t kLongestLookup = 20000;  // bytes; npy_api::get() with lookup() inlined into its user
constexpr std::uint64_t kLongestGetter = 6000;
constexpr std::size_t kFewestMembers = 8;  // pybind11 has 16 or more; less is some other structure

// Hears what runs do not need to be told.
class Deaf : public TermListener {
 public:
  void met(const Instruction&, const TermState&, Chain) override {}
  Term member_called(std::uint32_t, const Instruction&, TermState&, Chain) override { return {}; }
  void import_called(std::string_view, const Instruction&, const TermState&) override {}
  void own_called(std::uint64_t target, const Instruction&, const TermState& state) override {
    if (target == awaited && world != nullptr) handed.push_back(state);
  }
  std::uint64_t awaited = 0;
  const TermWorld* world = nullptr;
  std::vector<TermState> handed;  // what held where the awaited function was called
};

using Seen = std::unordered_map<Term, std::vector<Term>, TermHash>;

class ApiFinder {
 public:
  ApiFinder(const ModuleContext& context, const CallGraph& calls, InstructionCache& cache)
      : context_(context), code_(context.code), calls_(calls), cache_(cache) {}

  PybindApi find() {
    for (const std::uint64_t function : lookups()) look_at(function);
    if (api_.members.empty()) {
      api_.unknown_because = "pybind11's copy of NumPy's table was not found";
      return std::move(api_);
    }
    const auto by_address = [](const auto& a, const auto& b) { return a.first < b.first; };
    const auto [first, last] = std::minmax_element(api_.members.begin(), api_.members.end(), by_address);
    api_.begin = first->first;
    api_.end = last->first + code_.machine().pointer_size;
    find_users();
    return std::move(api_);
  }

 private:
  // The functions that take the capsule and read the entry by which lookup() asks for the version.
  std::vector<std::uint64_t> lookups() const {
    std::set<std::uint64_t> found;
    const auto& slot = context_.abi.feature_version_slot;
    if (!slot) return {};
    const auto distance = std::int64_t{*slot} * code_.machine().pointer_size;
    for (const Reference& reference : code_.references_to_symbol("PyCapsule_GetPointer")) {
      const FunctionRange* function = code_.function_at(reference.site);
      if (function == nullptr || function->end - function->begin > kLongestLookup) continue;
      for (const Instruction& one : code_.function_code(*function)) {
        for (const Operand& operand : one.operands) {
          if (!operand.absolute && operand.value == distance && !operand.is_register()) found.insert(function->begin);
        }
      }
    }
    return {found.begin(), found.end()};
  }

  // Entries of the table that were put somewhere: below `root` when it is given, else at addresses.
  static std::map<std::int64_t, std::uint32_t> stored(const Terms& terms, const Seen& seen, Root root, int size) {
    std::map<std::int64_t, std::uint32_t> slots;
    for (const auto& [value, places] : seen) {
      const RootOf& from = terms.of(value);
      const bool entry = value.offset == 0 && from.kind == Kind::kLoad && terms.of(from.base).kind == Kind::kTable;
      if (!entry || from.offset < 0 || from.offset % size != 0) continue;
      for (const Term& place : places) {
        if (place.root == root) slots[place.offset] = static_cast<std::uint32_t>(from.offset / size);
      }
    }
    return slots;
  }

  void take(const std::map<std::int64_t, std::uint32_t>& slots, std::uint64_t base) {
    for (const auto& [offset, slot] : slots) api_.members[base + static_cast<std::uint64_t>(offset)] = slot;
  }

  void look_at(std::uint64_t function) {
    Terms terms;
    Seen seen;
    const TermWorld world{code_.machine(), code_.image(), terms, no_members_, false, &seen};
    Deaf listener;
    TermRun run(code_, calls_, cache_, world, listener, {.steps = 30000, .depth = 2, .small = 300});
    run.follow(function);
    const int size = code_.machine().pointer_size;
    const Root addresses = Term::number(0).root;
    if (const auto slots = stored(terms, seen, addresses, size); slots.size() >= kFewestMembers) return take(slots, 0);
    // The structure is returned through an address that the caller hands over.
    std::set<Root> roots;
    for (const auto& [value, places] : seen) {
      for (const Term& place : places) {
        const Kind kind = terms.of(place).kind;
        if (kind == Kind::kParameter || kind == Kind::kEntry) roots.insert(place.root);
      }
    }
    for (const Root root : roots) {
      const auto slots = stored(terms, seen, root, size);
      if (slots.size() >= kFewestMembers) take_from_callers(function, terms.of(root), slots);
    }
  }

  void take_from_callers(std::uint64_t lookup, const RootOf& handed,
                         const std::map<std::int64_t, std::uint32_t>& slots) {
    for (const std::uint64_t caller : calls_.callers_of(lookup)) {
      Terms terms;
      Seen seen;
      const TermWorld world{code_.machine(), code_.image(), terms, no_members_, false, &seen};
      Deaf listener;
      listener.awaited = lookup;
      listener.world = &world;
      TermRun run(code_, calls_, cache_, world, listener, {.steps = 60000, .depth = 2, .small = 300});
      run.follow(caller);
      bool taken = false;
      for (const TermState& state : listener.handed) {
        const Term base = handed.kind == Kind::kEntry ? state[static_cast<Register>(handed.place)]
                                                      : state.argument(world, handed.place);
        if (base.is_number()) take(slots, static_cast<std::uint64_t>(base.offset));
        taken |= base.is_number();
      }
      if (!taken) take_copied(caller, slots);
    }
  }

  // The caller has the structure on its stack and copies it from there. Where to, any member of the copy tells.
  void take_copied(std::uint64_t caller, const std::map<std::int64_t, std::uint32_t>& slots) {
    Terms terms;
    Seen seen;
    const TermWorld world{code_.machine(), code_.image(), terms, no_members_, false, &seen};
    Deaf listener;
    TermRun run(code_, calls_, cache_, world, listener, {.steps = 60000, .depth = 2, .small = kLongestGetter});
    run.follow(caller);
    const auto copied = stored(terms, seen, Term::number(0).root, code_.machine().pointer_size);
    std::set<std::int64_t> bases;
    for (const auto& [address, slot] : copied) {
      for (const auto& [offset, original] : slots) {
        if (original == slot) bases.insert(address - offset);
      }
    }
    if (copied.size() >= kFewestMembers && bases.size() == 1) take(slots, static_cast<std::uint64_t>(*bases.begin()));
  }

  void find_users() {
    std::set<std::uint64_t> users;
    std::set<std::uint64_t> may_return;
    std::vector<std::uint64_t> targets = code_.slots_of_address(api_.begin);
    std::sort(targets.begin(), targets.end());
    const auto add = [&](const Reference& reference) {
      const FunctionRange* function = code_.function_at(reference.site);
      if (function == nullptr) return;
      users.insert(function->begin);
      const bool address = (reference.kind == Reference::Kind::kLea && reference.target == api_.begin) ||
                           std::binary_search(targets.begin(), targets.end(), reference.target);
      if (address && function->end - function->begin <= kLongestGetter) may_return.insert(function->begin);
    };
    for (const Reference& reference : code_.references_within(api_.begin, api_.end)) add(reference);
    for (const Reference& reference : code_.references_to(targets)) add(reference);
    api_.users.assign(users.begin(), users.end());
    for (const std::uint64_t function : may_return) {
      if (calls_.is_called(function) && returns_address(function)) api_.getters.insert(function);
    }
  }

  bool returns_address(std::uint64_t function) {
    Terms terms;
    const TermWorld world{code_.machine(), code_.image(), terms, api_.members};
    Deaf listener;
    TermRun run(code_, calls_, cache_, world, listener, {.steps = 4000, .depth = 1, .small = 100});
    const std::vector<TermState> left = run.follow(function);
    return left.size() == 1 && left.front()[code_.machine().result] == Term::number(api_.begin);
  }

  const ModuleContext& context_;
  const Code& code_;
  const CallGraph& calls_;
  InstructionCache& cache_;
  PybindApi api_;
  const std::unordered_map<std::uint64_t, std::uint32_t> no_members_;
};

}  // namespace

PybindApi find_pybind_api(const ModuleContext& context, const CallGraph& calls, InstructionCache& cache) {
  return ApiFinder(context, calls, cache).find();
}

namespace {

// Entries that are taken out of the structure, collected by following its address.
class SlotCollector {
 public:
  // `asked_by_lookup`: the entry that lookup() calls when it has put it into the structure.
  SlotCollector(const Code& code, const PybindApi& api, const std::optional<std::uint32_t>& asked_by_lookup)
      : code_(code), api_(api), asked_by_lookup_(asked_by_lookup) {}

  void add(const Value& address, std::uint64_t site) {
    const auto member = address.is_address() ? api_.members.find(address.value) : api_.members.end();
    if (member != api_.members.end() && member->second != asked_by_lookup_) uses_[member->second].insert(site);
  }

  // Throughout the function that holds `site`, as far as its ways agree on where the address is.
  void search(std::uint64_t site) {
    code_.function_values(site).each([&](const Instruction& one, const Values& known) {
      for (const Operand& operand : one.operands) {
        if (reads(one, operand)) add(known.address_of(operand), one.address);
      }
    });
  }

  // From `start` on, where `values` have the address.
  void follow(std::uint64_t start, const Values& values) {
    constexpr std::size_t kMost = 250;  // instructions
    explore(code_, start, values, kMost, [&](const Instruction& one, const Values& known) {
      for (const Operand& operand : one.operands) {
        if (reads(one, operand)) add(known.address_of(operand), one.address);
      }
      Values behind = known;
      if (!one.ends_block()) behind.apply(one);
      const bool holds = behind.any([&](const Value& value) { return value == Value::address(api_.begin); });
      return holds ? Step::kGoOn : Step::kStop;
    });
  }

  std::vector<ApiSlotUse> found() const {
    std::vector<ApiSlotUse> found;
    for (const auto& [slot, sites] : uses_) {
      ApiSlotUse use;
      use.index = slot;
      use.sites.assign(sites.begin(), sites.end());
      found.push_back(std::move(use));
    }
    return found;
  }

 private:
  bool reads(const Instruction& one, const Operand& operand) const {
    const bool stores = one.operation == Operation::kMove || one.lanes[0].from != Lane::From::kUnknown;
    const bool written = stores && &operand == &one.operands[0];
    const bool forms = one.operation == Operation::kLea || one.operation == Operation::kPage;
    return operand.is_memory() && operand.width == code_.machine().pointer_size && !forms && !written;
  }

  const Code& code_;
  const PybindApi& api_;
  std::optional<std::uint32_t> asked_by_lookup_;
  std::map<std::uint32_t, std::set<std::uint64_t>> uses_;
};

// Whether the register holds what was loaded from an object, and nothing says that it ever holds this address in the
// function. What comes from the stack may be the address that was put aside there.
bool holds_loaded(const Code& code, std::uint64_t site, Register reg, std::uint64_t address) {
  bool held = false;
  std::optional<Instruction> last;  // that writes it in front of the site
  code.function_values(site).each([&](const Instruction& one, const Values& known) {
    held |= known[reg] == Value::address(address);
    if (one.written == reg && one.address < site && (!last || last->address < one.address)) last = one;
  });
  if (held || !last || last->operation != Operation::kMove || !last->operands[1].is_memory()) return false;
  const Operand& from = last->operands[1];
  const Value place = code.values_in_function(last->address).address_of(from);
  return from.reg != code.machine().stack_pointer && place.kind != Value::Kind::kStack;
}

// Whether a load that would lead to a member from the GOT does so from another place: in NumPy's own table, say, whose
// entries stand as far behind its beginning, or in any large object.
bool is_elsewhere(const Code& code, const Reference& reference) {
  const auto one = code.image().counts_from_register() ? code.decode_one(reference.site) : std::nullopt;
  if (!one) return false;
  const Values values = code.values_in_function(reference.site);
  return std::any_of(one->operands.begin(), one->operands.end(), [&](const Operand& operand) {
    if (!operand.is_memory()) return false;
    const Value address = values.address_of(operand);
    if (address.known()) return address != Value::address(reference.target);
    const std::uint64_t from = reference.target - static_cast<std::uint64_t>(operand.value);
    return operand.reg != kNoRegister && operand.index == kNoRegister &&
           holds_loaded(code, reference.site, operand.reg, from);
  });
}

}  // namespace

std::vector<ApiSlotUse> find_pybind_slots(const ModuleContext& context, const PybindApi& api, const CallGraph& calls) {
  const Code& code = context.code;
  SlotCollector collector(code, api, context.abi.feature_version_slot);
  // What is known of the frame tells where the address is put aside.
  const auto follow_from = [&](std::uint64_t site) { collector.follow(site, code.values_in_function(site)); };
  for (const Reference& reference : code.references_within(api.begin, api.end)) {
    const bool loads = reference.kind == Reference::Kind::kLoad || reference.kind == Reference::Kind::kCallThrough ||
                       reference.kind == Reference::Kind::kJumpThrough;
    if (loads && !is_elsewhere(code, reference)) collector.add(Value::address(reference.target), reference.site);
    if (reference.kind == Reference::Kind::kLea && reference.target == api.begin) follow_from(reference.site);
  }
  for (const std::uint64_t user : api.users) collector.search(user);
  std::vector<std::uint64_t> slots = code.slots_of_address(api.begin);
  std::sort(slots.begin(), slots.end());
  for (const Reference& reference : code.references_to(slots)) follow_from(reference.site);
  const auto follow_behind = [&](const Instruction& call) {
    Values values = code.values_in_function(call.end());
    values.set(code.machine().result, Value::address(api.begin));
    collector.follow(call.end(), values);
  };
  for (const std::uint64_t getter : api.getters) {
    for (const std::uint64_t caller : calls.callers_of(getter)) {
      for (const Instruction& one : code.function_code(*code.function_at(caller))) {
        if (one.operation == Operation::kCall && one.target != 0 && code.own_target(one) == getter) follow_behind(one);
      }
    }
  }
  return collector.found();
}

}  // namespace abicheck
