// `abicheck db list`, `show` and `diff`.
#pragma once

#include <iosfwd>

#include "cli/exit_status.h"
#include "cli/options.h"

namespace abicheck {

// What was asked for goes to `out`, everything else to `err`.
ExitStatus run_database_command(const DatabaseOptions& options, std::ostream& out, std::ostream& err);

}  // namespace abicheck
