// What a JSON document can hold, as a plain value: read by tables/, made by abi/ for differences, written by report/.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace abicheck {

struct PlainValue {
  using List = std::vector<PlainValue>;
  using Object =
      std::map<std::string, PlainValue, std::less<>>;  // sorted, so that what is made of it is always the same
  // double: a number that is no integer of 64 bits.
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, List, Object> content;

  PlainValue() = default;
  template <typename T>
  explicit PlainValue(T held) : content(std::move(held)) {}

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(content); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&content); }
  const std::string* text() const { return std::get_if<std::string>(&content); }
  const List* list() const { return std::get_if<List>(&content); }
  const Object* object() const { return std::get_if<Object>(&content); }
  Object* object() { return std::get_if<Object>(&content); }

  bool operator==(const PlainValue&) const = default;
};

}  // namespace abicheck
