// A Cython source of a tree -> what it uses of NumPy. A small reader of what that takes: cimports and the words that
// they bind, declarations, `include`, extern blocks, the blocks that statements stand in. It types nothing but
// variables that are declared as a type of NumPy, and leaves out what IF decides when Cython runs.
#pragma once

#include <string>

#include "model/cython_source.h"
#include "model/source_scan.h"

namespace abicheck {

// `path` is of the tree, a .pyx, .pxd or .pxi; places are of the tree too. The .pxd beside a .pyx and the files that it
// includes are read along.
CythonSource read_cython_source(const SourceTree& tree, const std::string& path);

}  // namespace abicheck
