#include "report/text_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/add_once.h"
#include "report/finding_groups.h"
#include "report/summary.h"
#include "report/text_style.h"

namespace abicheck {

namespace {

struct Said {
  const Finding* finding;
  std::string path;  // of the source, for findings without a place
  std::vector<std::size_t> targets;
};

// Where one NumPy fails, what is a risk or advice about the same name with others is not worth saying.
void drop_what_errors_say(std::vector<Said>& said) {
  std::set<std::pair<SourcePlace, std::string>> errors;
  for (const Said& one : said) {
    const Finding& finding = *one.finding;
    if (finding.severity == Severity::kError && finding.place) errors.emplace(*finding.place, finding.symbol);
  }
  const auto is_said = [&](const Said& one) {
    const Finding& finding = *one.finding;
    return finding.severity != Severity::kError && finding.place && !finding.symbol.empty() &&
           errors.count({*finding.place, finding.symbol}) != 0;
  };
  said.erase(std::remove_if(said.begin(), said.end(), is_said), said.end());
}

// A header's finding is said once, however many units include it; and once for all targets for which it is the same.
std::vector<Said> collect(const FileReport& file, const std::vector<Target>& targets) {
  std::map<std::tuple<std::string, unsigned, unsigned, std::string, std::string>, Said> all;
  for (const SourceReport& source : file.sources) {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const ModuleVerdict* verdict = find_verdict(source.verdicts, targets[i].key);
      if (verdict == nullptr) continue;
      for (const Finding& finding : verdict->findings) {
        const SourcePlace place = finding.place.value_or(SourcePlace{source.path});
        Said& said = all[{place.file.empty() ? source.path : place.file, place.line, place.column, finding.rule,
                          finding.symbol.empty() ? finding.message : finding.symbol}];
        if (said.targets.empty() || finding.severity > said.finding->severity) said = {&finding, source.path, {}};
        if (finding.severity != said.finding->severity) continue;
        add_once(said.targets, i);
      }
    }
  }
  std::vector<Said> sorted;
  sorted.reserve(all.size());
  for (auto& [key, said] : all) sorted.push_back(std::move(said));
  drop_what_errors_say(sorted);
  return sorted;
}

Ink ink_of(Severity severity) {
  return severity == Severity::kError ? Ink::kBad : severity == Severity::kWarning ? Ink::kDoubt : Ink::kDim;
}

std::string place_of(const Said& said) {
  const auto& place = said.finding->place;
  if (!place || place->file.empty()) return printable(said.path);
  return fmt::format("{}:{}:{}", printable(place->file), place->line, place->column);
}

}  // namespace

std::string write_sources(const FileReport& file, const std::vector<Target>& targets, const WriteOptions& options) {
  std::string out;
  for (Said& said : collect(file, targets)) {
    const Finding& finding = *said.finding;
    if (finding.severity == Severity::kNote && options.verbose == 0) continue;
    std::sort(said.targets.begin(), said.targets.end());
    const std::string numpys =
        said.targets.size() == targets.size() ? "" : "NumPy " + name_targets(said.targets, targets) + ": ";
    out += fmt::format("  {}: {}: {}{} {}\n", paint(options.color, Ink::kBold, place_of(said)),
                       paint(options.color, ink_of(finding.severity), severity_name(finding.severity)), numpys,
                       printable(finding.message), paint(options.color, Ink::kDim, "[" + finding.rule + "]"));
    if (!finding.remedy.empty())
      out += fmt::format("    {}: {}\n", paint(options.color, Ink::kBold, "fix"), printable(finding.remedy));
    if (options.verbose > 0 && !finding.fix_problem.empty())
      out += fmt::format("    {}: {}\n", paint(options.color, Ink::kBold, "left by --fix"),
                         printable(finding.fix_problem));
  }
  return out;
}

}  // namespace abicheck
