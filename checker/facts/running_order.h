// In which order the instructions of a function run, which is not that of their addresses: compilers put blocks aside.
#pragma once

#include <cstdint>
#include <map>

#include "facts/code.h"

namespace abicheck {

// A number for each instruction that the function's beginning leads to: what always runs before another has the
// smaller one (reverse postorder of the control flow graph; jumps through tables are not followed).
std::map<std::uint64_t, std::size_t> running_order(const Code& code, const FunctionRange& function);

}  // namespace abicheck
