#include "report/text_style.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

namespace abicheck {

namespace {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;
};

// The code point that starts at `at`, if it is well-formed there (RFC 3629: no overlong form, no surrogate).
std::optional<CodePoint> read_code_point(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x80) return CodePoint{lead, 1};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() - at < length) return std::nullopt;
  std::uint32_t value = lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return std::nullopt;
    value = (value << 6) | (byte(at + i) & 0x3f);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kSmallest[length] || value > 0x10ffff || surrogate) return std::nullopt;
  return CodePoint{value, length};
}

// Unicode Bidirectional Algorithm (UAX #9) controls, and the two line separators.
bool reorders_or_breaks(std::uint32_t c) {
  return c == 0x61c || (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

bool is_control(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

std::string escaped(std::uint32_t c) {
  if (c == '\n') return "\\n";
  if (c == '\t') return "\\t";
  if (c == '\r') return "\\r";
  return c < 0x100 ? fmt::format("\\x{:02x}", c) : fmt::format("\\u{:04x}", c);
}

std::string_view ansi_code(Ink ink) {
  switch (ink) {
    case Ink::kPlain:
      return "";
    case Ink::kBold:
      return "1";
    case Ink::kDim:
      return "2";
    case Ink::kGood:
      return "32";
    case Ink::kBad:
      return "1;31";
    case Ink::kDoubt:
      return "33";
  }
  return "";
}

}  // namespace

std::string paint(bool color, Ink ink, std::string_view text) {
  if (!color || ink == Ink::kPlain) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", ansi_code(ink), text);
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto point = read_code_point(text, at);
    if (!point) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[at++]));
      continue;
    }
    const bool harmless = !is_control(point->value) && !reorders_or_breaks(point->value);
    out += harmless ? std::string(text.substr(at, point->length)) : escaped(point->value);
    at += point->length;
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (const char c : text) width += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return width;
}

std::string wrap(std::string_view text, std::size_t width, std::size_t first_indent, std::size_t indent) {
  constexpr std::size_t kNarrowest = 40;  // below that, wrapping does more harm than good
  if (width < kNarrowest) return std::string(text);
  std::string out;
  std::size_t column = first_indent;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size() == text.size() ? text.size() : word.size() + 1);
    const std::size_t length = display_width(word);
    const bool fits = column + 1 + length <= width;
    if (!out.empty()) out += fits ? " " : "\n" + std::string(indent, ' ');
    column = out.empty() ? first_indent + length : fits ? column + 1 + length : indent + length;
    out += word;
  }
  return out;
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

}  // namespace abicheck
