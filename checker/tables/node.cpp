#include "tables/node.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "base/shorten.h"
#include "base/text.h"
#include "base/words.h"
#include "tables/release_number.h"

namespace abicheck {

namespace {

// The value as a message may show it: short, whatever it is.
std::string shown(const PlainValue& value) {
  struct Show {
    std::string operator()(std::nullptr_t) const { return "null"; }
    std::string operator()(bool held) const { return held ? "true" : "false"; }
    std::string operator()(std::int64_t held) const { return std::to_string(held); }
    std::string operator()(double held) const {
      char text[32];
      std::snprintf(text, sizeof text, "%g", held);
      return text;
    }
    std::string operator()(const std::string& held) const { return in_quotes(held); }
    std::string operator()(const PlainValue::List&) const { return "a list"; }
    std::string operator()(const PlainValue::Object&) const { return "an object"; }
  };
  return std::visit(Show(), value.content);
}

bool contains(std::initializer_list<std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Of a text in the form YYYY-MM-DD: whether the calendar has this day.
bool is_day(std::string_view date) {
  const auto number = [&](std::size_t at, std::size_t length) {
    unsigned value = 0;
    std::from_chars(date.data() + at, date.data() + at + length, value);
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(number(0, 4))),
                                        std::chrono::month(number(5, 2)), std::chrono::day(number(8, 2))};
  return day.ok();
}

bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::optional<std::uint32_t> hex_number(std::string_view text) {
  constexpr std::size_t kLength = 10;
  if (text.size() != kLength || !text.starts_with("0x") || !is_lower_hex(text.substr(2))) return std::nullopt;
  std::uint32_t number = 0;
  std::from_chars(text.data() + 2, text.data() + text.size(), number, 16);
  return number;
}

bool is_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_of_word);
}

void Node::fail(const std::string& message) const {
  throw BadDatabase(place_.empty() ? message : place_ + ": " + message);
}

void Node::expected(std::string_view what) const {
  fail("expected " + std::string(what) + ", found " + shown(value_));
}

void Node::bad_key(std::string_view key, std::string_view what) const {
  fail("the key " + in_quotes(key) + " is not " + std::string(what));
}

void Node::check_keys(std::initializer_list<std::string_view> required,
                      std::initializer_list<std::string_view> optional) const {
  const PlainValue::Object* object = value_.object();
  if (object == nullptr) expected("an object");
  for (const std::string_view key : required) {
    if (object->find(key) == object->end()) fail("the key " + in_quotes(key) + " is missing");
  }
  for (const auto& [key, value] : *object) {
    if (!contains(required, key) && !contains(optional, key)) fail("the key " + in_quotes(key) + " is unknown");
  }
}

std::optional<Node> Node::find(std::string_view key) const {
  const PlainValue::Object* object = value_.object();
  if (object == nullptr) expected("an object");
  const auto found = object->find(key);
  if (found == object->end()) return std::nullopt;
  return Node(found->second, (place_.empty() ? "" : place_ + ".") + shortened(key));
}

Node Node::at(std::string_view key) const {
  auto found = find(key);
  if (!found) fail("the key " + in_quotes(key) + " is missing");
  return *found;
}

std::vector<Node::Member> Node::members() const {
  const PlainValue::Object* object = value_.object();
  if (object == nullptr) expected("an object");
  std::vector<Member> members;
  members.reserve(object->size());
  const std::string front = place_.empty() ? "" : place_ + ".";
  for (const auto& [key, value] : *object) members.push_back({key, Node(value, front + shortened(key))});
  return members;
}

std::vector<Node> Node::elements(std::size_t at_least) const {
  const PlainValue::List* list = value_.list();
  if (list == nullptr) expected("a list");
  if (list->size() < at_least) fail("expected a list that is not empty");
  std::vector<Node> elements;
  elements.reserve(list->size());
  for (std::size_t i = 0; i < list->size(); ++i)
    elements.emplace_back((*list)[i], place_ + "[" + std::to_string(i) + "]");
  return elements;
}

const std::string& Node::text() const {
  const std::string* text = value_.text();
  if (text == nullptr) expected("a text");
  return *text;
}

const std::string& Node::one_of(std::initializer_list<std::string_view> words) const {
  const std::string* text = value_.text();
  if (text != nullptr && contains(words, *text)) return *text;
  std::string all;
  for (const std::string_view word : words) all += (all.empty() ? "one of " : ", ") + std::string(word);
  expected(all);
}

bool Node::boolean() const {
  const bool* held = std::get_if<bool>(&value_.content);
  if (held == nullptr) expected("true or false");
  return *held;
}

std::int64_t Node::integer(std::int64_t least, std::int64_t most, std::string_view what) const {
  const std::int64_t* number = value_.integer();
  if (number == nullptr || *number < least || *number > most)
    expected(std::string(what) + " from " + std::to_string(least) + " to " + std::to_string(most));
  return *number;
}

std::uint32_t Node::size() const {
  return static_cast<std::uint32_t>(integer(1, INT32_MAX, "a number of bytes"));
}

std::uint32_t Node::number_in_text(NumberInText read, std::string_view what) const {
  const std::string* text = value_.text();
  const auto number = text != nullptr ? read(*text) : std::nullopt;
  if (!number) expected(what);
  return *number;
}

std::uint32_t Node::hex() const {
  return number_in_text(hex_number, "a hexadecimal number such as '0x0123abcd'");
}

std::uint32_t Node::release() const {
  return number_in_text(release_number, "a NumPy release (X.Y.Z)");
}

std::uint32_t Node::minor() const {
  return number_in_text(minor_number, "a NumPy minor (X.Y)");
}

std::uint32_t Node::python() const {
  constexpr std::uint32_t kMinors = 100;
  const std::string* text = value_.text();
  const auto number = text != nullptr ? minor_number(*text) : std::nullopt;
  const std::uint32_t minor = number ? *number >> 16 & 0xff : kMinors;
  if (minor >= kMinors) expected("a Python version (X.Y)");
  return (*number >> 24) * kMinors + minor;
}

void Node::check_date() const {
  constexpr std::string_view kForm = "dddd-dd-dd";
  const std::string& date = text();
  bool right = date.size() == kForm.size();
  for (std::size_t i = 0; right && i < kForm.size(); ++i) right = kForm[i] == 'd' ? is_digit(date[i]) : date[i] == '-';
  if (!right || !is_day(date)) expected("a day (YYYY-MM-DD)");
}

void Node::check_sha256() const {
  constexpr std::size_t kDigits = 64;
  if (text().size() != kDigits || !is_lower_hex(text())) expected("a SHA-256 of 64 hexadecimal digits");
}

}  // namespace abicheck
