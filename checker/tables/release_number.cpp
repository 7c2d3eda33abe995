#include "tables/release_number.h"

#include <charconv>

namespace abicheck {

namespace {

constexpr std::uint32_t kLargest = 254;

// Takes one number off the front of `text`; empty when there is none or it has a leading zero.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (error != std::errc() || length == 0 || number > kLargest || (length > 1 && text.front() == '0'))
    return std::nullopt;
  text.remove_prefix(length);
  return number;
}

// `count` numbers with points between them, shifted into their bytes.
std::optional<std::uint32_t> take_numbers(std::string_view& text, int count) {
  std::uint32_t result = 0;
  for (int i = 0; i < count; ++i) {
    if (i > 0 && !text.starts_with('.')) return std::nullopt;
    if (i > 0) text.remove_prefix(1);
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    result |= *number << (24 - 8 * i);
  }
  return result;
}

}  // namespace

std::optional<std::uint32_t> release_number(std::string_view text) {
  constexpr std::string_view kPost = ".post";
  auto number = take_numbers(text, 3);
  if (!number || text.empty()) return number;
  if (!text.starts_with(kPost)) return std::nullopt;
  text.remove_prefix(kPost.size());
  const auto post = take_number(text);
  if (!post || !text.empty()) return std::nullopt;
  return *number | (*post + 1);
}

std::string release_text(std::uint32_t number) {
  const std::uint32_t post = number & 0xff;
  return minor_text(number) + "." + std::to_string(number >> 8 & 0xff) +
         (post == 0 ? "" : ".post" + std::to_string(post - 1));
}

std::optional<std::uint32_t> minor_number(std::string_view text) {
  const auto number = take_numbers(text, 2);
  return text.empty() ? number : std::nullopt;
}

std::string minor_text(std::uint32_t number) {
  return std::to_string(number >> 24) + "." + std::to_string(number >> 16 & 0xff);
}

}  // namespace abicheck
