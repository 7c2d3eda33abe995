// Every copy of NumPy's `_import_array` and `_import_umath` in a module: which header wrote it, the versions it
// carries, when it runs and what becomes of its error. Copies that say the same are one fact.
#pragma once

#include <utility>
#include <vector>

#include "facts/context.h"
#include "facts/version_compare.h"

namespace abicheck {

// Where the code goes on although the import of a table failed.
struct DroppedImport {
  CapsuleImport::Table table = CapsuleImport::Table::kArray;
  std::uint64_t call = 0;             // behind this one
  const Way* way = nullptr;           // to the import, whose links hold the call
  std::vector<FunctionRange> bodies;  // of the import
};

struct CapsuleImports {
  std::vector<CapsuleImport> imports;
  std::vector<TableVariable> tables;            // that they fill
  std::vector<std::uint64_t> runtime_versions;  // variables that they fill with the running API version
  OwnSlots own_slots;
  std::vector<DroppedImport> dropped;
};

CapsuleImports find_capsule_imports(const ModuleContext& context);

}  // namespace abicheck
