#include "build_files/sources.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "base/words.h"

namespace abicheck {

namespace {

using Names = std::vector<std::string>;

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

constexpr int kDeepest = 8;                  // variables that stand for variables
constexpr std::size_t kMostNames = 100'000;  // that these come to

bool add(const Names& some, Names& names) {
  names.insert(names.end(), some.begin(), some.end());
  return names.size() <= kMostNames;
}

template <std::size_t Count>
bool is_one_of(std::string_view word, const std::string_view (&words)[Count]) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool is_equals_sign(std::string_view text, std::size_t at) {
  return stands_at(text, at, "=") && !stands_at(text, at, "==");
}

class Calls {
 public:
  explicit Calls(const BuildText& text) : code_(text.code), shape_(text.shape) {
    for_each_word(shape_, [&](std::string_view word, std::size_t at) { places_[word].push_back(at); });
    closes_.resize(shape_.size() + 1, shape_.size());
    std::vector<std::size_t> open;
    for (std::size_t at = 0; at < shape_.size(); ++at) {
      if (opens(at)) open.push_back(at);
      if ((shape_[at] == ')' || shape_[at] == ']' || shape_[at] == '}') && !open.empty()) {
        closes_[open.back()] = at;
        open.pop_back();
      }
      is_inside_.push_back(!open.empty());
    }
  }

 protected:
  std::string_view shape_of(Range range) const { return shape_.substr(range.begin, range.end - range.begin); }
  std::string_view code_of(Range range) const { return code_.substr(range.begin, range.end - range.begin); }

  bool opens(std::size_t at) const { return shape_[at] == '(' || shape_[at] == '[' || shape_[at] == '{'; }
  // Of the bracket that opens there; the end of the text if nothing does.
  std::size_t close_of(std::size_t open) const { return closes_[open]; }
  bool is_inside(std::size_t at) const { return is_inside_[at]; }  // of any bracket

  const std::vector<std::size_t>& places_of(std::string_view word) const {
    static const std::vector<std::size_t> kNone;
    const auto found = places_.find(word);
    return found == places_.end() ? kNone : found->second;
  }

  // The line in front of a place.
  std::string_view line_before(std::size_t at) const {
    const std::size_t end = at == 0 ? std::string_view::npos : shape_.rfind('\n', at - 1);
    const std::size_t begin = end == std::string_view::npos ? 0 : end + 1;
    return shape_.substr(begin, at - begin);
  }

  // visit(name, what stands between the parentheses) for the calls of what `accepts` the name of.
  template <typename Accepts, typename Visit>
  void for_each_call(Accepts accepts, Visit visit) const {
    for_each_word(shape_, [&](std::string_view name, std::size_t at) {
      const std::size_t open = behind_blanks(shape_, at + name.size());
      if (stands_at(shape_, open, "(") && accepts(name)) visit(name, Range{open + 1, close_of(open)});
    });
  }

  std::string_view code_;
  std::string_view shape_;

 private:
  std::map<std::string_view, std::vector<std::size_t>> places_;  // of words in the shape
  std::vector<std::size_t> closes_;                              // by the place of what opens
  std::vector<bool> is_inside_;
};

// Python's and meson's expressions are alike.
class ExpressionCalls : Calls {
 public:
  ExpressionCalls(BuildLanguage language, const BuildText& text) : Calls(text), language_(language) {}

  std::vector<BuildCall> read() {
    const bool python = language_ == BuildLanguage::kPython;
    const bool has_more = python && has_more_sources();
    std::vector<BuildCall> calls;
    for_each_call(python ? is_extension : is_module, [&](std::string_view, Range range) {
      BuildCall call{range.begin, range.end, std::nullopt};
      Names names;
      if (!has_more && read_arguments(range, names) && !names.empty()) call.sources = names;
      calls.push_back(std::move(call));
    });
    return calls;
  }

 private:
  static bool is_extension(std::string_view name) { return name.ends_with("Extension") || name == "add_extension"; }
  static bool is_module(std::string_view name) {
    static constexpr std::string_view kNames[] = {
        "extension_module", "shared_module",    "library",      "libraries",      "static_library", "static_libraries",
        "shared_library",   "shared_libraries", "both_library", "both_libraries", "executable"};
    return is_one_of(name, kNames);
  }

  // ext.sources.append("more.c"): of which call that is cannot be told.
  bool has_more_sources() const {
    constexpr std::string_view kSources = "sources";
    const std::vector<std::size_t>& places = places_of(kSources);
    return std::any_of(places.begin(), places.end(), [&](std::size_t at) {
      const std::size_t next = behind_blanks(shape_, at + kSources.size());
      return at > 0 && shape_[at - 1] == '.' &&
             (stands_at(shape_, next, ".") || stands_at(shape_, next, "[") || is_equals_sign(shape_, next) ||
              stands_at(shape_, next, "+="));
    });
  }

  // name, sources; meson's are all that have no keyword.
  bool read_arguments(Range range, Names& names) {
    const bool python = language_ == BuildLanguage::kPython;
    std::size_t position = 0;
    for (const Range argument : split(range, ',')) {
      const std::string_view shape = shape_of(argument);
      const std::string_view keyword = shape.substr(0, behind_word(shape, 0));
      const std::size_t sign = behind_blanks(shape, keyword.size());
      const bool named = !keyword.empty() && (is_equals_sign(shape, sign) ||
                                              (stands_at(shape, sign, ":") && !stands_at(shape, sign, ":=")));
      if (shape.starts_with('*')) return false;
      if (named && (keyword == "sources" || keyword == "objects")) {
        if (keyword == "objects" && !python) return false;
        if (keyword == "sources" && !read_value(trimmed({argument.begin + sign + 1, argument.end}), names))
          return false;
      } else if (!named && ++position > 1 && (position == 2 || !python) && !read_value(argument, names)) {
        return false;
      }
    }
    return true;
  }

  bool read_value(Range range, Names& names, int depth = 0) {
    if (range.begin == range.end) return true;
    if (depth > kDeepest) return false;
    const std::vector<Range> terms = split(range, '+');
    if (terms.size() > 1) return read_all(terms, names, depth);
    if (language_ == BuildLanguage::kMeson && shape_of(range).starts_with("files(")) range.begin += 5;
    const char first = shape_[range.begin];
    if (first == '[' || first == '(') {
      if (close_of(range.begin) != range.end - 1) return false;
      const Range inner{range.begin + 1, range.end - 1};
      const std::vector<std::size_t>& loops = places_of("for");  // of a comprehension
      const auto loop = std::lower_bound(loops.begin(), loops.end(), inner.begin);
      if (loop != loops.end() && *loop < inner.end) return false;
      return read_all(split(inner, ','), names, depth);
    }
    if (first == '"' || first == '\'') return read_literal(range, names);
    return read_variable(shape_of(range), names, depth);
  }

  bool read_all(const std::vector<Range>& values, Names& names, int depth) {
    return std::all_of(values.begin(), values.end(), [&](Range value) { return read_value(value, names, depth + 1); });
  }

  // Two literals side by side, "a" % b, "a".format() and patterns are none.
  bool read_literal(Range range, Names& names) const {
    const std::string_view shape = shape_of(range);
    if (shape.size() < 3 || shape.find_first_not_of(' ', 1) != shape.size() - 1 || shape.back() != shape.front())
      return false;
    const std::string_view name = code_.substr(range.begin + 1, shape.size() - 2);
    if (name.find_first_of("*?%{}@\\") != std::string::npos) return false;
    names.emplace_back(name);
    return true;
  }

  bool read_variable(std::string_view variable, Names& names, int depth) {
    if (!is_identifier(variable)) return false;
    const auto [known, is_new] = values_.try_emplace(variable, std::nullopt);  // that stands for itself has none
    if (is_new) {
      const std::optional<std::size_t> value = value_of(variable);
      Names own;
      if (value && read_value(trimmed({*value, end_of_line(*value)}), own, depth + 1)) known->second = own;
    }
    return known->second && add(*known->second, names);
  }

  // Behind the one '=' that gives it a value, if nothing changes it and no loop or parameter has its name.
  std::optional<std::size_t> value_of(std::string_view variable) const {
    static constexpr std::string_view kBinds[] = {"def", "for",  "foreach", "lambda", "import",
                                                  "as",  "with", "global",  "del"};
    static constexpr std::string_view kChanges[] = {"append", "extend", "insert", "remove", "pop", "clear"};
    std::optional<std::size_t> value;
    for (const std::size_t at : places_of(variable)) {
      const std::string_view before = line_before(at);
      bool is_bound = false;
      for_each_word(before, [&](std::string_view word, std::size_t) { is_bound |= is_one_of(word, kBinds); });
      const std::size_t next = behind_blanks(shape_, at + variable.size());
      const std::size_t method = stands_at(shape_, next, ".") ? behind_blanks(shape_, next + 1) : shape_.size();
      const bool is_changed = is_one_of(shape_.substr(method, behind_word(shape_, method) - method), kChanges) ||
                              stands_at(shape_, next, "[") || stands_at(shape_, next, "-=") ||
                              stands_at(shape_, next, "*=") || stands_at(shape_, next, "|=");
      if (is_bound || is_changed) return std::nullopt;
      const bool begins_line = behind_blanks(before, 0) == before.size();
      if (!begins_line || is_inside(at)) continue;  // a use, or a keyword of some call
      if (stands_at(shape_, next, "+=")) return std::nullopt;
      if (!is_equals_sign(shape_, next)) continue;
      if (value) return std::nullopt;
      value = next + 1;
    }
    return value;
  }

  std::size_t end_of_line(std::size_t at) const {
    while (at < shape_.size() && shape_[at] != '\n') {
      at = opens(at) ? close_of(at) + 1 : at + 1;
    }
    return std::min(at, shape_.size());
  }

  Range trimmed(Range range) const {
    while (range.begin < range.end && is_space(shape_[range.begin])) ++range.begin;
    while (range.end > range.begin && is_space(shape_[range.end - 1])) --range.end;
    return range;
  }

  std::vector<Range> split(Range range, char by) const {
    std::vector<Range> parts;
    std::size_t begin = range.begin;
    for (std::size_t at = range.begin; at < range.end; ++at) {
      if (opens(at)) {
        at = close_of(at);
        continue;
      }
      if (shape_[at] != by) continue;
      parts.push_back(trimmed({begin, at}));
      begin = at + 1;
    }
    parts.push_back(trimmed({std::min(begin, range.end), range.end}));
    return parts;
  }

  BuildLanguage language_;
  std::map<std::string_view, std::optional<Names>> values_;  // of variables
};

class CmakeCalls : Calls {
 public:
  explicit CmakeCalls(const BuildText& text) : Calls(text) {
    for_each_call([](std::string_view) { return true; },
                  [&](std::string_view name, Range range) {
                    if (!calls_.empty() && range.begin < calls_.back().range.end) return;  // a group in a condition
                    calls_.push_back({lower(name), range, words_of(range)});
                  });
    for (const Call& call : calls_) {
      if (call.words.empty()) continue;
      const bool with_keyword = call.words.size() > 1 && is_keyword(call.words[0]);
      namings_[call.words[0]].push_back(&call);
      if (with_keyword) namings_[call.words[1]].push_back(&call);
    }
  }

  std::vector<BuildCall> read() {
    for (const Call& call : calls_) {
      if (!adds_files(call.name) || call.words.empty()) continue;
      const auto target = targets_.try_emplace(call.words.front(), Names()).first;
      if (target->second && !add_files(call.words, *target->second)) target->second.reset();
    }
    std::vector<BuildCall> calls;
    for (const Call& call : calls_) {
      const bool definitions = call.name.ends_with("_compile_definitions");
      const bool of_target = call.name == "target_compile_definitions" || call.name == "target_compile_options";
      if (!of_target && call.name != "add_compile_definitions" && call.name != "add_compile_options") continue;
      BuildCall one{call.range.begin, call.range.end, std::nullopt, definitions};
      // PUBLIC and INTERFACE go to whatever is linked with it.
      const bool own = of_target && std::find(call.words.begin(), call.words.end(), "PRIVATE") != call.words.end() &&
                       std::none_of(call.words.begin(), call.words.end(), is_shared);
      const auto target = own ? targets_.find(call.words.front()) : targets_.end();
      if (target != targets_.end() && target->second && !target->second->empty()) one.sources = target->second;
      calls.push_back(std::move(one));
    }
    return calls;
  }

 private:
  struct Call {
    std::string name;  // in lower case
    Range range;
    Names words;
  };

  static std::string lower(std::string_view name) {
    std::string text(name);
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return text;
  }

  static bool is_shared(const std::string& word) { return word == "PUBLIC" || word == "INTERFACE"; }

  static bool is_keyword(std::string_view word) {
    return word.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string_view::npos;
  }

  static bool adds_files(std::string_view name) {
    static constexpr std::string_view kNames[] = {"pybind11_add_module",  "nanobind_add_module",   "python_add_library",
                                                  "python3_add_library",  "python_add_module",     "python3_add_module",
                                                  "python_add_extension", "python3_add_extension", "add_library",
                                                  "add_executable",       "target_sources"};
    return is_one_of(name, kNames);
  }

  Names words_of(Range range) const {
    const std::string_view text = code_of(range);
    Names words;
    for (std::size_t at = 0; at < text.size(); ++at) {
      constexpr std::string_view kEnds = " \t\n\r\f\v\"()";
      const bool quoted = text[at] == '"';
      if (!quoted && kEnds.find(text[at]) != std::string_view::npos) continue;
      const std::size_t begin = at + (quoted ? 1 : 0);
      const std::size_t end = quoted ? text.find('"', begin) : std::min(text.find_first_of(kEnds, begin), text.size());
      if (end == std::string_view::npos) continue;  // a string that does not end
      words.emplace_back(text.substr(begin, end - begin));
      at = quoted ? end : end - 1;
    }
    return words;
  }

  // Those behind the first, which is the name of a target or variable.
  bool add_files(const Names& words, Names& names, int depth = 0) {
    return std::all_of(words.begin() + 1, words.end(), [&](std::string_view name) {
      for (const std::string_view here :
           {"${CMAKE_SOURCE_DIR}/", "${CMAKE_CURRENT_SOURCE_DIR}/", "${PROJECT_SOURCE_DIR}/"}) {
        if (name.starts_with(here)) name.remove_prefix(here.size());
      }
      if (name.starts_with("${") && name.ends_with("}") && behind_word(name, 2) == name.size() - 1)
        return depth <= kDeepest && add_variable(name.substr(2, name.size() - 3), names, depth);
      if (name.find_first_of("$*;<") != std::string_view::npos) return false;
      if (name.find('.') != std::string_view::npos) names.emplace_back(name);  // others are keywords
      return true;
    });
  }

  bool add_variable(std::string_view variable, Names& names, int depth) {
    const auto [known, is_new] = values_.try_emplace(variable, std::nullopt);  // that stands for itself has none
    if (is_new) {
      const Call* call = set_of(variable);
      Names own;
      if (call != nullptr && add_files(call->words, own, depth + 1)) known->second = own;
    }
    return known->second && add(*known->second, names);
  }

  // The one set() of it, if nothing else may give it a value.
  const Call* set_of(std::string_view variable) const {
    const auto found = namings_.find(variable);
    if (found == namings_.end() || found->second.size() != 1) return nullptr;
    const Call& call = *found->second.front();
    return call.name == "set" && call.words.front() == variable ? &call : nullptr;
  }

  std::vector<Call> calls_;
  std::map<std::string_view, std::vector<const Call*>> namings_;  // by the first word, or that behind a keyword
  std::map<std::string_view, std::optional<Names>> targets_;
  std::map<std::string_view, std::optional<Names>> values_;  // of variables
};

}  // namespace

std::vector<BuildCall> read_build_calls(std::string_view path, const BuildText& text) {
  switch (const BuildLanguage language = build_language(path)) {
    case BuildLanguage::kPython:
    case BuildLanguage::kMeson:
      return ExpressionCalls(language, text).read();
    case BuildLanguage::kCmake:
      return CmakeCalls(text).read();
    case BuildLanguage::kToml:
    case BuildLanguage::kIni:
      return {};
  }
  return {};
}

}  // namespace abicheck
