#include "report/text_needs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "base/add_once.h"
#include "report/text_style.h"

namespace abicheck {

namespace {

std::string text_of(const SourcePlace& place) {
  return fmt::format("{}:{}:{}", printable(place.file), place.line, place.column);
}

// An entry that not every NumPy has, with its places in all sources.
struct Need {
  std::string since;
  std::string name;
  std::set<SourcePlace> places;
};

// The newest NumPy first; versions are compared by their numbers.
std::vector<unsigned> numbers_of(const std::string& version) {
  std::vector<unsigned> numbers(1);
  for (const char c : version) {
    if (c == '.') {
      numbers.push_back(0);
    } else if (c >= '0' && c <= '9') {
      numbers.back() = numbers.back() * 10 + static_cast<unsigned>(c - '0');
    }
  }
  return numbers;
}

std::vector<Need> needs_of(const FileReport& file) {
  std::map<std::tuple<std::string, bool, std::uint32_t>, Need> all;
  for (const SourceReport& source : file.sources) {
    for (const SourceSlot& slot : source.facts.slots) {
      if (!slot.raises) continue;
      Need& need = all[{slot.since, slot.ufunc, slot.index}];
      need.since = slot.since;
      need.name = slot.name;
      need.places.insert(slot.needed_at.begin(), slot.needed_at.end());
    }
  }
  std::vector<Need> sorted;
  sorted.reserve(all.size());
  for (auto& [key, need] : all) sorted.push_back(std::move(need));
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Need& a, const Need& b) { return numbers_of(a.since) > numbers_of(b.since); });
  return sorted;
}

std::string lowest_of(const FileReport& file) {
  std::string lowest;
  for (const SourceReport& source : file.sources) {
    const std::string& here = source.facts.lowest_numpy;
    if (!here.empty() && (lowest.empty() || numbers_of(lowest) < numbers_of(here))) lowest = here;
  }
  return lowest;
}

bool all_are_read(const FileReport& file) {
  return std::all_of(file.sources.begin(), file.sources.end(), [](const SourceReport& source) {
    return std::none_of(source.verdicts.begin(), source.verdicts.end(),
                        [](const auto& entry) { return entry.second.verdict == Verdict::kUnknown; });
  });
}

std::string places_of(const Need& need, std::size_t most) {
  std::string out;
  std::size_t count = 0;
  for (const SourcePlace& place : need.places) {
    if (count++ < most) out += (out.empty() ? "" : ", ") + text_of(place);
  }
  return count <= most ? out : fmt::format("{} and {} more", out, count - most);
}

// "NumPy 1.23 (0x10)" -> the headers with which it is so, and the definitions that make it so.
std::string targets_of(const FileReport& file) {
  std::map<std::string, std::vector<std::string>> headers;
  for (const SourceReport& source : file.sources) {
    for (const TargetVersion& target : source.facts.targets) {
      if (!target.api) continue;
      std::string text = target.numpy.empty() ? fmt::format("C-API {:#x}", *target.api)
                                              : fmt::format("NumPy {} ({:#x})", target.numpy, *target.api);
      if (target.set_by) text += ", by NPY_TARGET_VERSION " + printable(target.set_by->value) + ",";
      std::vector<std::string>& with = headers[text];
      add_once(with, target.headers);
    }
  }
  std::string out;
  for (const auto& [text, with] : headers) {
    out += (out.empty() ? "" : "; ") + text + " with the headers of NumPy ";
    for (std::size_t i = 0; i < with.size(); ++i) out += (i == 0 ? "" : ", ") + with[i];
  }
  return out;
}

}  // namespace

std::string write_needs(const FileReport& file, const WriteOptions& options) {
  const std::string lowest = lowest_of(file);
  if (lowest.empty()) return "";
  const std::vector<Need> needs = needs_of(file);
  const bool list = options.verbose > 0;
  std::string out = "  lowest: numpy " + printable(lowest);
  if (!needs.empty())
    out += ", for " + printable(needs.front().name) + (list ? "" : " at " + places_of(needs.front(), 1));
  if (!all_are_read(file)) out += ", as far as the sources could be read";
  out += "\n";
  for (const Need& need : needs) {
    if (list)
      out += fmt::format("    {}: {} at {}\n", need.since, printable(need.name), places_of(need, need.places.size()));
  }
  const std::string targets = targets_of(file);
  return targets.empty() ? out : out + "  target: " + targets + "\n";
}

}  // namespace abicheck
