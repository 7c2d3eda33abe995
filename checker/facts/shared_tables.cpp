#include "facts/shared_tables.h"

#include <algorithm>
#include <map>

namespace abicheck {

namespace {

// One name, over all files.
struct Sharing {
  std::vector<const FileFacts*> defined_in;  // several of them have each a variable of their own
  bool filled_by_user = false;               // by one that uses another's
  bool filled_by_definer = false;
  bool has_user = false;
};

// A Python module that nothing here links to has its variable for itself; what fills that of a library may be a file of
// another wheel.
bool nobody_fills(const FileFacts& file, const SharedTable& table, const Sharing& sharing) {
  if (table.may_fill || sharing.filled_by_user) return false;
  if (table.defined) return file.facts->python_module || sharing.has_user;
  return !sharing.defined_in.empty() && !sharing.filled_by_definer;
}

}  // namespace

void settle_shared_tables(const std::vector<FileFacts>& files) {
  std::map<std::string, Sharing> by_name;
  for (const FileFacts& file : files) {
    for (const SharedTable& table : file.facts->shared_tables) {
      Sharing& sharing = by_name[table.name];
      if (table.defined) sharing.defined_in.push_back(&file);
      (table.defined ? sharing.filled_by_definer : sharing.filled_by_user) |= table.may_fill;
      sharing.has_user |= !table.defined;
    }
  }
  for (const FileFacts& file : files) {
    for (SharedTable& table : file.facts->shared_tables) {
      const Sharing& sharing = by_name[table.name];
      if (!table.defined && sharing.defined_in.size() == 1) table.from = sharing.defined_in.front()->path;
      if (!nobody_fills(file, table, sharing)) continue;
      for (ApiSlotUse& use : file.facts->api_slots)
        use.unfilled |= std::find(use.through.begin(), use.through.end(), table.name) != use.through.end();
    }
  }
}

}  // namespace abicheck
