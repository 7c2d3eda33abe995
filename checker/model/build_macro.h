// A macro for NumPy's headers that a build file of a source tree defines.
#pragma once

#include <optional>
#include <set>
#include <string>

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

}  // namespace abicheck
