// Calls in a build file that compile sources: Extension(...), extension_module(...), add_library(...).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "build_files/text.h"

namespace abicheck {

struct BuildCall {
  std::size_t begin = 0;  // between its parentheses
  std::size_t end = 0;
  // The files that it names, itself or through a variable that one place gives a value. Nothing if there may be others.
  std::optional<std::vector<std::string>> sources;
  bool only_definitions = false;  // macros stand in it without -D
};

std::vector<BuildCall> read_build_calls(std::string_view path, const BuildText& text);

}  // namespace abicheck
