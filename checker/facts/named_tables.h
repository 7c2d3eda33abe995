// Pointers to NumPy's tables that have a dynamic symbol (PY_ARRAY_UNIQUE_SYMBOL): other modules and libraries may use
// them or fill them, and a symbol may be all that is left of a forgotten import.
#pragma once

#include <vector>

#include "facts/context.h"
#include "facts/version_compare.h"

namespace abicheck {

// Those of this module and those that it takes from elsewhere; `known` are the tables that imports here fill. Of a
// `module`, which only Python loads, those too of which nothing but their use tells what they are.
std::vector<TableVariable> find_named_tables(const ModuleContext& context, const std::vector<TableVariable>& known,
                                             bool module);

}  // namespace abicheck
