#include "facts/shared_tables.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>

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

// Whether it belongs to the system (PEP 600 says what every Linux has) or to Python: none of them knows NumPy.
bool is_of_system(std::string_view library) {
  constexpr std::string_view kKnown[] = {"ld",      "libc",     "libm",      "libdl",     "librt",
                                         "libutil", "libgcc_s", "libstdc++", "libpthread"};
  const std::string_view stem = library.substr(0, library.find_first_of(".-"));
  return stem.starts_with("libpython") || std::find(std::begin(kKnown), std::end(kKnown), stem) != std::end(kKnown);
}

// A library that loading the file brings and that is not among `files`, or was not read because it says nothing of
// NumPy; empty when there is none.
std::string stranger_behind(const FileFacts& file, const std::vector<FileFacts>& files) {
  std::set<const FileFacts*> seen{&file};
  std::vector<const FileFacts*> waiting{&file};
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    for (const std::string& library : waiting[i]->needed) {
      const auto known = std::find_if(files.begin(), files.end(),
                                      [&](const FileFacts& other) { return other.names.count(library) != 0; });
      const bool unread = known != files.end() && known->needed.empty();
      if (unread || (known == files.end() && !is_of_system(library))) return library;
      if (known != files.end() && seen.insert(&*known).second) waiting.push_back(&*known);
    }
  }
  return "";
}

// As glibc's loader says it, and musl's.
std::string refusal_of(const FileFacts& file, const std::string& symbol) {
  const bool musl = std::any_of(file.needed.begin(), file.needed.end(), [](const std::string& library) {
    return library == "libc.so" || library.starts_with("libc.musl");
  });
  return musl ? symbol + ": symbol not found" : "undefined symbol: " + symbol;
}

}  // namespace

void settle_shared_tables(const std::vector<FileFacts>& files, bool all) {
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
      if (!table.defined && sharing.defined_in.empty()) {
        table.refusal = refusal_of(file, table.name);
        table.may_come_from = all && file.elf ? stranger_behind(file, files) : "a library that was not given";
        file.facts->uses_numpy = true;
      }
      if (!nobody_fills(file, table, sharing)) continue;
      for (ApiSlotUse& use : file.facts->api_slots)
        use.unfilled |= std::find(use.through.begin(), use.through.end(), table.name) != use.through.end();
    }
  }
}

}  // namespace abicheck
