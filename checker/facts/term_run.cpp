#include "facts/term_run.h"
#include "base/text.h"

#include <algorithm>
#include <array>

namespace abicheck {

namespace {

using Kind = RootOf::Kind;

constexpr int kMostVisits = 12;             // of one block
constexpr std::uint64_t kMostCopied = 512;  // bytes of a memcpy or memset that are followed
constexpr std::uint64_t kMostCases = 250;
constexpr std::size_t kArgumentsLookedAt = 6;

bool allocates(std::string_view name) {
  return is_one_of(name, {"_Znwm", "_Znam", "malloc", "_ZnwmRKSt9nothrow_t", "_Znwj", "??2@YAPEAX_K@Z"});
}

// `ret n` of 32-bit x86: the callee takes its arguments off the stack, or the address of what it returns.
std::int64_t taken_off(const Instruction& one) {
  return one.operands[0].is_immediate() ? one.operands[0].value : 0;
}

// Functions that change nothing that is followed.
bool harmless(std::string_view name) {
  return is_one_of(name, {"_ZdlPv", "_ZdlPvm", "_ZdaPv", "free", "__cxa_guard_acquire", "__cxa_guard_release",
                          "__tls_get_addr", "??3@YAXPEAX_K@Z"}) ||
         name.starts_with("Py") || name.starts_with("_Py");
}

}  // namespace

struct TermRun::Invocation {
  std::uint64_t function;
  int depth;
  Chain chain;
  struct Head {
    TermState state;
    int visits = 0;
  };
  // What holds where blocks begin that were met. Where ways meet that have set a register to 0 and to 1, they are
  // followed apart: the register says which way was gone to whoever is given it.
  std::unordered_map<std::uint64_t, std::vector<Head>> heads;
  std::set<std::pair<std::uint64_t, std::size_t>> work;
  std::vector<TermState> left;
  std::int64_t popped = 0;  // bytes of arguments that it takes off the stack
};

TermRun::TermRun(const Code& code, const CallGraph& calls, InstructionCache& cache, const TermWorld& world,
                 TermListener& listener, TermRunOptions options)
    : code_(code), calls_(calls), cache_(cache), world_(world), listener_(listener), options_(std::move(options)) {}

std::vector<TermState> TermRun::follow(std::uint64_t function) {
  return follow(function, TermState::at_entry(world_), 0, 0);
}

std::vector<TermState> TermRun::follow(std::uint64_t function, TermState state, int depth, Chain chain) {
  Invocation in{function, depth, chain, {}, {}, {}, 0};
  active_.insert(function);
  entered_.insert(function);
  flow(in, function, std::move(state));
  while (!in.work.empty() && !over_) {
    const auto [begin, which] = *in.work.begin();
    in.work.erase(in.work.begin());
    Invocation::Head& head = in.heads.at(begin)[which];
    if (++head.visits <= kMostVisits) follow_block(in, begin, begin, head.state);
  }
  active_.erase(function);
  popped_ = in.popped;
  return std::move(in.left);
}

void TermRun::flow(Invocation& in, std::uint64_t to, TermState&& state) {
  std::vector<Invocation::Head>& heads = in.heads[to];
  const std::size_t most = in.depth > 0 ? 2 : 1;
  std::size_t which = 0;
  while (which < heads.size() && heads[which].state.disagrees(state)) ++which;
  if (which == heads.size() && which < most) {
    heads.push_back({std::move(state), 0});
    in.work.insert({to, which});
    return;
  }
  which = std::min(which, heads.size() - 1);
  if (heads[which].state.meet(world_, state, to, in.chain)) in.work.insert({to, which});
}

void TermRun::leave(Invocation& in, const TermState& state) {
  const auto truth = [&](const TermState& one) {
    const Term& result = one[world_.machine.result];
    return result == Term::number(0) || result == Term::number(1) ? result.offset : -1;
  };
  for (TermState& left : in.left) {
    if (truth(left) != truth(state)) continue;
    left.meet(world_, state, ~in.function, in.chain);
    return;
  }
  in.left.push_back(state);
}

// From `at` in the block that begins at `begin`.
void TermRun::follow_block(Invocation& in, std::uint64_t begin, std::uint64_t at, TermState state) {
  std::uint64_t table = 0;
  for (;;) {
    if (at != begin && in.heads.count(at) != 0) return flow(in, at, std::move(state));
    const Instruction* one = cache_.at(at);
    if (one == nullptr) return;
    if (++steps_ > options_.steps) over_ = true;
    if (over_) return;
    listener_.met(*one, state, in.chain);
    for (const Operand& operand : one->operands) {
      if (!operand.is_memory() || operand.index == kNoRegister || operand.width != 4) continue;
      Operand base = operand;
      base.index = kNoRegister;
      const Term entries = state.address_of(world_, base);
      if (entries.is_number()) table = static_cast<std::uint64_t>(entries.offset);
    }
    at = one->end();
    switch (one->operation) {
      case Operation::kReturn:
        in.popped = taken_off(*one);
        return leave(in, state);
      case Operation::kTrap:
        return;
      case Operation::kJump:
        return jump(in, *one, state, table);
      case Operation::kBranch: {
        const std::optional<bool> taken = state.holds(world_, *one);
        if (!taken || *taken) {
          TermState there = state;
          if (!taken) there.note_branch(world_, *one, true, in.chain);
          branch(in, *one, std::move(there));
        }
        if (taken && *taken) return;
        if (!taken) state.note_branch(world_, *one, false, in.chain);
        return flow(in, at, std::move(state));
      }
      case Operation::kCall: {
        std::vector<TermState> others;
        if (call(in, *one, state, others) == After::kNever) return;
        for (TermState& other : others) follow_block(in, begin, at, std::move(other));
        break;
      }
      default:
        state.apply(world_, *one, in.chain);
    }
  }
}

// A branch that is taken.
void TermRun::branch(Invocation& in, const Instruction& one, TermState&& state) {
  if (one.target != 0) {
    flow(in, one.target, std::move(state));
  } else if (one.operands[1].is_memory()) {
    lost_ = true;  // a switch of ARM
  } else {
    leave(in, state);  // beqlr, popeq {pc}
  }
}

void TermRun::jump(Invocation& in, const Instruction& one, TermState& state, std::uint64_t table) {
  const Callee to = callee_of(one, state);
  const FunctionRange* function = to.own == 0 ? nullptr : code_.function_at(to.own);
  const bool begins = function != nullptr && function->begin == to.own && to.own != in.function;
  const bool own_block =
      one.target != 0 && to.import.empty() && !(begins && !enterable(to.own, in.depth) && calls_.is_called(to.own));
  if (own_block) {
    flow(in, to.own == 0 ? one.target : to.own, std::move(state));
  } else if (!to.import.empty() || to.own != 0 || to.member) {
    std::vector<TermState> others;
    if (call(in, one, state, others) == After::kGoesOn) others.push_back(std::move(state));
    in.popped = popped_by(to.own);
    for (const TermState& left : others) leave(in, left);
  } else {
    follow_cases(in, one, state, table);
  }
}

void TermRun::follow_cases(Invocation& in, const Instruction& one, const TermState& state, std::uint64_t table) {
  const FunctionRange* function = code_.function_at(one.address);
  std::set<std::uint64_t> cases;
  for (std::uint64_t i = 0; table != 0 && function != nullptr && i < kMostCases; ++i) {
    const auto distance = world_.image.read_u32(table + 4 * i);
    if (!distance) break;
    const std::uint64_t target = table + static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(*distance)});
    if (!function->holds(target)) break;
    cases.insert(target);
  }
  for (const std::uint64_t target : cases) flow(in, target, TermState(state));
  if (!cases.empty()) return;
  leave(in, state);  // a call of what is not known, most likely
  lost_ |= one.operands[0].is_register() && table != 0;
}

TermRun::Callee TermRun::callee_of(const Instruction& one, const TermState& state) const {
  Callee callee;
  if (one.target != 0) {
    const Value stub = code_.stub_target(one.target);
    if (stub.is_symbol()) {
      if (const auto name = code_.symbol_in_slot(stub.value)) callee.import = *name;
    } else {
      callee.own = stub.is_address() ? stub.value : one.target;
    }
    return callee;
  }
  const Term to = state.read(world_, one.operands[0]);
  if (to.is_number()) callee.own = static_cast<std::uint64_t>(to.offset);
  const RootOf& root = world_.terms.of(to);
  if (root.kind == Kind::kSymbol) {
    if (const auto name = code_.symbol_in_slot(root.place)) callee.import = *name;
  }
  if (root.kind == Kind::kMember) callee.member = static_cast<std::uint32_t>(root.place);
  return callee;
}

// By the first return of a function that is not followed.
std::int64_t TermRun::popped_by(std::uint64_t function) const {
  const FunctionRange* range = world_.machine.argument_count == 0 ? code_.function_at(function) : nullptr;
  if (range == nullptr || range->begin != function) return 0;
  for (const Instruction& one : code_.function_code(*range)) {
    if (one.operation == Operation::kReturn) return taken_off(one);
  }
  return 0;
}

bool TermRun::enterable(std::uint64_t function, int depth) const {
  if (active_.count(function) != 0 || depth >= options_.depth) return false;
  if (options_.enter.count(function) != 0) return true;
  const FunctionRange* range = code_.function_at(function);
  return range != nullptr && range->begin == function && range->end - range->begin <= options_.small;
}

TermRun::After TermRun::call_import(const Invocation& in, std::string_view name, const Instruction& one,
                                    TermState& state) {
  listener_.import_called(name, one, state);
  if (never_returns(name)) return After::kNever;
  const Term first = state.argument(world_, 0);
  const Term second = state.argument(world_, 1);
  const Term third = state.argument(world_, 2);
  Term result = world_.terms.result(one.address, in.chain);
  const std::uint8_t size = world_.machine.pointer_size;
  const bool few = third.is_number() && static_cast<std::uint64_t>(third.offset) <= kMostCopied;
  if (allocates(name)) {
    result = world_.terms.term({Kind::kHeap, 0, 0, in.chain, 0, one.address});
  } else if (name == "PyCapsule_GetPointer") {
    result = world_.terms.term({Kind::kTable});
  } else if (is_one_of(name, {"memcpy", "memmove", "__memcpy_chk"})) {
    for (std::int64_t k = 0; few && k + size <= third.offset; k += size)
      state.store(world_, first.plus(k), size, state.load(world_, second.plus(k), size));
    result = first;
  } else if (name == "memset") {
    const bool zero = second.is_number() && (second.offset & 0xff) == 0;
    for (std::int64_t k = 0; few && k + size <= third.offset; k += size)
      state.store(world_, first.plus(k), size, zero ? Term::number(0) : Term{});
    result = first;
  } else if (!harmless(name)) {
    state.forget_handed_over(world_, one.address, in.chain, name.starts_with("_Z") ? 1 : 2);
  }
  state.forget_scratch(world_);
  state.set(world_.machine.result, result);
  return After::kGoesOn;
}

TermRun::After TermRun::enter(Invocation& in, const Instruction& one, std::uint64_t function, TermState& state,
                              std::vector<TermState>& others) {
  TermState inner = state;
  const Register sp = world_.machine.stack_pointer;
  if (!world_.machine.return_register && one.operation == Operation::kCall)
    inner.set(sp, inner[sp].plus(-std::int64_t{world_.machine.pointer_size}));
  std::vector<TermState> left =
      follow(function, std::move(inner), in.depth + 1, world_.terms.chain(one.address, in.chain));
  if (left.empty()) return After::kNever;
  state.set(sp, state[sp].plus(popped_));
  const auto behind = [&](TermState before, TermState& inside) {
    before.come_back_from(world_, std::move(inside));
    return before;
  };
  for (std::size_t i = 1; i < left.size(); ++i) others.push_back(behind(state, left[i]));
  state = behind(std::move(state), left.front());
  return After::kGoesOn;
}

TermRun::After TermRun::call(Invocation& in, const Instruction& one, TermState& state, std::vector<TermState>& others) {
  if (one.operation == Operation::kCall && one.piece != nullptr) {
    for (const Instruction& inner : one.piece->code) {
      listener_.met(inner, state, in.chain);
      state.apply(world_, inner, in.chain);
    }
    if (one.piece->returns()) return After::kGoesOn;
  }
  const Instruction& leads = one.operation == Operation::kCall && one.piece != nullptr ? one.piece->last : one;
  const Callee to = callee_of(leads, state);
  if (to.member) {
    const Term result = listener_.member_called(*to.member, one, state, in.chain);
    state.forget_scratch(world_);
    state.set(world_.machine.result, result);
    return After::kGoesOn;
  }
  if (!to.import.empty()) return call_import(in, to.import, one, state);
  const bool getter = options_.getters != nullptr && options_.getters->count(to.own) != 0;
  if (to.own != 0 && !getter && enterable(to.own, in.depth)) return enter(in, one, to.own, state, others);
  if (to.own != 0 && !getter) listener_.own_called(to.own, one, state);
  if (!getter) state.forget_handed_over(world_, one.address, in.chain, kArgumentsLookedAt);
  state.forget_scratch(world_);
  const Register sp = world_.machine.stack_pointer;
  if (to.own != 0) state.set(sp, state[sp].plus(popped_by(to.own)));
  state.set(world_.machine.result,
            getter ? Term::number(options_.variable) : world_.terms.result(one.address, in.chain));
  return After::kGoesOn;
}

}  // namespace abicheck
