// The small things of text output: what may reach a terminal, colours, widths, plurals.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace abicheck {

enum class Ink { kPlain, kBold, kDim, kGood, kBad, kDoubt };

// `text` with ANSI colour when `color` is set.
std::string paint(bool color, Ink ink, std::string_view text);

// `text` with everything made visible that a terminal would obey: control characters, bytes that are no UTF-8, and the
// marks that reverse the direction of writing. Names and messages come from files that are not trusted.
std::string printable(std::string_view text);

// Columns that `text` takes; every code point counts as one.
std::size_t display_width(std::string_view text);

// Words of `text` on lines of at most `width` columns, those after the first indented; `width` 0 leaves one line.
std::string wrap(std::string_view text, std::size_t width, std::size_t first_indent, std::size_t indent);

// Lines of `text`, without a trailing empty one.
std::vector<std::string_view> split_lines(std::string_view text);

// "1 module", "2 modules".
std::string counted(std::size_t count, std::string_view noun);

std::string join(const std::vector<std::string>& parts, std::string_view separator);

}  // namespace abicheck
