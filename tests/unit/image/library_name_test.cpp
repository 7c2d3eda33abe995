#include "image/library_name.h"

#include <doctest/doctest.h>

using namespace abicheck;

TEST_CASE("names of shared libraries, as each loader compares them") {
  CHECK(library_name("elf", "libdemo.so.1") == "libdemo.so.1");
  CHECK(library_name("elf", "Demo.so") == "Demo.so");
  for (const char* path : {"@rpath/libdemo.1.dylib", "@loader_path/../.dylibs/libdemo.1.dylib", "libdemo.1.dylib"})
    CHECK(library_name("macho", path) == "libdemo.1.dylib");
  CHECK(library_name("macho", "@rpath/Demo.dylib") == "Demo.dylib");
  CHECK(library_name("pe", "Demo-1A.DLL") == library_name("pe", "demo-1a.dll"));
  CHECK(library_name("pe", "demo.dll") != library_name("pe", "demo1.dll"));
}
