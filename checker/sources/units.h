// Which files of a tree are compiled against NumPy, and with which arguments.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/source_scan.h"

namespace abicheck {

struct CompileOptions {
  std::vector<std::string> arguments;  // what the user gives behind "--": for every unit
  std::string python_headers;          // the folder of Python.h; empty when there is none
  std::vector<std::string> packages;   // folders of installed Python packages: site-packages
  std::vector<std::string> libraries;  // folders of headers of installed libraries, beside the compiler's own
  bool every_source = false;           // also those that have nothing to do with NumPy: the user named them
};

// Every C and C++ source that includes a header of NumPy, itself or through headers of the tree, and those that hold
// the init function of a module. Include folders are those of the tree in which its includes are found, then those of
// installed packages that bring headers along, as pybind11 does, and of installed libraries; macros for NumPy's headers
// (NPY_..., PY_ARRAY_UNIQUE_SYMBOL) are those that setup.py, meson.build or CMakeLists.txt define for the source, or
// for what is not known to be others only.
std::vector<SourceUnit> find_units(const SourceTree& tree, const CompileOptions& options);

}  // namespace abicheck
