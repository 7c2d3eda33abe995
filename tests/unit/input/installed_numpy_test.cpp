#include "input/installed_numpy.h"

#include <doctest/doctest.h>

#include "test_files.h"

using namespace abicheck;
using namespace abicheck::test;

TEST_CASE("the NumPy beside a module, or below an environment") {
  TemporaryDirectory directory;
  const std::string site = "env/lib/python3.11/site-packages/";
  const std::string module = directory.write(site + "demo/sub/_core.so", "x");
  directory.write(site + "numpy-2.1.0.dist-info/METADATA", "Name: numpy\nVersion: 2.1.0\n\n");
  directory.write(site + "numpy-stubs-0.1.dist-info/RECORD", "");
  for (const std::string& path : {module, directory.path(site + "demo"), directory.path(site + "demo/"),
                                  directory.path(site), directory.path("env"), directory.path("env/")}) {
    CAPTURE(path);
    const auto version = find_installed_numpy(path);
    REQUIRE(version.ok());
    CHECK(*version == "2.1.0");
  }
}

TEST_CASE("Windows layout and egg-info") {
  TemporaryDirectory directory;
  directory.write("w/Lib/site-packages/numpy-1.26.4.dist-info/METADATA", "Version: 1.26.4\n");
  CHECK(*find_installed_numpy(directory.path("w")) == "1.26.4");
  directory.write("e/numpy-1.13.3-py2.7.egg-info", "Name: numpy\nVersion: 1.13.3\n");
  CHECK(*find_installed_numpy(directory.path("e")) == "1.13.3");
  directory.write("d/numpy-1.16.0.egg-info/PKG-INFO", "Name: numpy\nVersion: 1.16.0\n");
  CHECK(*find_installed_numpy(directory.path("d")) == "1.16.0");
}

TEST_CASE("no NumPy") {
  TemporaryDirectory directory;
  directory.write("numpy-9.dist-info/RECORD", "");  // a leftover without METADATA
  const Error error = find_installed_numpy(directory.path()).error();
  CHECK(error.code == ErrorCode::kMissing);
  CHECK(error.message == "no installed NumPy beside it");
  CHECK(error.where == directory.path());
  CHECK(find_installed_numpy(directory.path("none")).error().message == "no such file or directory");
}
