#include "report/text_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "report/outcome.h"
#include "report/text_style.h"

namespace abicheck {

namespace {

constexpr std::size_t kMostSingleColumns = 12;
constexpr std::size_t kGap = 2;
constexpr std::size_t kSymbolWidth = 5;  // "crash"
constexpr std::string_view kHead = "NumPy ";

struct Row {
  std::string label;
  std::vector<Outcome> outcomes;  // one a target
};

// Neighbouring targets shown as one: all rows have the same outcome for each of them.
struct Column {
  std::size_t first;
  std::size_t last;
  std::string title;
  std::size_t width;
};

template <typename Thing>
Row make_row(std::string label, const Thing& thing, const std::vector<Target>& targets) {
  Row row{std::move(label), {}};
  for (const Target& target : targets) row.outcomes.push_back(outcome_of(thing, target.key));
  return row;
}

std::string remark(const FileReport& file) {
  const bool fine = std::all_of(file.verdicts.begin(), file.verdicts.end(),
                                [](const auto& entry) { return entry.second == Verdict::kCompatible; });
  return fine && count_numpy_users(file) + count_numpy_sources(file) == 0 ? "  (does not use NumPy's C-API)" : "";
}

bool worth_a_row(const ModuleReport& module) {
  const auto fine = [](const auto& entry) { return entry.second.verdict == Verdict::kCompatible; };
  return module.facts.uses_numpy || !std::all_of(module.verdicts.begin(), module.verdicts.end(), fine);
}

std::vector<Row> make_rows(const std::vector<const FileReport*>& files, const std::vector<Target>& targets,
                           bool modules) {
  std::vector<Row> rows;
  for (const FileReport* file : files) {
    rows.push_back(make_row(printable(file->path) + remark(*file), *file, targets));
    if (!modules || file->kind != "wheel") continue;
    for (const ModuleReport& module : file->modules) {
      if (worth_a_row(module)) rows.push_back(make_row("  " + printable(module.path), module, targets));
    }
  }
  return rows;
}

Column make_column(std::size_t first, std::size_t last, const std::vector<Target>& targets,
                   const std::vector<Row>& rows) {
  Column column{first, last, targets[first].key, 0};
  if (last > first) column.title += (last == first + 1 ? ", " : " – ") + targets[last].key;
  column.width = display_width(column.title);
  for (const Row& row : rows) column.width = std::max(column.width, look_of(row.outcomes[first]).symbol.size());
  return column;
}

// Sources are not judged for every target unless they are asked for.
std::vector<Target> judged_targets(const std::vector<const FileReport*>& files, const std::vector<Target>& targets) {
  std::vector<Target> judged;
  std::copy_if(targets.begin(), targets.end(), std::back_inserter(judged), [&](const Target& target) {
    return std::any_of(files.begin(), files.end(),
                       [&](const FileReport* file) { return outcome_of(*file, target.key) != Outcome::kNotJudged; });
  });
  return judged.empty() ? targets : judged;
}

std::vector<Column> single_columns(const std::vector<Target>& targets, const std::vector<Row>& rows) {
  std::vector<Column> columns;
  for (std::size_t i = 0; i < targets.size(); ++i) columns.push_back(make_column(i, i, targets, rows));
  return columns;
}

std::vector<Column> grouped_columns(const std::vector<Target>& targets, const std::vector<Row>& rows) {
  const auto alike = [&](std::size_t a, std::size_t b) {
    return std::all_of(rows.begin(), rows.end(), [&](const Row& row) { return row.outcomes[a] == row.outcomes[b]; });
  };
  std::vector<Column> columns;
  for (std::size_t first = 0; first < targets.size();) {
    std::size_t last = first;
    while (last + 1 < targets.size() && alike(first, last + 1)) ++last;
    columns.push_back(make_column(first, last, targets, rows));
    first = last + 1;
  }
  return columns;
}

// The columns that go side by side into `room`, from `begin` on; at least one. `room` 0 means no limit.
std::size_t end_of_block(const std::vector<Column>& columns, std::size_t begin, std::size_t room) {
  std::size_t used = kHead.size();
  std::size_t end = begin;
  while (end < columns.size()) {
    used += columns[end].width + kGap;
    if (room != 0 && used > room && end > begin) break;
    ++end;
  }
  return end;
}

std::string padded(std::string text, std::size_t width_now, std::size_t width) {
  return text + std::string(width > width_now ? width - width_now : 0, ' ');
}

std::string write_head(const std::vector<Column>& columns, std::size_t begin, std::size_t end, bool color) {
  std::string line(kHead);
  for (std::size_t c = begin; c < end; ++c) {
    line += padded(columns[c].title, display_width(columns[c].title), columns[c].width);
    if (c + 1 < end) line += std::string(kGap, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return paint(color, Ink::kBold, line) + "\n";
}

std::string write_row(const Row& row, const std::vector<Column>& columns, std::size_t begin, std::size_t end,
                      bool color) {
  std::string line(kHead.size(), ' ');
  for (std::size_t c = begin; c < end; ++c) {
    const OutcomeLook look = look_of(row.outcomes[columns[c].first]);
    line += padded(paint(color, look.ink, look.symbol), look.symbol.size(), columns[c].width + kGap);
  }
  return line + row.label + "\n";
}

std::string write_legend(const std::vector<Row>& rows, bool color) {
  std::set<Outcome> seen;
  for (const Row& row : rows) seen.insert(row.outcomes.begin(), row.outcomes.end());
  std::string out;
  for (const Outcome outcome : seen) {
    const OutcomeLook look = look_of(outcome);
    if (look.legend.empty()) continue;
    out +=
        std::string(kHead.size(), ' ') + padded(paint(color, look.ink, look.symbol), look.symbol.size(), kSymbolWidth);
    out += paint(color, Ink::kDim, fmt::format(" = {}", look.legend)) + "\n";
  }
  return out;
}

}  // namespace

std::string write_matrix(const std::vector<const FileReport*>& files, const std::vector<Target>& all,
                         const WriteOptions& options) {
  if (files.empty()) return "";
  constexpr std::size_t kRoomForNames = 30;  // longer names may run over the edge
  const std::vector<Target> targets = judged_targets(files, all);
  const std::vector<Row> rows = make_rows(files, targets, options.verbose > 0);
  const std::size_t width = options.width > 0 ? static_cast<std::size_t>(options.width) : 0;
  const std::size_t room = width > 2 * kRoomForNames ? width - kRoomForNames : width;

  std::vector<Column> columns = single_columns(targets, rows);
  const bool too_wide = end_of_block(columns, 0, room) < columns.size();
  if (too_wide || columns.size() > kMostSingleColumns) columns = grouped_columns(targets, rows);

  std::string out;
  for (std::size_t begin = 0; begin < columns.size();) {
    const std::size_t end = end_of_block(columns, begin, room);
    if (begin > 0) out += "\n";
    out += write_head(columns, begin, end, options.color);
    for (const Row& row : rows) out += write_row(row, columns, begin, end, options.color);
    begin = end;
  }
  const std::string legend = write_legend(rows, options.color);
  return legend.empty() ? out : out + "\n" + legend;
}

}  // namespace abicheck
