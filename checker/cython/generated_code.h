// C and C++ that Cython wrote: its version, and the lines of the .pyx that its lines stand for, as its comments tell.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/cython_source.h"
#include "model/source_scan.h"

namespace abicheck {

// Empty when the file of the tree is not Cython's. Lines of the source are those whose text the comments quote; where
// the source has another text now, its lines are left out.
std::optional<GeneratedCode> read_generated_code(const SourceTree& tree, const std::string& path);

// What the source asked distutils for, which Cython keeps in the file: -DNPY_NO_DEPRECATED_API=NPY_1_7_API_VERSION.
std::vector<std::string> generated_macros(const std::string& text);

// The minor of the newest CPython 3 whose headers compile what this Cython wrote; nothing when all so far do, or when
// Cython did not write it.
std::optional<int> newest_python_of(const std::string& text);

}  // namespace abicheck
