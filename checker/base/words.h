// Words, blanks and what stands between them, looked for without std::regex: that recurses with the length of what it
// matches, which here comes from a scanned file.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace abicheck {

constexpr bool is_of_word(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

constexpr std::size_t behind_word(std::string_view text, std::size_t at) {
  while (at < text.size() && is_of_word(text[at])) ++at;
  return at;
}

constexpr std::size_t behind_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

constexpr bool stands_at(std::string_view text, std::size_t at, std::string_view what) {
  return at <= text.size() && text.substr(at).starts_with(what);
}

// Calls visit(word, where it begins) for every word.
template <typename Visit>
void for_each_word(std::string_view text, Visit visit) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_of_word(text[at])) continue;
    const std::size_t end = behind_word(text, at);
    visit(text.substr(at, end - at), at);
    at = end;  // no word begins there
  }
}

inline bool is_identifier(std::string_view text) {
  return !text.empty() && (text[0] < '0' || text[0] > '9') && behind_word(text, 0) == text.size();
}

}  // namespace abicheck
