#include "abi/generated_headers.h"

#include <doctest/doctest.h>

#include <string>

namespace abicheck {
namespace {

// Two releases of three headers, of which each has another line, and one is in the first only.
constexpr const char* kFile = R"({
  "numpy/a.h": [["#define A 1", "1.26.0", "2.0.0"], ["#define A 2", "2.0.0"], ["#define EMPTY {}", "1.26.0"]],
  "numpy/lib/b.h": [["int gone;", "1.26.0", "1.26.4", "2.0.0"], ["int b;", "1.26.0"]],
  "numpy/old.h": [["int old;", "1.26.0", "2.0.0"]]
})";

Declarations small_headers() {
  return *Declarations::from_file(kFile);
}

std::string text_of(const std::string& path, const std::string& release) {
  for (const GeneratedHeader& header : small_headers().headers_of(release)) {
    if (header.path == path) return header.text;
  }
  return "(none)";
}

std::string error_of(const std::string& file) {
  const auto read = Declarations::from_file(file);
  return read ? "" : read.error().where + ": " + read.error().message;
}

TEST_CASE("a header has the lines of its release") {
  CHECK(text_of("numpy/a.h", "1.26.0") == "#define A 1\n#define EMPTY {}\n");
  CHECK(text_of("numpy/a.h", "2.0.0") == "#define A 2\n#define EMPTY {}\n");
}

TEST_CASE("a line goes and comes back") {
  CHECK(text_of("numpy/lib/b.h", "1.26.3") == "int gone;\nint b;\n");
  CHECK(text_of("numpy/lib/b.h", "1.26.4") == "int b;\n");
  CHECK(text_of("numpy/lib/b.h", "2.0.0") == "int gone;\nint b;\n");
}

TEST_CASE("a header that a release does not have") {
  CHECK(text_of("numpy/old.h", "1.26.99") == "int old;\n");
  CHECK(text_of("numpy/old.h", "2.0.0") == "(none)");
}

TEST_CASE("releases that the database does not know") {
  CHECK(small_headers().headers_of("1.25.0").empty());
  CHECK(small_headers().headers_of("2.0").empty());
  CHECK(small_headers().headers_of("2.99.0").size() == small_headers().headers_of("2.0.0").size());
}

TEST_CASE("what is wrong with a file is said with its place") {
  CHECK(error_of(R"({"numpy/a.h": [["int a;", "2.0.0", "1.26.0"]]})") ==
        R"(declarations.json: numpy/a.h[0][2]: expected a release newer than 2.0.0, found '1.26.0')");
  CHECK(error_of(R"({"numpy/a.h": [["int a;"]]})").find("numpy/a.h[0]") != std::string::npos);
  CHECK(error_of(R"({"numpy/a.h": [["a\nb", "1.26.0"]]})").find("expected one line of a header") != std::string::npos);
  CHECK(error_of(R"({"numpy/../a.h": [["int a;", "1.26.0"]]})").find("a header of NumPy") != std::string::npos);
  CHECK(error_of("[").find("declarations.json") == 0);
}

TEST_CASE("the declarations that are compiled in are those of the database") {
  const auto read = Declarations::from_directory(ABICHECK_DATABASE);
  REQUIRE(read);
  const auto compiled = Declarations::embedded().headers_of("2.0.2");
  const auto from_file = read->headers_of("2.0.2");
  REQUIRE(compiled.size() == from_file.size());
  CHECK(compiled.size() > 20);
  for (std::size_t i = 0; i < compiled.size(); ++i) {
    CHECK(compiled[i].path == from_file[i].path);
    CHECK(compiled[i].text == from_file[i].text);
  }
}

TEST_CASE("a directory without the file") {
  const auto read = Declarations::from_directory(ABICHECK_SOURCE_DIR);
  REQUIRE(!read);
  CHECK(read.error().code == ErrorCode::kMissing);
}

}  // namespace
}  // namespace abicheck
