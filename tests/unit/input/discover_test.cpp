#include "input/discover.h"

#include <doctest/doctest.h>

#include <sstream>

#include "test_files.h"

using namespace abicheck;
using namespace abicheck::test;

namespace {

const std::string kZip = zip_of({{"a", "b"}});
const std::string kElf =
    "\x7f"
    "ELF....";

Discovery find(const std::vector<std::string>& arguments, const std::string& standard_input = "") {
  std::istringstream lines(standard_input);
  return discover(arguments, lines);
}

std::vector<std::string> paths_of(const Discovery& discovery) {
  std::vector<std::string> paths;
  for (const Input& input : discovery.inputs) paths.push_back(input.path);
  return paths;
}

void check_one_problem(const Discovery& discovery, ErrorCode code, const std::string& message,
                       const std::string& where) {
  REQUIRE(discovery.problems.size() == 1);
  CHECK(discovery.problems[0].code == code);
  CHECK(discovery.problems[0].message == message);
  CHECK(discovery.problems[0].where == where);
}

using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("files, by content, in the order given, each once") {
  TemporaryDirectory d;
  const std::string wheel = d.write("b.whl", kZip);
  const std::string odd = d.write("wheel.bin", kZip);
  const std::string module = d.write("a.so", kElf);
  const std::string windows = d.write("c.pyd", "MZ");
  const Discovery found = find({wheel, odd, module, windows, wheel, d.path("./b.whl")});
  CHECK(paths_of(found) == Paths{wheel, odd, module, windows});
  CHECK(found.problems.empty());
  CHECK(found.inputs[0].kind == InputKind::kWheel);
  CHECK(found.inputs[1].kind == InputKind::kWheel);
  CHECK(found.inputs[2].kind == InputKind::kModule);
  CHECK(found.inputs[3].kind == InputKind::kModule);
}

TEST_CASE("arguments that cannot be checked") {
  TemporaryDirectory d;
  const std::string text = d.write("notes.txt", "hello");
  const std::string bad = d.write("bad.whl", "hello");
  check_one_problem(find({text}), ErrorCode::kUnsupported,
                    "neither a wheel, an extension module, a source distribution nor a C, C++ or Cython source", text);
  check_one_problem(find({bad}), ErrorCode::kMalformed, "not a zip archive", bad);
  check_one_problem(find({"/no/such"}), ErrorCode::kMissing, "no such file or directory", "/no/such");
  check_one_problem(find({"/no/such*.whl"}), ErrorCode::kMissing, "no file matches this pattern", "/no/such*.whl");
  check_one_problem(find({"https://x.org/a.whl"}), ErrorCode::kUnsupported, "reading from URLs is not supported",
                    "https://x.org/a.whl");
  check_one_problem(find({"@/no/list"}), ErrorCode::kMissing, "no such file or directory", "/no/list");
  check_one_problem(find({"-"}, "\n\n"), ErrorCode::kMissing, "no paths in it", "-");
  check_one_problem(find({""}), ErrorCode::kMissing, "no such file or directory", "");
}

TEST_CASE("a directory: sorted, recursed, links to directories not followed") {
  TemporaryDirectory d;
  const std::string deep = d.write("t/b/c/x.so.1.2", kElf);
  const std::string wheel = d.write("t/a.whl", kZip);
  const std::string upper = d.write("t/Z.whl", kZip);
  const std::string bad = d.write("t/bad.whl", "text");
  d.write("t/readme", "text");
  d.write("t/data.zip", kZip);
  std::filesystem::create_directory_symlink("..", d.path("t/b/loop"));
  std::filesystem::create_directory_symlink("..", d.path("t/b/loop.so"));
  std::filesystem::create_symlink("nowhere", d.path("t/gone.so"));
  std::filesystem::create_symlink(d.path("t/a.whl"), d.path("t/b/link.whl"));
  const Discovery found = find({d.path("t")});
  CHECK(paths_of(found) == Paths{upper, wheel, deep, d.path("t/b/link.whl")});
  REQUIRE(found.problems.size() == 2);
  CHECK(found.problems[0].where == bad);
  CHECK(found.problems[1].where == d.path("t/gone.so"));
  CHECK(paths_of(find({d.path("t/")})) == paths_of(found));
}

TEST_CASE("an empty directory, and one that cannot be listed") {
  TemporaryDirectory d;
  std::filesystem::create_directory(d.path("empty"));
  check_one_problem(find({d.path("empty")}), ErrorCode::kMissing, "no wheels, extension modules or sources in it",
                    d.path("empty"));
  const std::string wheel = d.write("t/a.whl", kZip);
  d.write("t/closed/b.whl", kZip);
  constexpr auto kForAll = std::filesystem::perms::all;
  std::filesystem::permissions(d.path("t"), kForAll);  // whatever the umask
  std::filesystem::permissions(wheel, kForAll);
  std::filesystem::permissions(d.path("t/closed"), std::filesystem::perms::none);
  Discovery found;
  {
    const WithoutRoot nobody(d);
    found = find({d.path("t")});
  }
  std::filesystem::permissions(d.path("t/closed"), std::filesystem::perms::owner_all);
  CHECK(paths_of(found) == Paths{wheel});
  check_one_problem(found, ErrorCode::kUnreadable, "permission denied", d.path("t/closed"));
}

TEST_CASE("patterns and lists of paths") {
  TemporaryDirectory d;
  const std::string b = d.write("b.whl", kZip);
  const std::string a = d.write("a.whl", kZip);
  const std::string odd = d.write("odd[1].whl", kZip);
  CHECK(paths_of(find({d.path("?.whl")})) == Paths{a, b});
  CHECK(paths_of(find({odd})) == Paths{odd});
  CHECK(paths_of(find({"-"}, b + "\r\n\n" + a + "\n")) == Paths{b, a});
  CHECK(paths_of(find({"@" + d.write("list.txt", a + "\n" + d.path("[b].whl"))})) == Paths{a, b});
}

TEST_CASE("a very deep tree") {
  TemporaryDirectory d;
  std::string name = "t";
  for (int i = 0; i < 400; ++i) name += "/d";
  const std::string path = d.write(name + "/a.so", kElf);
  CHECK(paths_of(find({d.path("t")})) == Paths{path});
}
