// The whole program behind the command line.
#pragma once

#include <iosfwd>

#include "cli/exit_status.h"
#include "cli/options.h"

namespace abicheck {

// The report goes to `out`, everything else to `err`.
ExitStatus run(const Options& options, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace abicheck
