// Symbolic values of any depth: what was loaded through what a function was handed, what a call returned, where two
// ways met. Values (values.h) say what a register holds as long as few loads lead there; following a structure from
// hand to hand through several functions needs more, and only then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace abicheck {

// What a value counts from: an entry of a table that holds each once. Two values with the same root differ by a known
// number; of two with different roots nothing is known.
using Root = std::uint32_t;

// The calls that lead to a piece of code from where following began: an entry of the same table.
using Chain = std::uint32_t;

struct Term {
  Root root = 0;
  std::int64_t offset = 0;

  bool operator==(const Term&) const = default;
  bool known() const { return root != 0; }
  bool is_number() const { return root == 1; }
  bool is_stack() const { return root == 2; }
  // Of a number: its lowest `width` bytes.
  std::uint64_t bits(std::uint8_t width = 8) const {
    const auto whole = static_cast<std::uint64_t>(offset);
    return width != 0 && width < 8 ? whole & ((std::uint64_t{1} << 8 * width) - 1) : whole;
  }
  Term plus(std::int64_t distance) const {
    if (!known()) return {};
    return {root, static_cast<std::int64_t>(static_cast<std::uint64_t>(offset) + static_cast<std::uint64_t>(distance))};
  }
  static Term number(std::uint64_t n) { return {1, static_cast<std::int64_t>(n)}; }  // or an address of the image
  static Term number(std::int64_t n, std::uint8_t width) { return number(Term{1, n}.bits(width)); }
  static Term stack(std::int64_t offset) { return {2, offset}; }  // from the stack at the beginning
};

struct TermHash {
  std::size_t operator()(const Term& term) const {
    return (static_cast<std::size_t>(term.root) * 0x9e3779b97f4a7c15u) ^ static_cast<std::size_t>(term.offset);
  }
};

struct RootOf {
  enum class Kind : std::uint8_t {
    kNothing,
    kNumber,
    kStack,
    kParameter,   // what argument register `place` held at the beginning
    kEntry,       // the same of another register
    kLoad,        // `width` bytes at (base, offset)
    kPart,        // `width` bytes of (base, offset), made wider again or not
    kResult,      // of the call at `place`
    kHeap,        // memory that the call at `place` allocated
    kOut,         // what the call at `place` put where one of its arguments points
    kLeft,        // what the call at `place` may have left at (base, offset)
    kComputed,    // by the instruction at `place`
    kMet,         // where ways meet at `place`: in register `offset` or, with a base, at (base, offset)
    kMember,      // entry `place` of NumPy's table of functions
    kTable,       // that table
    kSymbol,      // the address of what the loader binds to the slot at `place`
    kDifference,  // (base, offset) minus another such value
    kShifted,     // such a difference shifted to the right
    kEqual,       // whether (base, offset) equals another such value; `width` 0: whether it does not
    kChain,       // not a value: the call at `place`, under chain `base`
  } kind = Kind::kNothing;
  std::uint8_t width = 0;
  Root base = 0;
  Chain chain = 0;
  std::int64_t offset = 0;
  std::uint64_t place = 0;

  bool operator==(const RootOf&) const = default;
};

class Terms {
 public:
  Terms();

  const RootOf& of(Root root) const { return roots_[root]; }
  const RootOf& of(const Term& term) const { return roots_[term.root]; }
  Root root(const RootOf& wanted);
  Term term(const RootOf& wanted) { return {root(wanted), 0}; }

  // What `width` bytes at `address` held before anything was put there.
  Term loaded(const Term& address, std::uint8_t width);
  Term part(const Term& whole, std::uint8_t width);
  Term result(std::uint64_t call, Chain chain) { return term({RootOf::Kind::kResult, 0, 0, chain, 0, call}); }
  Term computed(std::uint64_t where, Chain chain) { return term({RootOf::Kind::kComputed, 0, 0, chain, 0, where}); }
  Chain chain(std::uint64_t call, Chain outer) { return root({RootOf::Kind::kChain, 0, outer, 0, 0, call}); }

  // The values of which a kDifference or kEqual speaks.
  Term left_of(const Term& term) const { return {of(term).base, of(term).offset}; }
  Term right_of(const Term& term) const { return {of(term).chain, static_cast<std::int64_t>(of(term).place)}; }

  bool is(const Term& term, RootOf::Kind kind) const { return roots_[term.root].kind == kind; }
  bool is_truth(const Term& term) const { return term.offset == 0 && is(term, RootOf::Kind::kEqual); }
  // The root that is left when all loads and parts are taken off.
  Root origin(Root root) const;
  bool from_parameter(const Term& term) const { return of(origin(term.root)).kind == RootOf::Kind::kParameter; }
  int loads(Root root) const;

 private:
  static std::size_t hash(const RootOf& root);
  void grow();

  std::vector<RootOf> roots_;
  std::vector<Root> index_;  // by hash, a power of two of places; 0 is free
};

}  // namespace abicheck
