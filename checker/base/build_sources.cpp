#include "base/build_sources.h"

#include <algorithm>
#include <map>
#include <regex>

namespace abicheck {

namespace {

using Names = std::vector<std::string>;

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

constexpr int kDeepest = 8;  // variables that stand for variables

class Calls {
 public:
  explicit Calls(const BuildText& text) : code_(text.code), shape_(text.shape) {}

 protected:
  std::string shape_of(Range range) const { return shape_.substr(range.begin, range.end - range.begin); }
  std::string code_of(Range range) const { return code_.substr(range.begin, range.end - range.begin); }

  // What stands between the parentheses of every call whose name and opening parenthesis the form means.
  template <typename Visit>
  void for_each_call(const std::regex& form, Visit visit) const {
    for (std::sregex_iterator one(shape_.begin(), shape_.end(), form), end; one != end; ++one) {
      const auto begin = static_cast<std::size_t>(one->position() + one->length());
      visit((*one)[1].str(), Range{begin, end_of_bracket(shape_, begin)});
    }
  }

  const std::string& code_;
  const std::string& shape_;
};

// Python's and meson's expressions are alike.
class ExpressionCalls : Calls {
 public:
  ExpressionCalls(BuildLanguage language, const BuildText& text) : Calls(text), language_(language) {}

  std::vector<BuildCall> read() const {
    static const std::regex kExtension(R"(\b(\w*Extension|add_extension)\s*\()");
    static const std::regex kModule(
        R"(\b((?:extension|shared)_module|(?:(?:static|shared|both)_)?(?:library|libraries)|executable)\s*\()");
    // ext.sources.append("more.c"): of which call that is cannot be told.
    static const std::regex kMore(R"(\.sources\s*(?:\+?=[^=]|\.|\[))");
    const bool python = language_ == BuildLanguage::kPython;
    const bool has_more = python && std::regex_search(shape_, kMore);
    std::vector<BuildCall> calls;
    for_each_call(python ? kExtension : kModule, [&](const std::string&, Range range) {
      BuildCall call{range.begin, range.end, std::nullopt};
      Names names;
      if (!has_more && read_arguments(range, names) && !names.empty()) call.sources = names;
      calls.push_back(std::move(call));
    });
    return calls;
  }

 private:
  // name, sources; meson's are all that have no keyword.
  bool read_arguments(Range range, Names& names) const {
    static const std::regex kKeyword(R"(^(\w+)\s*[:=](?!=))");
    const bool python = language_ == BuildLanguage::kPython;
    std::size_t position = 0;
    for (const Range argument : split(range, ',')) {
      const std::string shape = shape_of(argument);
      std::smatch keyword;
      const bool named = std::regex_search(shape, keyword, kKeyword);
      if (shape.starts_with('*')) return false;
      if (named && (keyword[1] == "sources" || keyword[1] == "objects")) {
        if (keyword[1] == "objects" && !python) return false;
        const auto length = static_cast<std::size_t>(keyword.length());
        if (keyword[1] == "sources" && !read_value(trimmed({argument.begin + length, argument.end}), names))
          return false;
      } else if (!named && ++position > 1 && (position == 2 || !python) && !read_value(argument, names)) {
        return false;
      }
    }
    return true;
  }

  bool read_value(Range range, Names& names, int depth = 0) const {
    if (range.begin == range.end) return true;
    if (depth > kDeepest) return false;
    const std::vector<Range> terms = split(range, '+');
    if (terms.size() > 1) return read_all(terms, names, depth);
    if (language_ == BuildLanguage::kMeson && shape_of(range).starts_with("files(")) range.begin += 5;
    const char first = shape_[range.begin];
    if (first == '[' || first == '(') {
      if (end_of_bracket(shape_, range.begin + 1) != range.end - 1) return false;
      const Range inner{range.begin + 1, range.end - 1};
      static const std::regex kComprehension(R"(\bfor\b)");
      if (std::regex_search(shape_of(inner), kComprehension)) return false;
      return read_all(split(inner, ','), names, depth);
    }
    if (first == '"' || first == '\'') return read_literal(range, names);
    return read_variable(shape_of(range), names, depth);
  }

  bool read_all(const std::vector<Range>& values, Names& names, int depth) const {
    return std::all_of(values.begin(), values.end(), [&](Range value) { return read_value(value, names, depth + 1); });
  }

  // Two literals side by side, "a" % b, "a".format() and patterns are none.
  bool read_literal(Range range, Names& names) const {
    const std::string shape = shape_of(range);
    if (shape.size() < 3 || shape.find_first_not_of(' ', 1) != shape.size() - 1 || shape.back() != shape.front())
      return false;
    const std::string name = code_.substr(range.begin + 1, shape.size() - 2);
    if (name.find_first_of("*?%{}@\\") != std::string::npos) return false;
    names.push_back(name);
    return true;
  }

  // The one place that gives it a value, if none changes it and no loop or parameter has its name.
  bool read_variable(const std::string& variable, Names& names, int depth) const {
    static const std::regex kIdentifier(R"([A-Za-z_]\w*)");
    if (!std::regex_match(variable, kIdentifier)) return false;
    const std::regex bound(R"(\b(?:def|for|foreach|lambda|import|as|with|global|del)\b[^\n]*\b)" + variable + R"(\b)");
    const std::regex changed("\\b" + variable + R"(\s*(?:\.\s*(?:append|extend|insert|remove|pop|clear)\b|\[|[-*|]=))");
    if (std::regex_search(shape_, bound) || std::regex_search(shape_, changed)) return false;
    const std::regex given("(?:^|\n)[ \t]*" + variable + "[ \t]*(\\+?)=(?!=)");
    std::optional<std::size_t> value;
    for (std::sregex_iterator one(shape_.begin(), shape_.end(), given), end; one != end; ++one) {
      const auto at = static_cast<std::size_t>(one->position());
      if (is_inside(at)) continue;  // a keyword of some call
      if (value || (*one)[1].length() > 0) return false;
      value = at + static_cast<std::size_t>(one->length());
    }
    return value && read_value(trimmed({*value, end_of_line(*value)}), names, depth + 1);
  }

  bool is_inside(std::size_t at) const {
    int depth = 0;
    for (std::size_t i = 0; i < at; ++i) {
      depth += static_cast<int>(shape_[i] == '(' || shape_[i] == '[' || shape_[i] == '{');
      depth -= static_cast<int>(shape_[i] == ')' || shape_[i] == ']' || shape_[i] == '}');
    }
    return depth > 0;
  }

  std::size_t end_of_line(std::size_t at) const {
    while (at < shape_.size() && shape_[at] != '\n') {
      const bool opens = shape_[at] == '(' || shape_[at] == '[' || shape_[at] == '{';
      at = opens ? end_of_bracket(shape_, at + 1) + 1 : at + 1;
    }
    return std::min(at, shape_.size());
  }

  Range trimmed(Range range) const {
    const auto is_blank = [&](std::size_t at) {
      return shape_[at] == ' ' || shape_[at] == '\t' || shape_[at] == '\n' || shape_[at] == '\r';
    };
    while (range.begin < range.end && is_blank(range.begin)) ++range.begin;
    while (range.end > range.begin && is_blank(range.end - 1)) --range.end;
    return range;
  }

  std::vector<Range> split(Range range, char by) const {
    std::vector<Range> parts;
    std::size_t begin = range.begin;
    for (std::size_t at = range.begin; at < range.end; ++at) {
      const char c = shape_[at];
      if (c == '(' || c == '[' || c == '{') at = end_of_bracket(shape_, at + 1);
      if (c != by) continue;
      parts.push_back(trimmed({begin, at}));
      begin = at + 1;
    }
    parts.push_back(trimmed({std::min(begin, range.end), range.end}));
    return parts;
  }

  BuildLanguage language_;
};

class CmakeCalls : Calls {
 public:
  explicit CmakeCalls(const BuildText& text) : Calls(text) {
    static const std::regex kAdds(
        R"(\b(pybind11_add_module|nanobind_add_module|python3?_add_(?:library|module|extension)|add_(?:library|executable)|target_sources)\s*\()",
        std::regex::icase);
    for_each_call(kAdds, [&](const std::string&, Range range) {
      const Names words = words_of(range);
      if (words.empty()) return;
      const auto target = targets_.try_emplace(words.front(), Names()).first;
      if (target->second && !add_files({words.begin() + 1, words.end()}, *target->second)) target->second.reset();
    });
  }

  std::vector<BuildCall> read() const {
    static const std::regex kGives(R"(\b((?:target|add)_compile_(?:definitions|options))\s*\()", std::regex::icase);
    std::vector<BuildCall> calls;
    for_each_call(kGives, [&](std::string name, Range range) {
      std::transform(name.begin(), name.end(), name.begin(), [](char c) { return static_cast<char>(c | 0x20); });
      BuildCall call{range.begin, range.end, std::nullopt, name.ends_with("definitions")};
      const Names words = words_of(range);
      // PUBLIC and INTERFACE go to whatever is linked with it.
      const bool own = name.starts_with("target") && std::find(words.begin(), words.end(), "PRIVATE") != words.end() &&
                       std::none_of(words.begin(), words.end(), is_shared);
      const auto target = own ? targets_.find(words.front()) : targets_.end();
      if (target != targets_.end() && target->second && !target->second->empty()) call.sources = target->second;
      calls.push_back(std::move(call));
    });
    return calls;
  }

 private:
  static bool is_shared(const std::string& word) { return word == "PUBLIC" || word == "INTERFACE"; }

  Names words_of(Range range) const {
    static const std::regex kWord(R"re("([^"]*)"|[^\s"()]+)re");
    const std::string text = code_of(range);
    Names words;
    for (std::sregex_iterator one(text.begin(), text.end(), kWord), end; one != end; ++one)
      words.push_back((*one)[1].matched ? (*one)[1].str() : one->str());
    return words;
  }

  bool add_files(const Names& words, Names& names, int depth = 0) const {
    static const std::regex kHere(R"(^\$\{(?:CMAKE(?:_CURRENT)?|PROJECT)_SOURCE_DIR\}/)");
    static const std::regex kVariable(R"(\$\{(\w+)\})");
    for (const std::string& word : words) {
      const std::string name = std::regex_replace(word, kHere, "");
      std::smatch variable;
      if (std::regex_match(name, variable, kVariable)) {
        if (depth > kDeepest || !add_variable(variable[1], names, depth)) return false;
      } else if (name.find_first_of("$*;<") != std::string::npos) {
        return false;
      } else if (name.find('.') != std::string::npos) {  // others are keywords
        names.push_back(name);
      }
    }
    return true;
  }

  bool add_variable(const std::string& variable, Names& names, int depth) const {
    const std::regex gives("\\b(\\w+)\\s*\\((?:\\s*[A-Z_]+)?\\s*" + variable + "\\b");
    std::sregex_iterator one(code_.begin(), code_.end(), gives);
    if (one == std::sregex_iterator() || (*one)[1] != "set" || std::next(one) != std::sregex_iterator()) return false;
    const auto begin = static_cast<std::size_t>(one->position() + one->length());
    return add_files(words_of({begin, end_of_bracket(shape_, begin)}), names, depth + 1);
  }

  std::map<std::string, std::optional<Names>> targets_;
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
