// Macros for NumPy's headers (NPY_..., PY_ARRAY_UNIQUE_SYMBOL) that the build files of a tree define, and for which of
// its sources. Nothing is run: Python, meson's and CMake's languages are read as text.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/build_macro.h"

namespace abicheck {

// By the path of the file, then of several forms in one file first those of define_macros.
std::vector<BuildMacro> read_build_macros(const std::map<std::string, std::string>& texts);

// The text of a build file with blanks in place of its comments.
std::string without_comments(std::string_view path, std::string_view text);

}  // namespace abicheck
