#include "tables/parse_json.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/limits.h"
#include "base/shorten.h"

namespace abicheck {

namespace {

using Number = nlohmann::json;

void replace(std::string& text, const std::string& old, const std::string& with) {
  if (const std::size_t at = text.find(old); at != std::string::npos) text.replace(at, old.size(), with);
}

// Builds the value while nlohmann reads; the first thing that is wrong ends it.
class ValueBuilder final : public nlohmann::json_sax<Number> {
 public:
  PlainValue take() { return std::move(root_); }
  std::string take_error() { return std::move(error_); }

  bool null() override { return add(PlainValue()); }
  bool boolean(bool held) override { return add(PlainValue(held)); }
  bool number_integer(number_integer_t held) override { return add(PlainValue(std::int64_t{held})); }
  bool number_unsigned(number_unsigned_t held) override {
    if (held > INT64_MAX) return add(PlainValue(static_cast<double>(held)));
    return add(PlainValue(static_cast<std::int64_t>(held)));
  }
  bool number_float(number_float_t held, const string_t&) override { return add(PlainValue(held)); }
  bool string(string_t& held) override { return add(PlainValue(std::move(held))); }
  bool binary(binary_t&) override { return fail("holds binary data"); }
  bool start_object(std::size_t) override { return open(PlainValue(PlainValue::Object())); }
  bool start_array(std::size_t) override { return open(PlainValue(PlainValue::List())); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    const auto [place, added] = open_.back().value->object()->try_emplace(name);
    if (!added) return fail("the key " + in_quotes(name) + " stands twice");
    open_.back().key = name;
    open_.back().slot = &place->second;
    return true;
  }
  bool parse_error(std::size_t, const std::string& token, const Number::exception& problem) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while ...; last read: '...'"
    std::string text = problem.what();
    const std::size_t end = text.find("] ");
    if (end != std::string::npos) text.erase(0, end + 2);
    replace(text, "; last read: '" + token + "'", "");
    replace(text, "'" + token + "'", in_quotes(token));
    error_ = "it is not valid JSON: " + text;
    return false;
  }

 private:
  // A list or object that has not ended. Only the innermost grows, so that the pointers stay right.
  struct Open {
    PlainValue* value;
    std::string key;             // of an object: the one that was read last
    PlainValue* slot = nullptr;  // where its value goes
  };

  // "releases[2].wheels: why"
  bool fail(const std::string& why) {
    std::string place;
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const PlainValue::List* list = open_[i].value->list();
      const std::size_t last = list == nullptr || list->empty() ? 0 : list->size() - 1;
      if (list != nullptr) place += "[" + std::to_string(last) + "]";
      if (list == nullptr && i + 1 < open_.size()) place += (place.empty() ? "" : ".") + shortened(open_[i].key);
    }
    error_ = place.empty() ? why : place + ": " + why;
    return false;
  }

  // Puts `value` where the innermost open list or object wants it, and says where it is now.
  PlainValue* place(PlainValue value) {
    if (open_.empty()) return &(root_ = std::move(value));
    Open& innermost = open_.back();
    if (auto* list = std::get_if<PlainValue::List>(&innermost.value->content))
      return &list->emplace_back(std::move(value));
    return &(*innermost.slot = std::move(value));
  }

  bool add(PlainValue value) {
    if (++count_ > limits::kJsonValues)
      return fail("it holds more than " + std::to_string(limits::kJsonValues) + " values");
    place(std::move(value));
    return true;
  }

  bool open(PlainValue value) {
    if (open_.size() == limits::kJsonDepth)
      return fail("lists and objects are nested deeper than " + std::to_string(limits::kJsonDepth) + " levels");
    if (++count_ > limits::kJsonValues)
      return fail("it holds more than " + std::to_string(limits::kJsonValues) + " values");
    open_.push_back({place(std::move(value)), "", nullptr});
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  PlainValue root_;
  std::vector<Open> open_;  // the innermost last
  std::size_t count_ = 0;
  std::string error_;
};

}  // namespace

Result<PlainValue> parse_json(std::string_view text) {
  ValueBuilder builder;
  if (Number::sax_parse(text, &builder)) return builder.take();
  return Error{ErrorCode::kMalformed, builder.take_error(), ""};
}

PlainValue merge_patch(PlainValue target, const PlainValue& patch) {
  const PlainValue::Object* changes = patch.object();
  if (changes == nullptr) return patch;
  if (target.object() == nullptr) target = PlainValue(PlainValue::Object());
  for (const auto& [key, change] : *changes) {
    PlainValue::Object& merged = *target.object();
    if (change.is_null()) {
      merged.erase(key);
    } else {
      PlainValue& place = merged[key];
      place = merge_patch(std::move(place), change);
    }
  }
  return target;
}

}  // namespace abicheck
