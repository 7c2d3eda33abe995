// Tables of functions that a file keeps for itself and never fills, which have no name: it forgot
// PY_ARRAY_UNIQUE_SYMBOL.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "facts/context.h"
#include "facts/version_compare.h"

namespace abicheck {

// Whether the pointer is used as the table is: some function is called through it, far enough from the beginning.
bool calls_functions(const Code& code, const TableVariable& variable, const std::vector<Reference>& references);

// Static pointers to the table that a file keeps for itself and never fills, where the compiler did not look whether
// they are: `known` are the tables that imports fill, `runtime_versions` as of find_slot_uses().
std::vector<TableVariable> find_unnamed_tables(const ModuleContext& context, const std::vector<TableVariable>& known,
                                               const std::vector<std::uint64_t>& runtime_versions);

// The same in a file that has no text of NumPy's, where any static pointer may be one.
std::vector<TableVariable> find_untold_tables(const ModuleContext& context);

}  // namespace abicheck
