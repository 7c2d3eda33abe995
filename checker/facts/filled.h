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
// Whether functions count that nothing in the module starts, and that other modules can because they are exported.
enum class Exports { kCount, kIgnored };
Filling filling_of(const ModuleContext& context, const TableVariable& variable, Exports exports = Exports::kCount);

// Whether all that is done with a variable at a reference to it, or to what holds its address, is reading it.
bool only_reads(const Code& code, const Reference& reference, std::uint64_t variable);

// Whether code that forms an address in front of `variable` may write the variable through it, or lets others do so,
// other than at one of the `deadly` calls, which do not come back.
bool may_reach(const Code& code, const Reference& reference, std::uint64_t variable,
               const std::vector<std::uint64_t>& deadly);

}  // namespace abicheck
