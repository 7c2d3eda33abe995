#include "input/wheel.h"

#include <doctest/doctest.h>

#include <thread>

#include "test_files.h"

using namespace abicheck;
using namespace abicheck::test;

namespace {

const std::string kMetadata = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\nText\n";
const TestMember kGood{"demo/good.so", "the good module"};
const TestMember kMetadataMember{"demo-1.0.dist-info/METADATA", kMetadata};

std::string text_of(const ByteBuffer& bytes) {
  return std::string(as_text(bytes.view()));
}

// A wheel with `odd` and a good member, opened; the good member must always be readable.
struct OddWheel {
  explicit OddWheel(const TestMember& odd) : OddWheel(std::vector<TestMember>{odd, kGood, kMetadataMember}) {}
  explicit OddWheel(const std::vector<TestMember>& members)
      : path(directory.write("demo-1.0-cp310-cp310-any.whl", zip_of(members))), wheel(WheelFile::open(path)) {
    REQUIRE(wheel.ok());
    for (const WheelMember& member : wheel->native_members()) {
      if (member.path != kGood.name) continue;
      const auto bytes = wheel->read(member);
      REQUIRE(bytes.ok());
      CHECK(text_of(*bytes) == kGood.data);
    }
  }

  Error error_of(const std::string& name) {
    for (const WheelMember& member : wheel->native_members()) {
      if (member.path != name) continue;
      const auto bytes = wheel->read(member);
      REQUIRE_FALSE(bytes.ok());
      CHECK(bytes.error().where == path + "!" + name);
      return bytes.error();
    }
    FAIL("no such member");
    return {};
  }

  TemporaryDirectory directory;
  std::string path;
  Result<WheelFile> wheel;
};

Error open_error(const std::string& content) {
  TemporaryDirectory directory;
  const std::string path = directory.write("demo.whl", content);
  const auto wheel = WheelFile::open(path);
  REQUIRE_FALSE(wheel.ok());
  CHECK(wheel.error().where == path);
  return wheel.error();
}

}  // namespace

TEST_CASE("a good wheel: members, bytes, metadata") {
  OddWheel wheel(std::vector<TestMember>{{"z.so.1.2", "z", 0},
                                         {"dir.so/", ""},
                                         {"empty.pyd", ""},
                                         {"empty0.dll", "", 0},
                                         {"readme.txt", "x"},
                                         {"A.DYLIB", "a"},
                                         kGood,
                                         kMetadataMember,
                                         {"demo/_vendor/other-9.dist-info/METADATA", "Name: other\n"}});
  std::vector<std::string> names;
  for (const auto& member : wheel.wheel->native_members()) {
    names.push_back(member.path);
    const auto bytes = wheel.wheel->read(member);
    REQUIRE(bytes.ok());
    CHECK(bytes->size() == member.size);
  }
  CHECK(names == std::vector<std::string>{"A.DYLIB", "demo/good.so", "empty.pyd", "empty0.dll", "z.so.1.2"});
  CHECK(wheel.wheel->problems().empty());
  const auto metadata = wheel.wheel->metadata();
  REQUIRE(metadata.ok());
  CHECK(metadata->name == "demo");
}

TEST_CASE("archives that cannot be read as a whole") {
  const std::string good = zip_of({kGood, kMetadataMember});
  SUBCASE("empty file") {
    CHECK(open_error("").message == "not a zip archive: the file is empty");
  }
  SUBCASE("no zip") {
    const Error error = open_error("hello, world: this is no archive");
    CHECK(error.code == ErrorCode::kMalformed);
    CHECK(error.message == "not a zip archive, or cut: it has no central directory");
  }
  SUBCASE("cut anywhere") {
    for (std::size_t length = 1; length < good.size(); ++length) {
      CHECK(open_error(good.substr(0, length)).code == ErrorCode::kMalformed);
    }
  }
  SUBCASE("central directory beyond the end") {
    std::string bytes = good;
    bytes.replace(bytes.size() - 6, 4, le(1'000'000, 4));
    CHECK(open_error(bytes).message == "the central directory of the zip archive contradicts itself");
  }
  SUBCASE("a count of members that is not true") {
    for (const int count : {1, 3, 65'535}) {
      std::string bytes = good;
      bytes.replace(bytes.size() - 14, 4, le(count, 2) + le(count, 2));
      CHECK(open_error(bytes).code == ErrorCode::kMalformed);
    }
  }
  SUBCASE("zip64 counts that would need terabytes") {
    const std::string_view end(good.data() + good.size() - 22, 22);
    const std::string directory(end.substr(12, 8));
    for (const int shift : {24, 33, 62}) {
      const std::uint64_t count = std::uint64_t{1} << shift;
      const std::string size = directory.substr(0, 4) + le(0, 4);
      const std::string offset = directory.substr(4, 4) + le(0, 4);
      const std::string bytes = good.substr(0, good.size() - 22) + "PK\x06\x06" + le(44, 8) + le(45, 2) + le(45, 2) +
                                le(0, 8) + le(count, 8) + le(count, 8) + size + offset + "PK\x06\x07" + le(0, 4) +
                                le(good.size() - 22, 8) + le(1, 4) + "PK\x05\x06" + le(0, 4) + le(0xffffffff, 4) +
                                le(0xffffffffffffffff, 8) + le(0, 2);
      CHECK(open_error(bytes).code == ErrorCode::kMalformed);
    }
  }
  SUBCASE("missing") {
    CHECK(WheelFile::open("/no/such.whl").error().code == ErrorCode::kMissing);
  }
}

TEST_CASE("every byte of a small wheel changed: an error or an answer, never a crash") {
  TemporaryDirectory directory;
  const std::string good = zip_of({kGood, {"b.so", std::string(300, 'b'), 0}, kMetadataMember});
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      std::string bytes = good;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      const auto wheel = WheelFile::open(directory.write("x.whl", bytes));
      if (!wheel) continue;
      for (const auto& member : wheel->native_members()) {
        const auto content = wheel->read(member);
        if (!content.ok()) CHECK_FALSE(content.error().message.empty());
        if (content.ok()) CHECK(slow_crc32(text_of(*content)) != 0x12345678);
      }
      const auto metadata = wheel->metadata();
      CHECK((metadata.ok() || !metadata.error().message.empty()));
    }
  }
}

TEST_CASE("an archive without members") {
  TemporaryDirectory directory;
  const auto wheel = WheelFile::open(directory.write("x.whl", zip_of({})));
  REQUIRE(wheel.ok());
  CHECK(wheel->native_members().empty());
  CHECK(wheel->metadata().error().code == ErrorCode::kMissing);
  CHECK(wheel->metadata().error().message == "no .dist-info/METADATA in it");
}

TEST_CASE("members that cannot be read do not hide the others") {
  struct Case {
    std::string title;
    TestMember member;
    ErrorCode code;
    std::string message;
  };
  const std::uint64_t ten_gigabytes = std::uint64_t{10} << 30;
  const std::vector<Case> cases = {
      {"encrypted", {"a.so", "x", 8, 1}, ErrorCode::kEncrypted, "is encrypted"},
      {"strongly encrypted", {"a.so", "x", 8, 0x41}, ErrorCode::kEncrypted, "is encrypted"},
      {"bzip2", {"a.so", "x", 12}, ErrorCode::kUnsupported, "compression method bzip2 is not supported"},
      {"lzma", {"a.so", "x", 14}, ErrorCode::kUnsupported, "compression method LZMA is not supported"},
      {"unknown method", {"a.so", "x", 77}, ErrorCode::kUnsupported, "compression method number 77 is not supported"},
      {"crc",
       {"a.so", "x", 8, 0, {}, 0x12345678},
       ErrorCode::kCorrupt,
       "CRC mismatch: the archive says 0x12345678, the bytes give 0x8cdc1683"},
      {"crc, stored",
       {"a.so", "x", 0, 0, {}, 0x12345678},
       ErrorCode::kCorrupt,
       "CRC mismatch: the archive says 0x12345678, the bytes give 0x8cdc1683"},
      {"crc, no bytes",
       {"a.so", "", 0, 0, {}, 7},
       ErrorCode::kCorrupt,
       "CRC mismatch: the archive says 0x00000007, the bytes give 0x00000000"},
      {"10 GB",
       {"a.so", "x", 8, 0, {}, {}, ten_gigabytes},
       ErrorCode::kTooLarge,
       "claims 10,737,418,240 bytes, more than this program reads"},
      {"impossible ratio",
       {"a.so", "x", 8, 0, {}, {}, 1'000'000},
       ErrorCode::kMalformed,
       "claims 1,000,000 bytes, which its 6 compressed bytes cannot give"},
      {"stored, two sizes",
       {"a.so", "x", 0, 0, {}, {}, 2},
       ErrorCode::kMalformed,
       "claims 2 bytes, which its 1 compressed bytes cannot give"},
      {"too few bytes",
       {"a.so", "x", 8, 0, {}, {}, 9},
       ErrorCode::kMalformed,
       "inflates to fewer than the 9 bytes it claims"},
      {"too many bytes",
       {"a.so", "xyz", 8, 0, {}, {}, 2},
       ErrorCode::kMalformed,
       "inflates to more than the 2 bytes it claims"},
      {"no bytes claimed",
       {"a.so", "xyz", 8, 0, {}, {}, 0},
       ErrorCode::kMalformed,
       "inflates to more than the 0 bytes it claims"},
      {"damaged",
       {"a.so", "xyz", 8, 0, "\x07\xff\xff\xff\xff"},
       ErrorCode::kMalformed,
       "its compressed bytes are damaged"},
      {"no compressed bytes", {"a.so", "xyz", 8, 0, ""}, ErrorCode::kMalformed, "its compressed bytes are damaged"},
      {"compressed size over the file's",
       {"a.so", "x", 8, 0, {}, {}, {}, 1'000'000},
       ErrorCode::kMalformed,
       "claims 1,000,000 compressed bytes, the archive has only "},
      {"compressed size over the limit",
       {"a.so", "x", 8, 0, {}, {}, {}, 4'000'000'000},
       ErrorCode::kTooLarge,
       "claims 4,000,000,000 compressed bytes, more than this program reads"},
      {"offset beyond the end",
       {"a.so", "x", 8, 0, {}, {}, {}, {}, 1'000'000},
       ErrorCode::kMalformed,
       "its local header does not lie inside the archive"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.title);
    OddWheel wheel(c.member);
    const Error error = wheel.error_of("a.so");
    CHECK(error.code == c.code);
    CHECK(error.message.substr(0, c.message.size()) == c.message);
    CHECK(wheel.wheel->problems().empty());
    CHECK(wheel.wheel->metadata().ok());
  }
}

TEST_CASE("odd names are problems, and the members are read all the same") {
  struct Case {
    std::vector<TestMember> members;
    ErrorCode code;
    std::string message;
    std::string where;
  };
  const std::vector<Case> cases = {
      {{{"a.so", "1"}, {"a.so", "2"}}, ErrorCode::kMalformed, "2 members have this name", "a.so"},
      {{{"../a.so", "1"}}, ErrorCode::kMalformed, "the name of a member leaves the wheel with '..'", "../a.so"},
      {{{"x/../a.so", "1"}}, ErrorCode::kMalformed, "the name of a member leaves the wheel with '..'", "x/../a.so"},
      {{{"x\\..\\a.so", "1"}}, ErrorCode::kMalformed, "the name of a member leaves the wheel with '..'", "x\\..\\a.so"},
      {{{"/a.so", "1"}}, ErrorCode::kMalformed, "an absolute path as the name of a member", "/a.so"},
      {{{"C:/a.so", "1"}}, ErrorCode::kMalformed, "an absolute path as the name of a member", "C:/a.so"},
      {{{"a.so", "1"}, {"x/in-1-py3-none-any.whl", "PK"}},
       ErrorCode::kUnsupported,
       "a wheel inside a wheel is not looked into",
       "x/in-1-py3-none-any.whl"},
      {{{"a.so", "1"}, {"other-1.dist-info/METADATA", "Name: other\n"}},
       ErrorCode::kMalformed,
       "a second .dist-info directory in one wheel",
       "other-1.dist-info/METADATA"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.where);
    std::vector<TestMember> members = {kMetadataMember, kGood};
    members.insert(members.end(), c.members.begin(), c.members.end());
    OddWheel wheel(members);
    REQUIRE(wheel.wheel->problems().size() == 1);
    const Error& problem = wheel.wheel->problems()[0];
    CHECK(problem.code == c.code);
    CHECK(problem.message == c.message);
    CHECK(problem.where == wheel.path + "!" + c.where);
    int others = 0;
    for (const auto& member : wheel.wheel->native_members()) {
      CHECK(wheel.wheel->read(member).ok());
      others += member.path != kGood.name;
    }
    CHECK(others == (std::string(c.members[0].name) == c.members.back().name ? static_cast<int>(c.members.size()) : 1));
    CHECK(wheel.wheel->metadata()->name == "demo");
  }
}

TEST_CASE("names that only look odd are no problem") {
  OddWheel wheel(
      std::vector<TestMember>{{"a..b/..c.so", "1"}, {"a.so", "1"}, {"A.so", "1"}, {"d.whl/", ""}, {"d.whl/", ""}});
  CHECK(wheel.wheel->problems().empty());
}

TEST_CASE("a name in code page 437 becomes UTF-8, an end behind the archive is ignored") {
  TemporaryDirectory directory;
  const auto wheel = WheelFile::open(directory.write("x.whl", zip_of({{"\x81.so", "1"}}) + std::string(100, 'x')));
  REQUIRE(wheel.ok());
  REQUIRE(wheel->native_members().size() == 1);
  CHECK(wheel->native_members()[0].path == "\xc3\xbc.so");
}

TEST_CASE("too large METADATA is not read") {
  OddWheel wheel(std::vector<TestMember>{{"demo-1.0.dist-info/METADATA", "x", 0, 0, {}, {}, 20'000'000}});
  CHECK(wheel.wheel->metadata().error().code == ErrorCode::kTooLarge);
}

TEST_CASE("many threads read members of one wheel") {
  std::vector<TestMember> members;
  for (int i = 0; i < 40; ++i)
    members.push_back({"m" + std::to_string(i) + ".so", std::string(5000 + i, static_cast<char>(i)), i % 2 * 8});
  OddWheel wheel(members);
  std::vector<std::thread> threads;
  std::vector<int> good(8);
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (const auto& member : wheel.wheel->native_members()) good[t] += wheel.wheel->read(member).ok();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == std::vector<int>(8, 40));
}
