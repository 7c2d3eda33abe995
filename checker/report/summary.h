// The counts at the end of every report. The exit status is decided from the same verdicts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/report.h"

namespace abicheck {

struct Summary {
  std::size_t files = 0;
  std::size_t modules = 0;
  std::size_t sources = 0;
  // Files by their worst verdict over the targets.
  std::size_t compatible = 0;
  std::size_t incompatible = 0;
  std::size_t unknown = 0;
  std::size_t not_applicable = 0;
};

// The worst verdict over all targets. A file that was judged against none is unknown, never fine.
Verdict worst_verdict(const FileReport& file);
Summary summarize(const Report& report);

// The entry of a `verdicts` list for one target; null when that target was not judged.
template <typename T>
const T* find_verdict(const std::vector<std::pair<std::string, T>>& verdicts, std::string_view key) {
  for (const auto& [name, verdict] : verdicts) {
    if (name == key) return &verdict;
  }
  return nullptr;
}

}  // namespace abicheck
