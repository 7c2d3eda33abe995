#include "report/text_table.h"

#include <algorithm>

#include "report/text_style.h"

namespace abicheck {

namespace {

constexpr std::size_t kWidth = 118;

// The words in lines of at most `width`, or of one word that is longer; one line at least.
std::vector<std::string> broken(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (text.size() > width) {
    std::size_t space = text.rfind(' ', width);
    if (space == std::string_view::npos || space == 0) space = text.find(' ', 1);
    if (space == std::string_view::npos) break;
    lines.emplace_back(text.substr(0, space));
    text.remove_prefix(space + 1);
  }
  lines.emplace_back(text);
  return lines;
}

}  // namespace

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

std::string hang(const std::vector<TextRow>& rows, std::size_t indent) {
  std::size_t width = 0;
  for (const TextRow& row : rows) width = std::max(width, display_width(row.front()));
  const std::size_t column = indent + width + 2;
  std::vector<TextRow> lines;
  for (const TextRow& row : rows) {
    bool first = true;
    for (std::string& line : broken(row.at(1), kWidth > column ? kWidth - column : 0)) {
      lines.push_back({first ? row.front() : std::string(width, ' '), std::move(line)});
      first = false;
    }
  }
  return align(lines, indent);
}

std::string wrap(std::string_view text, std::size_t indent) {
  constexpr std::size_t kHang = 2;
  std::string out;
  for (const std::string& line : broken(text, kWidth - indent - kHang))
    out += std::string(indent + (out.empty() ? 0 : kHang), ' ') + line + "\n";
  return out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  for (const std::string_view line : split_lines(text)) out += printable(line) + "\n";
  return out;
}

std::string flow(const std::vector<std::string>& cells, std::size_t indent) {
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
