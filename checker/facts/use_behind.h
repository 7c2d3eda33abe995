// Whether a module that goes on although its import of NumPy's C-API failed comes to a use of the table, which stayed
// null, while it is still being loaded: the process then dies before the import is over.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "facts/capsule_import.h"
#include "facts/context.h"

namespace abicheck {

// The first use among `slots` to which every way leads that goes on behind `dropped` and comes back, and how it gets
// there; `how` is empty when there is none. What the code asks Python for is taken to succeed, and variables that
// nothing has written yet to have what the file gives them.
Evidence find_use_behind(const ModuleContext& context, const DroppedImport& dropped,
                         const std::vector<ApiSlotUse>& slots);

// Whether the function around `site` runs when the module is loaded, in some case.
bool runs_at_import(const ModuleContext& context, std::uint64_t site);

// Whether loading that succeeds, or would, comes to an instruction at one of `sites` in any case; false in doubt.
bool always_comes_to(const ModuleContext& context, const std::set<std::uint64_t>& sites);

}  // namespace abicheck
