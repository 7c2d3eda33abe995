// Which NumPy is installed where a path lies: for --numpy installed.
#pragma once

#include <string>

#include "base/result.h"

namespace abicheck {

// The version of the nearest NumPy: in the directory of `path` (or `path` itself), in its site-packages below, or in a
// directory above. Reads metadata only, runs nothing. kMissing when there is none up to the root.
Result<std::string> find_installed_numpy(const std::string& path);

// The same, and where it is.
struct InstalledNumpy {
  std::string version;
  std::string packages;  // the folder of numpy/: site-packages
};
Result<InstalledNumpy> locate_installed_numpy(const std::string& path);

// The folder below `packages` that holds the headers numpy/; empty when they are not there.
std::string headers_of_installed_numpy(const std::string& packages);

}  // namespace abicheck
