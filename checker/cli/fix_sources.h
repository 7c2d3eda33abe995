// --fix and --diff.
#pragma once

#include <iosfwd>
#include <vector>

#include "cli/exit_status.h"
#include "cli/scan_sources.h"
#include "model/input.h"

namespace abicheck {

// Writes what is to be changed into the files, each at once or not at all, and says on `err` how much it was.
// False when a file could not be written.
bool fix_sources(const std::vector<Input>& inputs, const SourceContext& context, std::ostream& err);

// The same as unified diffs, for patch -p1. 1 when there are any, unless --exit-zero is given.
ExitStatus show_fixes(const std::vector<Input>& inputs, const SourceContext& context, std::ostream& out,
                      std::ostream& err);

}  // namespace abicheck
