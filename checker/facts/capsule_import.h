// Every copy of NumPy's `_import_array` and `_import_umath` in a module: which header wrote it, the versions it
// carries, when it runs and what becomes of its error. Copies that say the same are one fact.
#pragma once

#include <vector>

#include "facts/context.h"

namespace abicheck {

std::vector<CapsuleImport> find_capsule_imports(const ModuleContext& context);

}  // namespace abicheck
