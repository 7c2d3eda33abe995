// Cython's __Pyx_ImportType: which types of NumPy the module's initialiser compares in size, with which numbers.
//
// The check is one function that all types share, a clone of it from which constant arguments were dropped, or inlined.
// All three refer to the text "size changed, may indicate binary incompatibility", so the search starts there: either
// the error call itself carries the class and the size (inlined), or the callers of that function do.
#pragma once

#include <string>
#include <vector>

#include "facts/context.h"

namespace abicheck {

struct SizeChecks {
  std::vector<SizeCheck> checks;      // of NumPy's types, in the order of their addresses
  std::vector<std::string> unknowns;  // checks that could not be read
  bool any = false;                   // the module has the check at all, for whatever types
};

SizeChecks find_size_checks(const ModuleContext& context);

}  // namespace abicheck
