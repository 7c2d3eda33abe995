// What --fix changes in one input, worked out in memory: it is scanned again with the changes, until there are no more
// of them, and what then does not compile any more is left as it was.
#pragma once

#include <string>
#include <vector>

#include "cli/scan_sources.h"
#include "sources/fixer.h"

namespace abicheck {

struct Proposal {
  std::vector<FixedText> files;    // by path below the root
  std::vector<std::string> notes;  // of files that are left as they were, and why
  std::vector<Problem> problems;
  std::string root;
  bool on_disk = true;
};

Proposal propose_fixes(const Input& input, const SourceContext& context);

}  // namespace abicheck
