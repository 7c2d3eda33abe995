// Columns for the pages about the database.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace abicheck {

using TextRow = std::vector<std::string>;

// One line a row; every column but the last as wide as its widest cell, two spaces between them.
std::string align(const std::vector<TextRow>& rows, std::size_t indent);

// Two columns, of which the second goes on in its own column where a line would be too long.
std::string hang(const std::vector<TextRow>& rows, std::size_t indent);

// A text, cut at spaces where a line would be too long; the lines after the first are indented by two more.
std::string wrap(std::string_view text, std::size_t indent);

// Cells one after the other, as many on a line as there is room for.
std::string flow(const std::vector<std::string>& cells, std::size_t indent);

// printable() of each line: the page as a whole may hold texts of a database that is not ours.
std::string printable_lines(std::string_view text);

// Data models in the order in which people look for them.
inline constexpr const char* kModelsForPeople[] = {"lp64",  "llp64",  "ilp32",  "ilp32_aligned",  "ilp32_aligned_315",
                                                   "lp64t", "llp64t", "ilp32t", "ilp32_alignedt", "ilp32_aligned_315t"};

}  // namespace abicheck
