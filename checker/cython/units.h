// The Cython of a tree: sources that use NumPy, and C and C++ that was made of them.
#pragma once

#include <string_view>
#include <vector>

#include "model/source_scan.h"

namespace abicheck {

// `only`: the one source that is asked about, when the tree is no more than what it needs; empty for all.
// Puts what Cython tells into the units that are its generated code, and appends a unit for each .pyx, .pxd and .pxi
// that uses NumPy and has none. A .pxi that another source includes is part of that.
void add_cython_units(const SourceTree& tree, std::string_view only, std::vector<ScannedUnit>& units);

}  // namespace abicheck
