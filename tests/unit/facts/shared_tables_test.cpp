#include "facts/shared_tables.h"

#include <doctest/doctest.h>

using namespace abicheck;

namespace {

// A file with one use of a slot through a table that it shares.
ModuleFacts file(bool module, bool defines, bool fills) {
  ModuleFacts facts;
  facts.python_module = module;
  facts.shared_tables = {{"demo_ARRAY_API", defines, fills, ""}};
  facts.api_slots.resize(1);
  if (!fills) facts.api_slots[0].through = {"demo_ARRAY_API"};
  return facts;
}

// Which of the files use a table that nothing fills: "ab" for the first two.
std::string unfilled(std::vector<ModuleFacts> files) {
  std::vector<FileFacts> all;
  for (std::size_t i = 0; i < files.size(); ++i) all.push_back({std::string(1, "abc"[i]), &files[i]});
  settle_shared_tables(all);
  std::string which;
  for (const FileFacts& one : all) which += one.facts->api_slots[0].unfilled ? one.path : "";
  return which;
}

constexpr bool kModule = true, kLibrary = false, kDefines = true, kWants = false, kFills = true, kOnlyUses = false;

}  // namespace

TEST_CASE("tables that the files of a wheel share") {
  CHECK(unfilled({file(kModule, kDefines, kOnlyUses)}) == "a");
  CHECK(unfilled({file(kModule, kDefines, kFills)}).empty());
  CHECK(unfilled({file(kLibrary, kDefines, kOnlyUses)}).empty());  // who knows who links to it
  CHECK(unfilled({file(kModule, kWants, kOnlyUses)}).empty());     // or who defines it
  CHECK(unfilled({file(kModule, kWants, kOnlyUses), file(kLibrary, kDefines, kOnlyUses)}) == "ab");
  CHECK(unfilled({file(kModule, kWants, kOnlyUses), file(kLibrary, kDefines, kFills)}).empty());
  CHECK(unfilled({file(kModule, kWants, kFills), file(kLibrary, kDefines, kOnlyUses)}).empty());
  CHECK(unfilled({file(kModule, kWants, kFills), file(kModule, kWants, kOnlyUses), file(kLibrary, kDefines, kOnlyUses)})
            .empty());
  // Two modules that define it have a variable each.
  CHECK(unfilled({file(kModule, kDefines, kOnlyUses), file(kModule, kDefines, kFills)}) == "a");
}

TEST_CASE("whose table a file uses") {
  ModuleFacts user = file(kModule, kWants, kOnlyUses), library = file(kLibrary, kDefines, kFills);
  settle_shared_tables({{"pkg/_x.so", &user}, {"pkg/libx.so", &library}});
  CHECK(user.shared_tables[0].from == "pkg/libx.so");
  CHECK(library.shared_tables[0].from.empty());
}
