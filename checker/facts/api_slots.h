// Which functions, types and variables of NumPy's C-API a module takes out of the tables behind PyArray_API and
// PyUFunc_API, wherever those pointers are kept.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "facts/context.h"
#include "facts/version_compare.h"

namespace abicheck {

// Takes what `from` says of the same slot into `into`, whose sites stay sorted.
void join(ApiSlotUse& into, const ApiSlotUse& from);

// The slots that code reads or calls through one variable, by index; `references` are those to it.
std::map<std::uint32_t, ApiSlotUse> uses_through(const Code& code, const TableVariable& variable,
                                                 const std::vector<Reference>& references);

// Every slot that code reads or calls through one of `variables`; `runtime_versions` are the variables that hold
// what PyArray_GetNDArrayCFeatureVersion() returned, by which code may guard such a use, and `own` what the imports
// themselves call, which guards nothing. Sorted by table and index.
std::vector<ApiSlotUse> find_slot_uses(const ModuleContext& context, const std::vector<TableVariable>& variables,
                                       const std::vector<std::uint64_t>& runtime_versions, const OwnSlots& own = {});

}  // namespace abicheck
