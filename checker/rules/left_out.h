// What the preprocessor leaves out of a C source wherever it is built for Python 3: #if 0, the branch for Python 2.
#pragma once

#include <string>
#include <string_view>

namespace abicheck {

// `code` has no comments and no literals. Lines that some macro of the build or of a header may bring in stay, as do
// those that always are compiled.
std::string without_left_out(std::string_view code);

}  // namespace abicheck
