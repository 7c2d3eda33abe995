// Whether anything ever puts a pointer into the variable behind PyArray_API or PyUFunc_API: a file that forgot
// import_array(), or that keeps a copy of its own, uses a table that stays null.
#pragma once

#include <cstdint>
#include <vector>

#include "facts/context.h"
#include "facts/version_compare.h"

namespace abicheck {

enum class Filling {
  kNever,  // all that is done with the variable was seen, and nothing that can run writes it
  kMaybe,  // something writes it, or is handed its address, or looks whether it is null
};
Filling filling_of(const ModuleContext& context, const TableVariable& variable);

// Slots of a table that the compiler knew to be null: it dropped the variable and left accesses to addresses as low as
// the slots. Only those of the array table that can be told from other null pointers, all marked as unfilled.
std::vector<ApiSlotUse> find_null_uses(const ModuleContext& context);

}  // namespace abicheck
