// Which tool wrote the module, and whether it reaches for NumPy's tables in a way of its own.
#pragma once

#include <string>

#include "facts/context.h"

namespace abicheck {

// One of the contract's `generator` names, from texts that the tool leaves in every module it writes.
std::string find_generator(ByteView bytes, std::string_view init_function);

// How a module gets at the array table when it does not hold NumPy's own template; `evidence` says by which text.
OwnWay find_own_way(ByteView bytes, const std::string& generator, Evidence& evidence);

}  // namespace abicheck
