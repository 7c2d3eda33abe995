// What a source tree says of itself: its name, its version, and what it requires.
#pragma once

#include <string>
#include <vector>

#include "model/input.h"
#include "model/source_scan.h"

namespace abicheck {

// Of PKG-INFO, which a source distribution carries; what that leaves out of an egg-info's requires.txt, of [project] in
// pyproject.toml (PEP 621) and of setup.cfg. Those nearest to the root count. What setup.py computes is not known: then
// there are no requirements here.
WheelMetadata read_project(const SourceTree& tree);

// [build-system] in pyproject.toml (PEP 518): what its build installs.
std::vector<std::string> read_build_requirements(const SourceTree& tree);

}  // namespace abicheck
