// What a run through code says of NumPy's descriptors: which values are descriptors and arrays, where their members are
// read, and which arrays are made of them.
#pragma once

#include <map>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "facts/term_run.h"
#include "model/numpy_release.h"

namespace abicheck {

class DescriptorWatch : public TermListener {
 public:
  DescriptorWatch(const TermWorld& world, const KnownAbi& abi, const OldStructures& structures);

  void met(const Instruction& one, const TermState& state, Chain chain) override;
  Term member_called(std::uint32_t slot, const Instruction& call, TermState& state, Chain chain) override;
  void import_called(std::string_view name, const Instruction& call, const TermState& state) override;
  void own_called(std::uint64_t target, const Instruction&, const TermState&) override { passed_.insert(target); }

  // At one instruction, under one chain of calls.
  using Place = std::pair<std::uint64_t, Chain>;
  struct Read {
    const OldStructures::Member* member = nullptr;
    Term descriptor;  // what it would be a member of
    bool sign_extended = false;
    bool compared = false;
    std::vector<TermState::Equality> equalities;
  };
  struct NewArray {
    Chain chain = 0;
    Term descriptor;
    std::optional<std::int64_t> extents;  // how many
    std::vector<Term> extent;             // the first of them
    Term extents_at;
  };
  const std::map<Place, Read>& reads() const { return reads_; }
  const std::map<Place, NewArray>& arrays_made() const { return made_; }
  bool is_descriptor(const Term& term) const { return descriptors_.count(term) != 0; }
  // Functions that were called and not entered.
  const std::unordered_set<std::uint64_t>& passed_by() const { return passed_; }
  bool is_array(const Term& term) const { return arrays_.count(term) != 0; }

 private:
  void type_compared(const Term& type, const Term& with);
  bool is_member(const Term& term, std::string_view name) const;

  const TermWorld& world_;
  const KnownAbi& abi_;
  const OldStructures& structures_;
  std::map<Place, Read> reads_;
  std::map<Place, NewArray> made_;
  std::unordered_set<Term, TermHash> descriptors_;
  std::unordered_set<Term, TermHash> arrays_;
  std::unordered_set<std::uint64_t> passed_;
};

}  // namespace abicheck
