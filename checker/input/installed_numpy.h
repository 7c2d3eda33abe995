// Which NumPy is installed where a path lies: for --numpy installed.
#pragma once

#include <string>

#include "base/result.h"

namespace abicheck {

// The version of the nearest NumPy: in the directory of `path` (or `path` itself), in its site-packages below, or in a
// directory above. Reads metadata only, runs nothing. kMissing when there is none up to the root.
Result<std::string> find_installed_numpy(const std::string& path);

}  // namespace abicheck
