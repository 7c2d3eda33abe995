// Pointers to NumPy's tables that several files of a wheel share by name: what one fills, all may use.
#pragma once

#include <string>
#include <vector>

#include "model/facts.h"

namespace abicheck {

struct FileFacts {
  std::string path;
  ModuleFacts* facts = nullptr;
};

// Of files for one processor that are installed together. Marks the uses of a table that none of them fills although
// one of them defines it, and says whose tables the others use.
void settle_shared_tables(const std::vector<FileFacts>& files);

}  // namespace abicheck
