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
  settle_shared_tables(all, true);
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
  settle_shared_tables({{"pkg/_x.so", &user}, {"pkg/libx.so", &library}}, true);
  CHECK(user.shared_tables[0].from == "pkg/libx.so");
  CHECK(library.shared_tables[0].from.empty());
}

TEST_CASE("a table that nothing defines") {
  struct Case {
    const char* what;
    std::vector<std::string> needed;
    bool wheel;
    const char* may;
  };
  const Case kCases[] = {
      {"a file alone", {"libc.so.6"}, false, "a library that was not given"},
      {"a wheel",
       {"libm.so.6", "libstdc++.so.6", "libpython3.11.so.1.0", "libc.so.6", "ld-linux-x86-64.so.2"},
       true,
       ""},
      {"a library of another wheel", {"libc.so.6", "libdemo.so.1"}, true, "libdemo.so.1"},
      {"one that a library here needs", {"liby.so.1", "libc.so.6"}, true, "libdemo.so.1"},
      {"one that was not read", {"libz-1234.so.1", "libc.so.6"}, true, "libz-1234.so.1"},
  };
  for (const Case& one : kCases) {
    CAPTURE(one.what);
    ModuleFacts user = file(kModule, kWants, kOnlyUses), library, unread;
    settle_shared_tables({{"_x.so", &user, true, {"_x.so"}, one.needed},
                          {"liby.so", &library, true, {"liby.so.1"}, {"_x.so", "libdemo.so.1"}},
                          {"libz-1234.so.1", &unread, true, {"libz-1234.so.1"}, {}}},
                         one.wheel);
    CHECK(user.shared_tables[0].refusal == "undefined symbol: demo_ARRAY_API");
    CHECK(user.shared_tables[0].may_come_from == one.may);
    CHECK(!user.api_slots[0].unfilled);
    CHECK(user.uses_numpy);
  }
  ModuleFacts user = file(kModule, kWants, kOnlyUses), other = user;
  settle_shared_tables({{"_x.so", &user, true, {"_x.so"}, {"libc.musl-x86_64.so.1"}}}, true);
  CHECK(user.shared_tables[0].refusal == "demo_ARRAY_API: symbol not found");
  CHECK(user.shared_tables[0].may_come_from.empty());
  settle_shared_tables({{"_x.so", &other, false, {"_x.so"}, {"/usr/lib/libSystem.B.dylib"}}}, true);
  CHECK(!other.shared_tables[0].may_come_from.empty());  // which way Darwin's loader looks is not known
  ModuleFacts defined = file(kModule, kWants, kOnlyUses), definer = file(kLibrary, kDefines, kFills);
  settle_shared_tables({{"_x.so", &defined}, {"libx.so", &definer}}, true);
  CHECK(defined.shared_tables[0].refusal.empty());
}
