// Following code as terms from one function on, through branches until nothing changes any more and into functions that
// it calls: the small ones, and those that are asked for.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "facts/call_graph.h"
#include "facts/code.h"
#include "facts/term_state.h"

namespace abicheck {

// Decoded instructions, kept from one run to the next.
class InstructionCache {
 public:
  explicit InstructionCache(const Code& code) : code_(code) {}
  const Instruction* at(std::uint64_t address) {
    const auto [entry, fresh] = cache_.try_emplace(address);
    if (fresh) entry->second = code_.decode_one(address);
    return entry->second ? &*entry->second : nullptr;
  }

 private:
  const Code& code_;
  std::unordered_map<std::uint64_t, std::optional<Instruction>> cache_;
};

// Is told what a run meets. A place is met again when more is found out about the ways to it; what is said last counts.
class TermListener {
 public:
  virtual ~TermListener() = default;
  // In front of each instruction.
  virtual void met(const Instruction& one, const TermState& state, Chain chain) = 0;
  // A call of an entry of NumPy's table; the value is its result.
  virtual Term member_called(std::uint32_t slot, const Instruction& call, TermState& state, Chain chain) = 0;
  // A call of what other libraries define, before it is taken account of.
  virtual void import_called(std::string_view name, const Instruction& call, const TermState& state) = 0;
  // A call of an own function that is not entered.
  virtual void own_called(std::uint64_t target, const Instruction& call, const TermState& state) = 0;
};

struct TermRunOptions {
  std::size_t steps = 0;               // instructions at most
  int depth = 0;                       // calls within calls
  std::uint64_t small = 0;             // functions of so many bytes are entered
  std::set<std::uint64_t> enter = {};  // and these
  // Functions that return the address of a variable, and which.
  const std::unordered_set<std::uint64_t>* getters = nullptr;
  std::uint64_t variable = 0;
};

class TermRun {
 public:
  TermRun(const Code& code, const CallGraph& calls, InstructionCache& cache, const TermWorld& world,
          TermListener& listener, TermRunOptions options);

  // From the beginning of a function. What holds where it returns: apart for each small number that it returns, as a
  // truth says whether something else was done. Empty when it does not return.
  std::vector<TermState> follow(std::uint64_t function);

  bool complete() const { return !over_; }
  // Whether a jump led to where was not found.
  bool lost_a_jump() const { return lost_; }
  std::size_t steps() const { return steps_; }
  const std::set<std::uint64_t>& entered() const { return entered_; }

 private:
  struct Invocation;
  struct Callee {
    std::string_view import;
    std::uint64_t own = 0;
    std::optional<std::uint32_t> member;
  };
  enum class After { kGoesOn, kNever };

  std::vector<TermState> follow(std::uint64_t function, TermState state, int depth, Chain chain);
  void follow_block(Invocation& in, std::uint64_t begin, std::uint64_t at, TermState state);
  void branch(Invocation& in, const Instruction& one, TermState&& state);
  void jump(Invocation& in, const Instruction& one, TermState& state, std::uint64_t table);
  // `others`: what holds behind it besides, where the function that was entered returns other numbers.
  After call(Invocation& in, const Instruction& one, TermState& state, std::vector<TermState>& others);
  After enter(Invocation& in, const Instruction& one, std::uint64_t function, TermState& state,
              std::vector<TermState>& others);
  After call_import(const Invocation& in, std::string_view name, const Instruction& one, TermState& state);
  Callee callee_of(const Instruction& one, const TermState& state) const;
  void flow(Invocation& in, std::uint64_t to, TermState&& state);
  void leave(Invocation& in, const TermState& state);
  void follow_cases(Invocation& in, const Instruction& one, const TermState& state, std::uint64_t table);
  bool enterable(std::uint64_t function, int depth) const;
  std::int64_t popped_by(std::uint64_t function) const;

  const Code& code_;
  const CallGraph& calls_;
  InstructionCache& cache_;
  const TermWorld& world_;
  TermListener& listener_;
  TermRunOptions options_;
  std::size_t steps_ = 0;
  bool over_ = false;
  bool lost_ = false;
  std::int64_t popped_ = 0;  // by the function that was followed last
  std::set<std::uint64_t> entered_;
  std::set<std::uint64_t> active_;
};

}  // namespace abicheck
