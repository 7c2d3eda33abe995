// What is left of a table that the compiler knew to be null, because its file never fills it: no variable, and accesses
// near address 0.
#pragma once

#include <vector>

#include "facts/context.h"

namespace abicheck {

// Slots of a table that the compiler knew to be null: it dropped the variable and left accesses to addresses as low as
// the slots. All are marked as unfilled. Of the array table, if `arrays`, those that can be told from other null
// pointers; of the ufunc table, if `ufuncs`, PyUFunc_FromFuncAndData: so near to address 0 lie members of all things,
// hence only accesses to which loading comes in any case, as no module has that is of any use.
std::vector<ApiSlotUse> find_null_uses(const ModuleContext& context, bool arrays, bool ufuncs);

}  // namespace abicheck
