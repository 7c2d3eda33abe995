#include "report/text_table.h"

#include <algorithm>

#include "report/text_style.h"

namespace abicheck {

std::string align(const std::vector<TextRow>& rows, std::size_t indent) {
  std::vector<std::size_t> widths;
  for (const TextRow& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i + 1 < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  }
  std::string out;
  for (const TextRow& row : rows) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - display_width(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  for (const std::string_view line : split_lines(text)) out += printable(line) + "\n";
  return out;
}

std::string flow(const std::vector<std::string>& cells, std::size_t indent) {
  constexpr std::size_t kWidth = 118;
  std::string out;
  std::string line;
  for (const std::string& cell : cells) {
    if (!line.empty() && indent + line.size() + 2 + cell.size() > kWidth) {
      out += std::string(indent, ' ') + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : "  ") + cell;
  }
  return line.empty() ? out : out + std::string(indent, ' ') + line + "\n";
}

}  // namespace abicheck
