// A value of a database file together with its place, and strict ways to read it. What is missing, unknown or
// contradictory is an error that names the place, because a fact that is silently skipped would turn into a wrong
// verdict.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "model/value.h"

namespace abicheck {

// Thrown by Node, never leaves this folder: read_tables() turns it into an Error.
struct BadDatabase : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Node {
 public:
  // `place` is what messages begin with: "sizes.numpy.dtype", "releases[2].date"; empty for the file itself.
  Node(const PlainValue& value, std::string place) : value_(value), place_(std::move(place)) {}

  [[noreturn]] void fail(const std::string& message) const;  // "PLACE: message"
  [[noreturn]] void expected(std::string_view what) const;   // "PLACE: expected WHAT, found VALUE"
  [[noreturn]] void bad_key(std::string_view key, std::string_view what) const;

  const PlainValue& value() const { return value_; }
  const std::string& place() const { return place_; }
  bool is_null() const { return value_.is_null(); }

  // An object that has all of `required`, and nothing besides those and `optional`.
  void check_keys(std::initializer_list<std::string_view> required,
                  std::initializer_list<std::string_view> optional = {}) const;
  Node at(std::string_view key) const;  // after check_keys()
  std::optional<Node> find(std::string_view key) const;

  struct Member;
  std::vector<Member> members() const;                         // of an object, by key
  std::vector<Node> elements(std::size_t at_least = 0) const;  // of a list

  const std::string& text() const;
  const std::string& one_of(std::initializer_list<std::string_view> words) const;
  bool boolean() const;
  std::int64_t integer(std::int64_t least, std::int64_t most, std::string_view what) const;
  std::uint32_t size() const;     // 1 and more
  std::uint32_t hex() const;      // "0x0000000d"
  std::uint32_t release() const;  // "2.0.2", as release_number()
  std::uint32_t minor() const;    // "2.0"
  std::uint32_t python() const;   // "3.12" as 312
  void check_date() const;        // "2024-08-26"
  void check_sha256() const;

 private:
  using NumberInText = std::optional<std::uint32_t> (*)(std::string_view text);
  std::uint32_t number_in_text(NumberInText read, std::string_view what) const;

  const PlainValue& value_;
  std::string place_;
};

struct Node::Member {
  std::string_view key;
  Node node;
};

// The number of a text in the only form that the database has for it; empty when it is not in this form.
std::optional<std::uint32_t> hex_number(std::string_view text);

bool is_word(std::string_view text);  // letters, digits and underscores

}  // namespace abicheck
