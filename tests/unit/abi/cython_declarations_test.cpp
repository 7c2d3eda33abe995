#include "abi/cython_declarations.h"

#include <doctest/doctest.h>

#include <string>

namespace abicheck {
namespace {

constexpr const char* kCythonFile = R"({
  "needs": [["0.29.31", "2.0.0"], ["3.0.0", "2.5.0"]],
  "classic": [["dtype", "class", "1.19.0"], ["int_t", "type", "1.19.0", "2.0.0"]],
  "cython3": [["back", "type", "1.19.0", "2.0.0", "2.5.0"], ["dtype.kind", "member", "1.19.0", "2.0.0"],
              ["dtype.kind", "property", "2.0.0"], ["int_t", "type", "1.19.0", "2.0.0"], ["new", "function", "2.0.0"]]
})";

CythonDeclarations small_declarations() {
  return *CythonDeclarations::from_file(kCythonFile);
}

std::string error_of_cython(const std::string& file) {
  const auto read = CythonDeclarations::from_file(file);
  return read ? "" : read.error().where + ": " + read.error().message;
}

TEST_CASE("a name is there in its releases, and remembers them in others") {
  const auto there = small_declarations().find(CythonFile::kClassic, "int_t", "1.26.4");
  REQUIRE(there);
  CHECK(there->kind == "type");
  CHECK(there->declared);
  const auto gone = small_declarations().find(CythonFile::kClassic, "int_t", "2.2.0");
  REQUIRE(gone);
  CHECK_FALSE(gone->declared);
  CHECK(gone->since == "1.19.0");
  CHECK(gone->removed == "2.0.0");
  const auto future = small_declarations().find(CythonFile::kCython3, "new", "1.26.4");
  REQUIRE(future);
  CHECK_FALSE(future->declared);
  CHECK(future->since == "2.0.0");
  CHECK_FALSE(small_declarations().find(CythonFile::kClassic, "new", "2.0.0"));
  CHECK_FALSE(small_declarations().find(CythonFile::kClassic, "int", "2.0.0"));
}

TEST_CASE("a name that came back") {
  CHECK(small_declarations().find(CythonFile::kCython3, "back", "1.20.0")->declared);
  CHECK_FALSE(small_declarations().find(CythonFile::kCython3, "back", "2.4.0")->declared);
  CHECK(small_declarations().find(CythonFile::kCython3, "back", "2.4.0")->removed == "2.0.0");
  CHECK(small_declarations().find(CythonFile::kCython3, "back", "2.5.0")->declared);
}

TEST_CASE("a name that became of another kind") {
  CHECK(small_declarations().find(CythonFile::kCython3, "dtype.kind", "1.26.0")->kind == "member");
  CHECK(small_declarations().find(CythonFile::kCython3, "dtype.kind", "2.0.0")->kind == "property");
  CHECK(small_declarations().find(CythonFile::kCython3, "dtype.kind", "2.0.0")->declared);
}

TEST_CASE("the Cython that reads a release's declarations") {
  CHECK(small_declarations().needed_cython("1.26.4").empty());
  CHECK(small_declarations().needed_cython("2.4.6") == "0.29.31");
  CHECK(small_declarations().needed_cython("2.6.0") == "3.0.0");
  CHECK(small_declarations().oldest() == "1.19.0");
  CHECK(small_declarations().has("1.19.0"));
  CHECK_FALSE(small_declarations().has("1.18.5"));
}

TEST_CASE("what is wrong with cython.json is said with its place") {
  const std::string names = R"("cython3": [["a", "type", "1.19.0"]])";
  CHECK(error_of_cython(R"({"needs": [], "classic": [["a", "type", "2.0.0", "1.26.0"]], )" + names + "}") ==
        "cython.json: classic[0][3]: expected a release newer than 2.0.0, found '1.26.0'");
  CHECK(
      error_of_cython(R"({"needs": [], "classic": [["a", "thing", "2.0.0"]], )" + names + "}").find("classic[0][1]") !=
      std::string::npos);
  CHECK(error_of_cython(R"({"needs": [], "classic": [["a.b.c", "type", "2.0.0"]], )" + names + "}").find("a name") !=
        std::string::npos);
  CHECK(error_of_cython(R"({"needs": [], "classic": [["b", "type", "2.0.0"], ["a", "type", "2.0.0"]], )" + names + "}")
            .find("sorts behind b") != std::string::npos);
  CHECK(error_of_cython(R"({"needs": [], )" + names + "}").find("classic") != std::string::npos);
}

TEST_CASE("the database that is compiled in") {
  const CythonDeclarations database = CythonDeclarations::embedded();
  CHECK_FALSE(database.find(CythonFile::kClassic, "long_t", "2.0.0")->declared);
  CHECK(database.find(CythonFile::kClassic, "PyArray_SimpleNew", "1.26.4")->kind == "array_api");
  CHECK(database.find(CythonFile::kClassic, "PyArray_DATA", "1.26.4")->kind == "function");
  CHECK(database.find(CythonFile::kCython3, "ndarray.data", "2.2.0")->kind == "property");
}

}  // namespace
}  // namespace abicheck
