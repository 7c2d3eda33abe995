// `abicheck explain`: the pages of rules.
#pragma once

#include <iosfwd>

#include "cli/exit_status.h"
#include "cli/options.h"

namespace abicheck {

ExitStatus run_explain_command(const ExplainOptions& options, std::ostream& out, std::ostream& err);

}  // namespace abicheck
