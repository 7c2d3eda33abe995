// --fix and --diff.
#pragma once

#include <iosfwd>

#include "cli/exit_status.h"
#include "cli/options.h"
#include "model/report.h"

namespace abicheck {

// Writes the changes that the report's findings ask for into their files and says on `err` how many. Whether any were
// made.
bool fix_sources(Report& report, std::ostream& err);

// The changes as unified diffs. 1 when there are any, unless --exit-zero is given.
ExitStatus show_fixes(const Report& report, const Options& options, std::ostream& out, std::ostream& err);

}  // namespace abicheck
