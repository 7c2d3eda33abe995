#include "rules/left_out.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/text.h"
#include "base/words.h"

namespace abicheck {

namespace {

// What an expression may be, both ends included; nothing when that is not known.
struct Range {
  std::int64_t low = 0;
  std::int64_t high = 0;
};
using Value = std::optional<Range>;

// Of this file: what is not listed, the build or a header may define.
struct Macro {
  std::optional<bool> defined;
  Value value = {};
};
using Macros = std::map<std::string, Macro, std::less<>>;

Value exactly(bool truth) {
  return Range{truth ? 1 : 0, truth ? 1 : 0};
}

std::optional<bool> truth_of(const Value& value) {
  if (!value) return std::nullopt;
  if (value->low == 0 && value->high == 0) return false;
  if (value->low > 0 || value->high < 0) return true;
  return std::nullopt;
}

// The conditions that ask for a version: numbers, names, comparisons, !, && and ||. Of anything else nothing is known.
class Condition {
 public:
  Condition(std::string_view text, const Macros& macros) : rest_(text), macros_(macros) {}

  Value value() {
    const Value all = either();
    skip();
    return understood_ && rest_.empty() ? all : std::nullopt;
  }

 private:
  void skip() { rest_ = strip(rest_); }

  bool take(std::string_view token) {
    skip();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  std::string_view take_word() {
    skip();
    const std::string_view word = first_word(rest_);
    rest_.remove_prefix(word.size());
    return word;
  }

  Value either() {
    Value all = both();
    while (take("||")) {
      const auto left = truth_of(all);
      const auto right = truth_of(both());
      if (left == true || right == true) {
        all = exactly(true);
      } else {
        all = left && right ? exactly(false) : std::nullopt;
      }
    }
    return all;
  }

  Value both() {
    Value all = comparison();
    while (take("&&")) {
      const auto left = truth_of(all);
      const auto right = truth_of(comparison());
      if (left == false || right == false) {
        all = exactly(false);
      } else {
        all = left && right ? exactly(true) : std::nullopt;
      }
    }
    return all;
  }

  static Value less(const Value& a, const Value& b) {
    if (!a || !b) return std::nullopt;
    if (a->high < b->low) return exactly(true);
    if (a->low >= b->high) return exactly(false);
    return std::nullopt;
  }

  static Value equal(const Value& a, const Value& b) {
    if (!a || !b) return std::nullopt;
    if (a->high < b->low || b->high < a->low) return exactly(false);
    if (a->low == a->high && b->low == b->high) return exactly(true);
    return std::nullopt;
  }

  static Value negated(const Value& value) {
    const auto truth = truth_of(value);
    return truth ? exactly(!*truth) : std::nullopt;
  }

  Value comparison() {
    const Value left = single();
    if (take(">=")) return negated(less(left, single()));
    if (take("<=")) return negated(less(single(), left));
    if (take("==")) return equal(left, single());
    if (take("!=")) return negated(equal(left, single()));
    if (take(">")) return less(single(), left);
    if (take("<")) return less(left, single());
    return left;
  }

  Value single() {
    constexpr int kDepth = 64;  // of parentheses and '!', more than any compiler's headers have
    if (depth_ == kDepth) {
      understood_ = false;
      return std::nullopt;
    }
    ++depth_;
    const Value inner = take("!") ? negated(single()) : take("(") ? in_parentheses() : operand();
    --depth_;
    return inner;
  }

  Value in_parentheses() {
    const Value inner = either();
    understood_ &= take(")");
    return inner;
  }

  Value operand() {
    const std::string_view word = take_word();
    if (word.empty()) understood_ = false;
    if (word.empty() || is_digit(word[0])) return number(word);
    if (word == "defined") {
      const bool open = take("(");
      const auto found = macros_.find(take_word());
      if (open) understood_ &= take(")");
      return found != macros_.end() && found->second.defined ? exactly(*found->second.defined) : std::nullopt;
    }
    const auto found = macros_.find(word);
    return found == macros_.end() ? std::nullopt : found->second.value;
  }

  static Value number(std::string_view word) {
    while (!word.empty() && (word.back() == 'L' || word.back() == 'l' || word.back() == 'U' || word.back() == 'u'))
      word.remove_suffix(1);
    int base = 10;
    if (word.starts_with("0x") || word.starts_with("0X")) {
      base = 16;
      word.remove_prefix(2);
    } else if (word.size() > 1 && word[0] == '0') {
      base = 8;
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value, base);
    if (word.empty() || error != std::errc() || end != word.data() + word.size()) return std::nullopt;
    return Range{value, value};
  }

  std::string_view rest_;
  const Macros& macros_;
  bool understood_ = true;
  int depth_ = 0;
};

enum class Compiled { kNever, kPerhaps, kAlways };

class Preprocessor {
 public:
  // Of the branches that the build decides about, the innermost first.
  std::string open_conditions() const {
    std::string all;
    for (auto group = open_.rbegin(); group != open_.rend(); ++group) {
      if (group->here == Compiled::kPerhaps) all += (all.empty() ? "" : " in ") + group->condition;
    }
    return all;
  }

  Compiled state() const { return open_.empty() ? Compiled::kAlways : open_.back().state; }

  void directive(std::string_view text) {
    const std::string_view name = first_word(text);
    const std::string_view rest = strip(text.substr(name.size()));
    if (name == "if" || name == "ifdef" || name == "ifndef") {
      open_.push_back({state(), false, Compiled::kNever, Compiled::kNever, "#" + std::string(text)});
      branch(condition(name, rest));
    } else if (name == "endif") {
      if (!open_.empty()) open_.pop_back();
    } else if (name == "else" && !open_.empty()) {
      open_.back().condition.insert(0, "the #else of ");
      branch(true);
    } else if (name.starts_with("elif") && !open_.empty()) {
      open_.back().condition = "#" + std::string(text);
      branch(condition(name.substr(2), rest));
    } else if (name == "define") {
      define(rest);
    } else if (name == "undef") {
      set(first_word(rest), {false, {}});
    }
  }

 private:
  struct Group {
    Compiled around;
    std::optional<bool> taken;  // by an earlier branch
    Compiled state;
    Compiled here;  // by its own condition
    std::string condition;
  };

  std::optional<bool> condition(std::string_view name, std::string_view text) const {
    if (name == "if") return truth_of(Condition(text, macros_).value());
    const auto found = macros_.find(first_word(text));
    const auto defined = found == macros_.end() ? std::nullopt : found->second.defined;
    return defined ? std::optional(*defined == (name == "ifdef")) : std::nullopt;
  }

  void branch(std::optional<bool> holds) {
    Group& group = open_.back();
    Compiled here = Compiled::kPerhaps;
    if (group.taken == true || holds == false) {
      here = Compiled::kNever;
    } else if (group.taken == false && holds == true) {
      here = Compiled::kAlways;
    }
    group.here = here;
    group.state = std::min(group.around, here);
    if (group.taken == true || holds == true) {
      group.taken = true;
    } else if (!holds) {
      group.taken = std::nullopt;
    }
  }

  void define(std::string_view text) {
    const std::string_view name = first_word(text);
    const std::string_view body = text.substr(name.size());
    set(name, {true, body.starts_with("(") ? std::nullopt : Condition(body, macros_).value()});
  }

  void set(std::string_view name, const Macro& macro) {
    if (state() == Compiled::kAlways) {
      macros_[std::string(name)] = macro;
    } else if (state() == Compiled::kPerhaps) {
      macros_[std::string(name)] = {};
    }
  }

  Macros macros_ = {{"PY_MAJOR_VERSION", {true, Range{3, 3}}},
                    {"PY_VERSION_HEX", {true, Range{0x03000000, 0x03ffffff}}}};
  std::vector<Group> open_;
};

}  // namespace

std::vector<KeptLine> without_left_out(std::string_view code) {
  std::vector<KeptLine> kept;
  Preprocessor preprocessor;
  while (!code.empty()) {
    std::string line;  // with what a backslash continues
    for (bool more = true; more;) {
      const std::size_t end = code.find('\n');
      std::string_view piece = code.substr(0, end);
      code.remove_prefix(end == std::string_view::npos ? code.size() : end + 1);
      if (piece.ends_with('\r')) piece.remove_suffix(1);
      more = piece.ends_with('\\') && !code.empty();
      if (more) piece.remove_suffix(1);
      line += piece;
    }
    const std::string_view text = strip(line);
    if (text.starts_with('#')) preprocessor.directive(strip(text.substr(1)));
    if (preprocessor.state() != Compiled::kNever) kept.push_back({line, preprocessor.open_conditions()});
  }
  return kept;
}

}  // namespace abicheck
