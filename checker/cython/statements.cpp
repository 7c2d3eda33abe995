#include "cython/statements.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace abicheck {

namespace {

constexpr unsigned kTab = 8;  // as Python counts

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool is_name_part(char c) {
  return is_name_start(c) || is_digit(c);
}

// Statements that may have a block; only behind their colon another statement can follow in the same line.
constexpr std::array<std::string_view, 23> kBlocks{
    "IF",  "ELIF",   "ELSE",    "enum", "struct", "union", "packed", "if",    "elif",  "else",     "for",     "while",
    "try", "except", "finally", "with", "class",  "def",   "cdef",   "cpdef", "async", "property", "ctypedef"};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = line_start_ = 3;
  }

  CythonText read() {
    measure_indent();
    while (at_ < text_.size()) step();
    end_statement();
    return std::move(found_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void step() {
    const char c = text_[at_];
    if (c == '\n' || c == '\r') return new_line(depth_ > 0);
    if (c == '\\' && (peek(1) == '\n' || peek(1) == '\r')) {
      ++at_;
      return new_line(true);
    }
    if (c == '#') {
      while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
    } else if (c == ' ' || c == '\t' || c == '\f' || c == '\0' || c == '\\') {
      ++at_;
    } else if (c == '"' || c == '\'') {
      read_string();
    } else if (is_name_start(c)) {
      read_name();
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      read_number();
    } else if (c == ';' && depth_ == 0) {
      ++at_;
      end_statement();
    } else {
      read_sign();
    }
  }

  void new_line(bool goes_on) {
    at_ += text_[at_] == '\r' && peek(1) == '\n' ? 2 : 1;
    ++line_;
    line_start_ = at_;
    if (goes_on) return;
    end_statement();
    measure_indent();
  }

  void measure_indent() {
    indent_ = 0;
    for (; peek() == ' ' || peek() == '\t' || peek() == '\f'; ++at_) {
      if (peek() == '\t') {
        indent_ = (indent_ / kTab + 1) * kTab;
      } else {
        indent_ = peek() == '\f' ? 0 : indent_ + 1;
      }
    }
  }

  void add(CythonToken::Kind kind, std::string_view text, unsigned line, unsigned column) {
    current_.tokens.push_back({kind, text, line, column});
    if (current_.tokens.size() == 1) current_.indent = indent_;
  }

  void add(CythonToken::Kind kind, std::size_t begin) {
    add(kind, text_.substr(begin, at_ - begin), line_, static_cast<unsigned>(begin - line_start_ + 1));
  }

  void read_name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name_part(text_[at_])) ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    const bool prefix = name.size() <= 2 && name.find_first_not_of("rRbBuUfFcC") == std::string_view::npos;
    if (prefix && (peek() == '"' || peek() == '\'')) return read_string();
    add(CythonToken::Kind::kName, begin);
  }

  void read_number() {
    const std::size_t begin = at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool exponent = (c == '+' || c == '-') && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E') &&
                            !text_.substr(begin, 2).starts_with("0x");
      if (!is_name_part(c) && c != '.' && !(exponent && at_ > begin)) break;
      ++at_;
    }
    add(CythonToken::Kind::kNumber, begin);
  }

  // One that ends in its line, or at a triple quote; a backslash takes the next character along in raw strings as well.
  void read_string() {
    const std::size_t begin = at_;
    const char quote = text_[at_];
    const bool triple = peek(1) == quote && peek(2) == quote;
    const std::size_t quotes = triple ? 3 : 1;
    const unsigned line = line_;
    const auto column = static_cast<unsigned>(begin - line_start_ + 1);
    at_ += quotes;
    const std::size_t inner = at_;
    for (;; ++at_) {
      if (at_ >= text_.size() || (!triple && (text_[at_] == '\n' || text_[at_] == '\r'))) {
        if (found_.unended_string == 0) found_.unended_string = line;
        break;
      }
      if (text_[at_] == '\n') next_line_in_string();
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        if (text_[++at_] == '\r' && peek(1) == '\n') ++at_;
        if (text_[at_] == '\n') next_line_in_string();
        continue;
      }
      if (text_[at_] == quote && (!triple || (peek(1) == quote && peek(2) == quote))) break;
    }
    const std::string_view text = text_.substr(inner, std::min(at_, text_.size()) - inner);
    if (peek() == quote) at_ += quotes;
    add(CythonToken::Kind::kString, text, line, column);
  }

  void next_line_in_string() {
    ++line_;
    line_start_ = at_ + 1;
  }

  void read_sign() {
    static constexpr std::array<std::string_view, 24> kLong{
        "**=", "//=", ">>=", "<<=", "...", "==", "!=", "<=", ">=", "->", "+=", "-=",
        "*=",  "/=",  "%=",  "&=",  "|=",  "^=", ":=", "@=", "**", "//", ">>", "<<"};
    const std::size_t begin = at_;
    std::size_t size = 1;
    for (const std::string_view sign : kLong) {
      if (text_.substr(at_).starts_with(sign)) {
        size = sign.size();
        break;
      }
    }
    const char c = text_[at_];
    at_ += size;
    if (c == '(' || c == '[' || c == '{') ++depth_;
    if ((c == ')' || c == ']' || c == '}') && depth_ > 0) --depth_;
    add(CythonToken::Kind::kSign, begin);
    if (c == ':' && size == 1 && depth_ == 0) end_of_head();
  }

  // "with nogil: x = 1": what follows is a statement of its own, one column deeper.
  void end_of_head() {
    const std::string_view first = current_.tokens.front().text;
    if (std::find(kBlocks.begin(), kBlocks.end(), first) == kBlocks.end()) return;
    const bool lambda = std::any_of(current_.tokens.begin(), current_.tokens.end(),
                                    [](const CythonToken& token) { return token.is("lambda"); });
    if (lambda) return;
    current_.tokens.pop_back();
    current_.opens_block = true;
    end_statement();
    ++indent_;
  }

  void end_statement() {
    if (!current_.tokens.empty()) {
      if (current_.tokens.back().is(":")) {
        current_.tokens.pop_back();
        current_.opens_block = true;
      }
      if (!current_.tokens.empty()) found_.statements.push_back(std::move(current_));
    }
    current_ = {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  unsigned line_ = 1;
  unsigned indent_ = 0;
  unsigned depth_ = 0;
  CythonStatement current_;
  CythonText found_;
};

}  // namespace

CythonText read_statements(std::string_view text) {
  return Lexer(text).read();
}

}  // namespace abicheck
