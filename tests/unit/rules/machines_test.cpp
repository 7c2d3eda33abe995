#include "rules/machines.h"

#include <doctest/doctest.h>

using namespace abicheck;

namespace {

ModuleReport module(const std::string& path, const std::string& format, const std::string& arch) {
  ModuleReport report;
  report.path = path;
  report.format = format;
  report.arch = arch;
  report.facts.python_module = true;
  return report;
}

// Of the first module, in a wheel with these platform tags.
std::string conflict(const std::vector<std::string>& platforms, std::vector<ModuleReport> modules) {
  FileReport file;
  for (const std::string& platform : platforms) file.tags.push_back("cp311-cp311-" + platform);
  file.modules = std::move(modules);
  return machine_conflict(file, file.modules.front());
}

bool suits(const std::vector<std::string>& platforms, const std::string& path, const std::string& format,
           const std::string& arch) {
  return conflict(platforms, {module(path, format, arch)}).empty();
}

}  // namespace

TEST_CASE("the machine that a module's file name tells") {
  CHECK(conflict({}, {module("p/m.cpython-311-x86_64-linux-gnu.so", "elf", "aarch64")}) ==
        "its file name says cpython-311-x86_64-linux-gnu, and it was built for Linux on aarch64: the Python that takes "
        "it for its own cannot load it");
  for (const auto& [path, format, arch] : {
           std::tuple{"m.cpython-311-x86_64-linux-gnu.so", "elf", "x86_64"},
           {"m.cpython-36m-i386-linux-gnu.so", "elf", "i686"},
           {"m.cpython-311-arm-linux-gnueabihf.so", "elf", "armv7l"},
           {"m.cpython-311-powerpc64le-linux-gnu.so", "elf", "ppc64le"},
           {"m.cpython-311-x86_64-linux-gnux32.so", "elf", "x86_64"},
           {"m.cpython-313-aarch64-linux-android.so", "elf", "aarch64"},
           {"m.pypy310-pp73-aarch64-linux-gnu.so", "elf", "aarch64"},
           {"m.cp311-win_amd64.pyd", "pe", "x86_64"},
           {"m.cp311-win32.pyd", "pe", "i686"},
           {"m.pypy310-pp73-win_amd64.pyd", "pe", "x86_64"},
           {"m.cpython-311-darwin.so", "macho", "arm64"},
           {"m.cp311-mingw_x86_64.pyd", "pe", "x86_64"},
           {"m.cpython-311-sparc64-linux-gnu.so", "elf", "43"},
           {"m.abi3.so", "elf", "aarch64"},
           {"m.so", "elf", "aarch64"},
       }) {
    CAPTURE(path);
    CHECK(suits({}, path, format, arch));
  }
  CHECK_FALSE(suits({}, "m.cpython-311-i386-linux-gnu.so", "elf", "x86_64"));
  CHECK_FALSE(suits({}, "m.cp311-win_amd64.pyd", "pe", "aarch64"));
  CHECK_FALSE(suits({}, "m.cp311-win32.pyd", "pe", "x86_64"));
  CHECK_FALSE(suits({}, "m.cpython-311-x86_64-linux-gnu.so", "macho", "x86_64"));
}

TEST_CASE("the machine that the wheel's tags tell") {
  CHECK(conflict({"manylinux_2_17_x86_64", "manylinux2014_x86_64"}, {module("p/m.abi3.so", "elf", "aarch64")}) ==
        "the wheel is for manylinux_2_17_x86_64, and this module was built for Linux on aarch64: where the wheel is "
        "installed, Python cannot load it");
  CHECK(suits({"manylinux_2_17_x86_64"}, "m.so", "elf", "x86_64"));
  CHECK(suits({"manylinux1_i686"}, "m.so", "elf", "i686"));
  CHECK(suits({"linux_armv7l"}, "m.so", "elf", "armv7l"));
  CHECK(suits({"linux_armv6l"}, "m.so", "elf", "armv7l"));
  CHECK(suits({"musllinux_1_2_riscv64"}, "m.so", "elf", "riscv64"));
  CHECK(suits({"any"}, "m.so", "elf", "aarch64"));
  CHECK(suits({"linux_x86_64", "any"}, "m.so", "elf", "aarch64"));
  CHECK(suits({"freebsd_14_amd64"}, "m.so", "elf", "x86_64"));
  CHECK(suits({"linux_x86_64", "linux_aarch64"}, "m.so", "elf", "aarch64"));
  CHECK(suits({"macosx_11_0_universal2"}, "m.so", "macho", "arm64"));
  CHECK(suits({"macosx_11_0_universal2"}, "m.so", "macho", "x86_64"));
  CHECK(suits({"macosx_10_6_intel"}, "m.so", "macho", "i686"));
  CHECK(suits({"macosx_10_6_fat"}, "m.so", "macho", "i686"));
  CHECK_FALSE(suits({"macosx_11_0_arm64"}, "m.so", "macho", "x86_64"));
  CHECK_FALSE(suits({"manylinux_2_17_x86_64"}, "m.so", "elf", "i686"));
  CHECK_FALSE(suits({"win_amd64"}, "m.pyd", "pe", "i686"));
  CHECK_FALSE(suits({"win_amd64"}, "m.so", "elf", "x86_64"));
  // The right name of its own machine does not help where the wheel is for another one.
  CHECK_FALSE(suits({"linux_x86_64"}, "m.cpython-311-aarch64-linux-gnu.so", "elf", "aarch64"));
}

TEST_CASE("modules that are there for other machines on purpose") {
  const ModuleReport thin = module("m.so", "macho", "x86_64");
  CHECK(conflict({"macosx_11_0_arm64"}, {thin, module("m.so", "macho", "arm64")}).empty());
  CHECK(conflict({"linux_x86_64"}, {module("a/m.so", "elf", "aarch64"), module("b/m.so", "elf", "x86_64")}).empty());
  CHECK_FALSE(conflict({"linux_x86_64"}, {module("m.so", "elf", "aarch64"), module("n.so", "elf", "x86_64")}).empty());
  ModuleReport library = module("lib/libhelper.so", "elf", "aarch64");
  library.facts.python_module = false;
  CHECK(conflict({"linux_x86_64"}, {library}).empty());
}
