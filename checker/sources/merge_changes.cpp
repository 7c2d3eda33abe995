#include "sources/merge_changes.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/words.h"

namespace abicheck {

namespace {

std::vector<std::size_t> line_starts(const std::string& text) {
  std::vector<std::size_t> starts{0};
  for (std::size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    starts.push_back(at + 1);
  return starts;
}

struct Edit {
  std::size_t begin, end;
  std::string text;
};

// A change with the piece of text that it is about, from the first of its edits to the last.
struct Change {
  std::size_t begin, end;
  std::vector<Edit> edits;
};

std::optional<Change> located(const SourceChange& change, const std::vector<std::size_t>& starts, std::size_t size) {
  const auto offset = [&](const SourcePlace& place) -> std::optional<std::size_t> {
    if (place.line == 0 || place.column == 0 || place.line > starts.size()) return std::nullopt;
    const std::size_t at = starts[place.line - 1] + place.column - 1;
    return at <= size ? std::optional(at) : std::nullopt;
  };
  Change found{size, 0, {}};
  for (const SourceEdit& edit : change) {
    const auto begin = offset(edit.begin);
    const auto end = offset(edit.end);
    if (!begin || !end || *end < *begin) return std::nullopt;
    found.edits.push_back({*begin, *end, edit.text});
    found.begin = std::min(found.begin, *begin);
    found.end = std::max(found.end, *end);
  }
  return found.edits.empty() ? std::nullopt : std::optional(std::move(found));
}

// One is in the other or beside it, and no edit lies in text that the other takes away.
bool go_together(const Change& a, const Change& b) {
  const bool beside = a.end <= b.begin || b.end <= a.begin;
  const auto inside = [](const Change& inner, const Change& outer) {
    return outer.begin <= inner.begin && inner.end <= outer.end;
  };
  if (!beside && !inside(a, b) && !inside(b, a)) return false;
  for (const Edit& one : a.edits) {
    for (const Edit& other : b.edits) {
      const bool insertions = one.begin == one.end && other.begin == other.end;
      const bool apart = one.end <= other.begin || other.end <= one.begin;
      if (!insertions && !apart) return false;
    }
  }
  return true;
}

constexpr std::string_view kInclude = "#include <";
constexpr std::string_view kDefine = "#define ";

// The header is included, or the name defined, in whatever form.
bool is_present(const std::string& text, std::string_view line) {
  if (line.starts_with(kInclude))
    return text.find(line.substr(kInclude.size(), line.size() - kInclude.size() - 1)) != std::string::npos;
  const auto end = std::find_if_not(line.begin() + kDefine.size(), line.end(), is_of_word);
  const std::string name = "define " + std::string(line.begin() + kDefine.size(), end);
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    if (at + name.size() == text.size() || !is_of_word(text[at + name.size()])) return true;
  }
  return false;
}

// First what has no condition.
std::string as_lines(const std::vector<SourceNeed>& needs) {
  std::map<std::string, std::string> by_condition;
  for (const SourceNeed& need : needs) by_condition[need.condition] += need.line + "\n";
  std::string all;
  for (const auto& [condition, lines] : by_condition)
    all += condition.empty() ? lines : "#if " + condition + "\n" + lines + "#endif\n";
  return all;
}

std::string with_line_ends_of(const std::string& text, const std::string& lines) {
  const std::size_t first = text.find('\n');
  if (first == std::string::npos || first == 0 || text[first - 1] != '\r') return lines;
  std::string found;
  for (const char c : lines) found += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return found;
}

// At one place what ends comes before what begins; of what begins the outermost is first, of what ends the innermost.
std::vector<TextEdit> in_order(const std::vector<const Change*>& changes) {
  struct Placed {
    const Edit* edit;
    bool begins;
    std::size_t size;
  };
  std::vector<Placed> placed;
  for (const Change* change : changes) {
    for (const Edit& edit : change->edits)
      placed.push_back({&edit, edit.begin == change->begin, change->end - change->begin});
  }
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    if (a.edit->begin != b.edit->begin) return a.edit->begin < b.edit->begin;
    const bool a_inserts = a.edit->begin == a.edit->end;
    const bool b_inserts = b.edit->begin == b.edit->end;
    if (a_inserts != b_inserts) return a_inserts;
    if (a.begins != b.begins) return b.begins;
    return a.begins ? a.size > b.size : a.size < b.size;
  });
  std::vector<TextEdit> edits;
  for (const Placed& one : placed) {
    const Edit& edit = *one.edit;
    // Text that is put in where another edit ends or stands joins it.
    if (!edits.empty() && edits.back().offset + edits.back().length == edit.begin) {
      edits.back().length += edit.end - edit.begin;
      edits.back().text += edit.text;
    } else {
      edits.push_back({edit.begin, edit.end - edit.begin, edit.text});
    }
  }
  return edits;
}

}  // namespace

MergedChanges merge_changes(const std::string& text, const std::vector<ChangeGroup>& groups) {
  const std::vector<std::size_t> starts = line_starts(text);
  MergedChanges merged;
  std::map<SourceChange, Change> taken;
  std::vector<SourceNeed> needs;
  for (const ChangeGroup& group : groups) {
    std::map<SourceChange, Change> fresh;
    bool fits = true;
    for (const SourceChange& change : group.changes) {
      if (taken.count(change) != 0) continue;
      const auto found = located(change, starts, text.size());
      fits = fits && found && std::all_of(taken.begin(), taken.end(), [&](const auto& other) {
               return go_together(*found, other.second);
             });
      if (!fits) break;
      fresh.emplace(change, *found);
    }
    merged.applied.push_back(fits);
    if (!fits) continue;
    taken.merge(fresh);
    for (const SourceNeed& need : group.needs) {
      if (!is_present(text, need.line) && std::find(needs.begin(), needs.end(), need) == needs.end())
        needs.push_back(need);
    }
  }
  std::vector<const Change*> changes;
  changes.reserve(taken.size());
  for (const auto& [key, change] : taken) changes.push_back(&change);
  merged.edits = in_order(changes);
  merged.needs = with_line_ends_of(text, as_lines(needs));
  return merged;
}

std::string with_edits(const std::string& text, const std::vector<TextEdit>& edits) {
  std::string changed;
  std::size_t at = 0;
  for (const TextEdit& edit : edits) {
    changed += text.substr(at, edit.offset - at) + edit.text;
    at = edit.offset + edit.length;
  }
  return changed + text.substr(at);
}

std::string with_lines_at(std::string text, std::size_t offset, const std::string& lines) {
  const bool ended = offset == 0 || text[offset - 1] == '\n';
  return text.insert(offset, (ended ? "" : "\n") + lines);
}

std::size_t offset_of_line(const std::string& text, unsigned line) {
  const std::vector<std::size_t> starts = line_starts(text);
  return line == 0 ? 0 : line > starts.size() ? text.size() : starts[line - 1];
}

}  // namespace abicheck
