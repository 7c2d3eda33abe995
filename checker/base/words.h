// Words, blanks and what stands between them, looked for without std::regex: that recurses with the length of what it
// matches, which here comes from a scanned file.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/text.h"

namespace abicheck {

constexpr bool is_of_word(char c) {
  return c == '_' || is_letter(c) || is_digit(c);
}

constexpr std::size_t behind_word(std::string_view text, std::size_t at) {
  while (at < text.size() && is_of_word(text[at])) ++at;
  return at;
}

constexpr std::size_t behind_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_space(text[at])) ++at;
  return at;
}

constexpr bool stands_at(std::string_view text, std::size_t at, std::string_view what) {
  return at <= text.size() && text.substr(at).starts_with(what);
}

// As far as the text begins with one.
constexpr std::string_view first_word(std::string_view text) {
  return text.substr(0, behind_word(text, 0));
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

constexpr bool is_identifier(std::string_view text) {
  return !text.empty() && !is_digit(text[0]) && behind_word(text, 0) == text.size();
}

// Not as a part of a longer word.
constexpr bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_of_word(text[at - 1])) && (end == text.size() || !is_of_word(text[end]))) return true;
  }
  return false;
}

}  // namespace abicheck
