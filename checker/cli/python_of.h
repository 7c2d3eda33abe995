// For which Pythons a file is, and what its environment markers are evaluated with.
#pragma once

#include "abi/requirement.h"
#include "cli/scan.h"
#include "rules/file_verdict.h"

namespace abicheck {

// A wheel's tags (PEP 425); a bare module's suffix (PEP 3149: ".cpython-310-x86_64-linux-gnu.so",
// ".cp310-win_amd64.pyd").
PythonRange pythons_of(const ScannedFile& file);

// The environment of the oldest Python that the file is for.
MarkerEnvironment markers_of(const ScannedFile& file, const PythonRange& pythons);

}  // namespace abicheck
