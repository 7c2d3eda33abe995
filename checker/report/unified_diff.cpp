#include "report/unified_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace abicheck {

namespace {

// With their line ends.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

using Lines = std::vector<std::string_view>;

// Lines [begin, end) of the one text have become [other_begin, other_end) of the other.
struct LineChange {
  std::size_t begin, end, other_begin, other_end;
};

// A change of many lines in which some stay as they are, as many as possible: several changes.
void split(const LineChange& change, const Lines& before, const Lines& after, std::vector<LineChange>& parts) {
  constexpr std::size_t kMostPairs = 1'000'000;
  const std::size_t rows = change.end - change.begin;
  const std::size_t columns = change.other_end - change.other_begin;
  if (rows == 0 || columns == 0 || rows > kMostPairs / columns) return parts.push_back(change);
  // same[i][j]: lines that stay from row i and column j on.
  std::vector<std::vector<unsigned>> same(rows + 1, std::vector<unsigned>(columns + 1, 0));
  const auto equal = [&](std::size_t i, std::size_t j) {
    return before[change.begin + i] == after[change.other_begin + j];
  };
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;)
      same[i][j] = equal(i, j) ? same[i + 1][j + 1] + 1 : std::max(same[i + 1][j], same[i][j + 1]);
  }
  LineChange part{change.begin, change.begin, change.other_begin, change.other_begin};
  const auto end_part = [&] {
    if (part.begin != part.end || part.other_begin != part.other_end) parts.push_back(part);
  };
  for (std::size_t i = 0, j = 0; i < rows || j < columns;) {
    if (i < rows && j < columns && equal(i, j)) {
      end_part();
      ++i;
      ++j;
      part = {change.begin + i, change.begin + i, change.other_begin + j, change.other_begin + j};
    } else if (j == columns || (i < rows && same[i + 1][j] >= same[i][j + 1])) {
      part.end = change.begin + ++i;
    } else {
      part.other_end = change.other_begin + ++j;
    }
  }
  end_part();
}

// Fixes change few lines, so that the same lines are soon found again: the nearest run of them ends a change.
std::vector<LineChange> changes_between(const Lines& before, const Lines& after) {
  constexpr std::size_t kSame = 3;  // so many lines in a row are the same text, unless less are left
  std::vector<LineChange> changes;
  std::size_t i = 0;
  std::size_t j = 0;
  const auto same_from = [&](std::size_t a, std::size_t b) {
    const std::size_t left = std::min({kSame, before.size() - a, after.size() - b});
    if (left == 0) return a == before.size() && b == after.size();
    return std::equal(before.begin() + static_cast<std::ptrdiff_t>(a),
                      before.begin() + static_cast<std::ptrdiff_t>(a + left),
                      after.begin() + static_cast<std::ptrdiff_t>(b));
  };
  while (i < before.size() || j < after.size()) {
    if (i < before.size() && j < after.size() && before[i] == after[j]) {
      ++i;
      ++j;
      continue;
    }
    LineChange change{i, before.size(), j, after.size()};
    bool found = false;
    for (std::size_t distance = 1; !found && distance <= before.size() - i + after.size() - j; ++distance) {
      for (std::size_t a = distance + 1; !found && a-- > 0;) {
        const std::size_t b = distance - a;
        if (i + a > before.size() || j + b > after.size() || !same_from(i + a, j + b)) continue;
        change = {i, i + a, j, j + b};
        found = true;
      }
    }
    split(change, before, after, changes);
    i = change.end;
    j = change.other_end;
  }
  return changes;
}

void add_line(std::string& out, char sign, std::string_view line) {
  out += sign;
  out += line;
  if (!line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
}

std::string range(std::size_t begin, std::size_t count) {
  if (count == 1) return std::to_string(begin + 1);
  return fmt::format("{},{}", count == 0 ? begin : begin + 1, count);
}

}  // namespace

std::string unified_diff(const std::string& path, std::string_view before, std::string_view after) {
  constexpr std::size_t kContext = 3;
  const Lines old_lines = lines_of(before);
  const Lines new_lines = lines_of(after);
  const std::vector<LineChange> changes = changes_between(old_lines, new_lines);
  if (changes.empty()) return "";
  std::string out = "--- a/" + path + "\n+++ b/" + path + "\n";
  for (std::size_t first = 0; first < changes.size();) {
    std::size_t last = first;
    while (last + 1 < changes.size() && changes[last + 1].begin - changes[last].end <= 2 * kContext) ++last;
    const std::size_t begin = changes[first].begin - std::min(changes[first].begin, kContext);
    const std::size_t end = std::min(changes[last].end + kContext, old_lines.size());
    const std::size_t other_begin = changes[first].other_begin - (changes[first].begin - begin);
    const std::size_t other_end = changes[last].other_end + (end - changes[last].end);
    out += fmt::format("@@ -{} +{} @@\n", range(begin, end - begin), range(other_begin, other_end - other_begin));
    std::size_t at = begin;
    for (std::size_t i = first; i <= last; ++i) {
      for (; at < changes[i].begin; ++at) add_line(out, ' ', old_lines[at]);
      for (; at < changes[i].end; ++at) add_line(out, '-', old_lines[at]);
      for (std::size_t other = changes[i].other_begin; other < changes[i].other_end; ++other)
        add_line(out, '+', new_lines[other]);
    }
    for (; at < end; ++at) add_line(out, ' ', old_lines[at]);
    first = last + 1;
  }
  return out;
}

}  // namespace abicheck
