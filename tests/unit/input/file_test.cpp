#include "input/file.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "input/file_kind.h"
#include "test_files.h"

using namespace abicheck;
using namespace abicheck::test;

TEST_CASE("a file's bytes and digest") {
  TemporaryDirectory directory;
  const std::string path = directory.write("a", "abc");
  CHECK(as_text(read_file(path)->view()) == "abc");
  // FIPS 180-4's own examples.
  CHECK(*sha256_of_file(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(*sha256_of_file(directory.write("e", "")) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  // More than one piece.
  CHECK(*sha256_of_file(directory.write("m", std::string(1'000'000 * 3, 'a'))) ==
        "2a152c894398719c0570f83fac34ac03a0f6e8e474b995c2403aa5434f7b9dd4");
  CHECK(read_file(directory.path("e"))->size() == 0);
}

TEST_CASE("what is not a readable regular file") {
  TemporaryDirectory directory;
  const std::string pipe = directory.path("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const std::string loop = directory.path("loop");
  std::filesystem::create_symlink(loop, loop);
  struct Case {
    std::string path;
    ErrorCode code;
    std::string message;
  };
  const std::vector<Case> cases = {
      {directory.path("none"), ErrorCode::kMissing, "no such file or directory"},
      {directory.path(), ErrorCode::kUnsupported, "is a directory, not a file"},
      {pipe, ErrorCode::kUnsupported, "is a pipe, socket or device, not a file"},
      {"/dev/zero", ErrorCode::kUnsupported, "is a pipe, socket or device, not a file"},
      {loop, ErrorCode::kUnreadable, "a loop of symbolic links"},
      {"", ErrorCode::kMissing, "no such file or directory"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.path);
    for (const Error& error :
         {read_file(c.path).error(), sha256_of_file(c.path).error(), kind_of_file(c.path).error()}) {
      CHECK(error.code == c.code);
      CHECK(error.message == c.message);
      CHECK(error.where == c.path);
    }
  }
}

TEST_CASE("no permission") {
  TemporaryDirectory directory;
  const std::string path = directory.write("a", "abc");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  const WithoutRoot nobody(directory);
  CHECK(read_file(path).error().code == ErrorCode::kUnreadable);
  CHECK(read_file(path).error().message == "permission denied");
}

TEST_CASE("a file over the limit") {
  TemporaryDirectory directory;
  const Error error = read_file(directory.write("a", std::string(2000, 'x')), 1999).error();
  CHECK(error.code == ErrorCode::kTooLarge);
  CHECK(error.message == "has 2,000 bytes, more than this program reads");
}

TEST_CASE("numbers with commas") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1000) == "1,000");
  CHECK(with_commas(10737418240) == "10,737,418,240");
}

TEST_CASE("names of native libraries") {
  for (const std::string name : {"a.so", "x/a.cpython-310-x86_64-linux-gnu.so", "liba.so.1", "liba.so.1.2.3",
                                 "libssl.so.1.1.1k", "a.pyd", "A.PYD", "a.dll", "a.dylib", "lib.so.so.2", ".so"}) {
    CAPTURE(name);
    CHECK(has_native_name(name));
  }
  for (const std::string name :
       {"a.sos", "a.so.txt", "a.so.1.txt", "a.so.", "a.so.1.", "so", "a.so/b", "a.so.1.py", "a.pyd.txt", ""}) {
    CAPTURE(name);
    CHECK_FALSE(has_native_name(name));
  }
}

TEST_CASE("the kind is decided by content") {
  const auto kind = [](const char* name, const std::string& head) {
    return kind_of_content(name, {reinterpret_cast<const std::uint8_t*>(head.data()), head.size()});
  };
  CHECK(*kind("a.bin", "PK\x03\x04") == InputKind::kWheel);
  CHECK(*kind("a.so", std::string("PK\x05\x06")) == InputKind::kWheel);
  CHECK(*kind("a.whl",
              "\x7f"
              "ELF") == InputKind::kModule);
  CHECK(*kind("a", "MZ") == InputKind::kModule);
  CHECK(*kind("a", "\xcf\xfa\xed\xfe") == InputKind::kModule);
  CHECK(*kind("a", "\xfe\xed\xfa\xce") == InputKind::kModule);
  CHECK(*kind("a", std::string("\xca\xfe\xba\xbe\0\0\0\x02", 8)) == InputKind::kModule);
  CHECK_FALSE(kind("Java.class", std::string("\xca\xfe\xba\xbe\0\0\0\x34", 8)).ok());
  CHECK_FALSE(kind("a", std::string("\xca\xfe\xba\xbe", 4)).ok());
  CHECK(kind("a.whl", "text").error().code == ErrorCode::kMalformed);
  CHECK(kind("a.whl", "text").error().message == "not a zip archive");
  CHECK(kind("a.whl", "").error().message == "not a zip archive: the file is empty");
  CHECK(kind("a.so", "text").error().code == ErrorCode::kUnsupported);
  CHECK(kind("a.so", "text").error().message ==
        "neither a wheel, an extension module, a source distribution nor a C, C++ or Cython source");
}
