// Runs abicheck-sources, the program beside this one that parses sources, as often as needed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/source_scan.h"

namespace abicheck {

struct ScanRequest {
  const SourceTree* tree = nullptr;
  std::vector<std::string> changed;  // paths below the root of which the tree has another text than the disk
  std::vector<SourceUnit> units;
  std::vector<HeaderSet> headers;
  std::vector<std::string> targets;     // ids of headers
  std::vector<std::string> references;  // ids of headers, for units in which those of the targets find errors
  std::vector<std::string> names;       // that headers of some NumPy declare: errors about others are none of NumPy's
  std::vector<std::string> names_with_line_above;  // whose fix needs a definition or header in a line above all uses
  unsigned seconds = 0;                            // of the processor, for one unit and one set of headers
  std::size_t jobs = 1;
};

// The answers in the order of the units. A unit that kills the scanner has a `failure`; the error is that there is no
// scanner, or none that runs.
Result<std::vector<ScannedUnit>> run_scanner(const ScanRequest& request);

}  // namespace abicheck
