// PEP 440: versions, their order, and the specifiers (">=1.21,<2") that select among them.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace abicheck {

struct Version {
  // A part of "+ubuntu.1": a number or a text. Numbers sort after texts (PEP 440, local version identifiers).
  struct LocalPart {
    std::optional<std::uint64_t> number;
    std::string text;
    bool operator==(const LocalPart&) const = default;
    std::strong_ordering operator<=>(const LocalPart& other) const;
  };

  static Result<Version> parse(std::string_view text);

  std::uint64_t epoch = 0;
  std::vector<std::uint64_t> release;                        // as written, zeros at the end included
  std::optional<std::pair<std::string, std::uint64_t>> pre;  // "a", "b" or "rc"
  std::optional<std::uint64_t> post;
  std::optional<std::uint64_t> dev;
  std::vector<LocalPart> local;

  bool is_prerelease() const { return pre.has_value() || dev.has_value(); }
  std::uint64_t release_part(std::size_t index) const { return index < release.size() ? release[index] : 0; }
  std::string minor_text() const;   // "1.26" of 1.26.4 and of 1.26.0rc1
  std::string public_text() const;  // normal form without the local part
  std::string text() const;         // normal form
  Version without_local() const;

  // Equal when PEP 440 orders them equal: 1.0 == 1.0.0.
  std::strong_ordering operator<=>(const Version& other) const;
  bool operator==(const Version& other) const { return (*this <=> other) == 0; }
};

// One clause: "<2", "==1.2.*", "~=1.4.5".
class Specifier {
 public:
  enum class Operator { kEqual, kNotEqual, kLessEqual, kGreaterEqual, kLess, kGreater, kCompatible, kArbitrary };

  static Result<Specifier> parse(std::string_view text);

  // Whether the clause holds; a prerelease is compared like any other version.
  bool holds_for(const Version& version) const;
  bool names_prerelease() const { return operator_ != Operator::kNotEqual && version_.is_prerelease(); }
  const std::string& text() const { return text_; }  // as written, without spaces

 private:
  bool same(const Version& version) const;
  bool same_prefix(const Version& version, std::size_t parts) const;
  bool less(const Version& version) const;
  bool greater(const Version& version) const;

  Operator operator_ = Operator::kEqual;
  Version version_;        // empty for ===
  bool prefix_ = false;    // "==1.2.*"
  std::string arbitrary_;  // the text after ===, in lower case
  std::string text_;
};

// Clauses joined by commas, all of which must hold. The empty set holds for every final release.
class SpecifierSet {
 public:
  static Result<SpecifierSet> parse(std::string_view text);

  // Prereleases are in the set only when one of its clauses names a prerelease.
  bool contains(const Version& version) const;
  bool empty() const { return specifiers_.empty(); }
  const std::vector<Specifier>& specifiers() const { return specifiers_; }
  std::string text() const;  // clauses joined by ","

 private:
  std::vector<Specifier> specifiers_;
};

}  // namespace abicheck
