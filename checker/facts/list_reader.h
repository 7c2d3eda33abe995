// Functions that static initialisers enter in a list for the module's init function to go through: C++'s usual way of
// collecting what several files want to be done when a module is loaded.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "facts/context.h"

namespace abicheck {

struct ListReader {
  std::uint64_t function = 0;  // the one that was entered
  std::uint64_t reader = 0;    // the one that goes through the list and calls what it finds there
};

// Those of `functions` that nothing but static initialisers knows, which hand them to a function that keeps a list in a
// variable; and that variable is used by one other function only, which calls through pointers.
std::vector<ListReader> find_list_readers(const ModuleContext& context, const std::set<std::uint64_t>& functions);

}  // namespace abicheck
