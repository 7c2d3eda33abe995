// Which Cython a project asks for, as pyproject.toml or setup.py say it.
#pragma once

#include <string>
#include <vector>

#include "model/cython_source.h"
#include "model/source_scan.h"

namespace abicheck {

// What build-system.requires of the pyproject.toml (PEP 518) says that is nearest above `path`, or, where that names no
// Cython, the requirements with a version in the setup.py there. One for each line that names Cython.
std::vector<CythonRequirement> cython_requirements(const SourceTree& tree, const std::string& path);

}  // namespace abicheck
