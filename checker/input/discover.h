// The command line's paths -> the files to check.
#pragma once

#include <istream>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/input.h"

namespace abicheck {

struct Discovery {
  std::vector<Input> inputs;    // in the order of the arguments, directories sorted, each path once
  std::vector<Error> problems;  // arguments and files that cannot be checked; `where` is the argument or the file
};

// Each argument is a wheel, a native library, a directory, a pattern (* ? [ of glob(3)), "@FILE" or "-"; the last two
// are lists of paths, one a line, the last from `standard_input`.
Discovery discover(const std::vector<std::string>& arguments, std::istream& standard_input);

}  // namespace abicheck
