#include "build_files/text.h"

#include <algorithm>
#include <cctype>

namespace abicheck {

namespace {

class BlankedText {
 public:
  BlankedText(BuildLanguage language, std::string_view text)
      : language_(language), text_(text), read_{std::string(text), std::string(text)} {}

  BuildText read() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (is_comment()) {
        const std::size_t end = end_of_comment();
        blank(read_.code, at_, end);
        blank(read_.shape, at_, end);
        at_ = end;
      } else if (is_quote(c)) {
        read_string();
      } else {
        if (c == '(' || c == '[' || c == '{') ++depth_;
        if (c == ')' || c == ']' || c == '}') --depth_;
        at_ += c == '\\' && language_ == BuildLanguage::kCmake ? 2 : 1;
      }
    }
    return std::move(read_);
  }

 private:
  void blank(std::string& text, std::size_t begin, std::size_t end) const {
    for (std::size_t at = begin; at < end; ++at) {
      if (text[at] != '\n') text[at] = ' ';
    }
  }

  bool is_comment() const {
    if (language_ != BuildLanguage::kIni) return text_[at_] == '#';
    return (text_[at_] == '#' || text_[at_] == ';') && (at_ == 0 || text_[at_ - 1] == '\n');
  }

  std::size_t end_of_comment() const {
    std::size_t bracket = at_ + 1;
    if (language_ == BuildLanguage::kCmake && text_.substr(bracket, 1) == "[") {  // #[=[ ... ]=]
      const std::size_t open = std::min(text_.find_first_not_of('=', bracket + 1), text_.size());
      const std::string close = "]" + std::string(open - bracket - 1, '=') + "]";
      if (text_.substr(open, 1) == "[") return end_behind(text_.find(close, open), close.size());
    }
    return end_behind(text_.find('\n', at_), 0);
  }

  std::size_t end_behind(std::size_t found, std::size_t length) const {
    return found == std::string_view::npos ? text_.size() : found + length;
  }

  bool is_quote(char c) const {
    if (language_ == BuildLanguage::kIni) return false;
    return (c == '"' && language_ != BuildLanguage::kMeson) || (c == '\'' && language_ != BuildLanguage::kCmake);
  }

  void read_string() {
    const char quote = text_[at_];
    const bool three = language_ != BuildLanguage::kCmake && text_.substr(at_, 3) == std::string(3, quote);
    const std::string close(three ? 3 : 1, quote);
    std::size_t end = at_ + close.size();
    while (end < text_.size() && text_.substr(end, close.size()) != close) {
      // A string that its line does not end is an error of the file's: read on behind it.
      if (text_[end] == '\n' && !three && language_ != BuildLanguage::kCmake) break;
      end += text_[end] == '\\' ? 2 : 1;
    }
    end = std::min(end, text_.size());
    blank(read_.shape, at_ + close.size(), end);
    if (end < text_.size() && text_[end] != '\n') end += close.size();
    end = std::min(end, text_.size());
    if (is_statement()) {
      blank(read_.code, at_, end);
      blank(read_.shape, at_, end);
    }
    at_ = end;
  }

  bool is_statement() const {
    if (depth_ > 0 || (language_ != BuildLanguage::kPython && language_ != BuildLanguage::kMeson)) return false;
    std::size_t begin = at_;
    while (begin > 0 && std::isalpha(static_cast<unsigned char>(text_[begin - 1])) != 0) --begin;  // r"""..."""
    while (begin > 0 && (text_[begin - 1] == ' ' || text_[begin - 1] == '\t')) --begin;
    return begin == 0 || (text_[begin - 1] == '\n' && (begin == 1 || text_[begin - 2] != '\\'));
  }

  BuildLanguage language_;
  std::string_view text_;
  BuildText read_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

BuildLanguage build_language(std::string_view path) {
  if (path.ends_with(".py")) return BuildLanguage::kPython;
  if (path.ends_with("meson.build")) return BuildLanguage::kMeson;
  if (path.ends_with("CMakeLists.txt")) return BuildLanguage::kCmake;
  return path.ends_with(".toml") ? BuildLanguage::kToml : BuildLanguage::kIni;
}

BuildText read_build_text(std::string_view path, std::string_view text) {
  return BlankedText(build_language(path), text).read();
}

std::size_t end_of_bracket(std::string_view shape, std::size_t at) {
  for (int depth = 1; at < shape.size(); ++at) {
    const char c = shape[at];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && --depth == 0) return at;
  }
  return shape.size();
}

}  // namespace abicheck
