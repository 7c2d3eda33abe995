// What the preprocessor leaves out of a C source wherever it is built for Python 3: #if 0, the branch for Python 2.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace abicheck {

struct KeptLine {
  std::string text;
  std::string condition;  // that the build decides: "#ifdef WITH_NUMPY"; empty where it is always compiled
};

// `code` has no comments and no literals. Lines that some macro of the build or of a header may bring in stay, as do
// those that always are compiled.
std::vector<KeptLine> without_left_out(std::string_view code);

}  // namespace abicheck
