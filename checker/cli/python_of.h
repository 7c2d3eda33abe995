// For which Pythons a file is, and what its environment markers are evaluated with.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "abi/requirement.h"
#include "cli/scan.h"
#include "rules/file_verdict.h"

namespace abicheck {

// A wheel's tags (PEP 425); a bare module's suffix (PEP 3149: ".cpython-310-x86_64-linux-gnu.so",
// ".cp310-win_amd64.pyd").
PythonRange pythons_of(const ScannedFile& file);

// What of the CPython that a module is for decides over the sizes of its types. It stands in the module's own file name
// (_core.cpython-313t-x86_64-linux-gnu.so, _core.cp313t-...pyd) or in a tag of its wheel (cp313-cp313t-...).
struct CPythonBuild {
  bool free_threaded = false;
  bool at_least_315 = false;
};
CPythonBuild cpython_build_of(std::string_view path, const std::vector<std::string>& tags);

// The environment of the oldest Python that the file is for.
MarkerEnvironment markers_of(const ScannedFile& file, const PythonRange& pythons);

}  // namespace abicheck
