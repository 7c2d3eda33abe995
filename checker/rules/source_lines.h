// What other headers show of a line: the same source, parsed for other NumPys.
#pragma once

#include <string>

#include "model/source_observations.h"
#include "rules/source_rules.h"

namespace abicheck {

bool has_error(const SourceObservations& seen, const SourcePlace& line);

// Whether these headers are those of a NumPy that the user asked for, and not just for comparison.
bool is_asked_for(const std::string& headers, const SourceQuestion& question);

// The name of NumPy's that an error is about: what stands at its place where the line compiles, and is not declared
// here. Null when that is not clear.
const NameUse* use_behind(const SourceDiagnostic& error, const SourceQuestion& question);

}  // namespace abicheck
