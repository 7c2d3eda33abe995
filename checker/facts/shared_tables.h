// Pointers to NumPy's tables that several files of a wheel share by name: what one fills, all may use.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "model/facts.h"

namespace abicheck {

struct FileFacts {
  std::string path;
  ModuleFacts* facts = nullptr;
  bool elf = true;
  std::set<std::string> names = {};      // by which others need it: its soname and its file name
  std::vector<std::string> needed = {};  // the libraries that it needs itself
};

// Of files for one processor that are installed together, `all` of what is. Marks the uses of a table that none of them
// fills although one of them defines it, says whose tables the others use, and which tables nothing defines.
void settle_shared_tables(const std::vector<FileFacts>& files, bool all);

}  // namespace abicheck
