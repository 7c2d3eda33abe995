#include "sources/library_headers.h"

#include <doctest/doctest.h>

namespace abicheck {
namespace {

using Folders = std::vector<std::string>;

TEST_CASE("Cflags of pkg-config's files name folders, through variables") {
  const std::string text =
      "prefix=/usr\nexec_prefix = ${prefix}\nincludedir=${exec_prefix}/include\n\nName: F\n"
      "Libs: -L${prefix}/lib -lf\nCflags: -DF=1 -I${includedir}/f2 -pthread -I${includedir}/g\n";
  CHECK(folders_in_cflags(text, "/p") == Folders{"/usr/include/f2", "/usr/include/g"});
}

TEST_CASE("Cflags may start at the file's own folder, and unknown variables are left out") {
  CHECK(folders_in_cflags("prefix=${pcfiledir}/..\nCflags:-I${prefix}/i -I${none}/j\n", "/p/lib") ==
        Folders{"/p/lib/../i", "/j"});
  CHECK(folders_in_cflags("=x\n:y\nno line\nCflags:\nCflags: -I\n", "/p").empty());
}

}  // namespace
}  // namespace abicheck
