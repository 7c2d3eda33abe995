// Findings as a reader wants them: said once, with the modules and the targets they hold for. A wheel of 300 modules
// that all fail alike for six NumPy releases has one thing to say.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/report.h"

namespace abicheck {

struct FindingGroup {
  Finding finding;                   // with the texts of the first target
  Verdict verdict;                   // of the modules
  std::vector<std::string> modules;  // empty when the finding is about the file as a whole
  std::vector<std::string> through;  // those that only fail because they import one of `modules`
  std::vector<std::size_t> targets;  // indices into Report::targets, ascending; empty as above
  bool numbers_differ = false;       // other targets say the same with other numbers in it
};

// Worst first. Modules whose verdict is unknown without a finding get one made of what their facts lack.
std::vector<FindingGroup> group_findings(const FileReport& file, const std::vector<Target>& targets);

// "1.26, 2.0, 2.1", or "1.16 – 1.26" for runs of neighbours when the list would be long.
std::string name_targets(const std::vector<std::size_t>& indices, const std::vector<Target>& targets);

}  // namespace abicheck
