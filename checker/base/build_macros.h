// Macros for NumPy's headers (NPY_..., PY_ARRAY_UNIQUE_SYMBOL) that the build files of a tree define, and for which of
// its sources. Nothing is run: Python, meson's and CMake's languages are read as text.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace abicheck {

struct BuildMacro {
  std::string file;  // the build file, and where the name of the macro stands in it
  std::size_t at = 0;
  std::string name;
  std::optional<std::string> value;
  // The files of the tree that the call names in which the macro stands: Extension("m", ["a.c"], define_macros=[...]),
  // py.extension_module('m', 'a.c', c_args: [...]), target_compile_definitions(m PRIVATE ...). Nothing where it stands
  // in no such call, or in one whose files are not known: then it counts for every source but those of not_for.
  std::optional<std::set<std::string>> sources;
  // Of a call whose files are not known: those that other calls of the build file name, which it is not for.
  std::set<std::string> not_for = {};
};

// By the path of the file, then of several forms in one file first those of define_macros.
std::vector<BuildMacro> read_build_macros(const std::map<std::string, std::string>& texts);

// The text of a build file with blanks in place of its comments.
std::string without_comments(std::string_view path, std::string_view text);

}  // namespace abicheck
