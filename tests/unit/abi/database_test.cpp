#include "abi/database.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace abicheck {
namespace {

const std::string kSmall = R"({
  "minor": "1.26", "abi": "0x01000009", "api": "0x00000011", "default_target": "0x0000000d",
  "api_first_release": {"0x00000011": "1.25"}, "sizes": {"numpy": {"ndarray": 96}},
  "import_paths": {"numpy._core._multiarray_umath": "absent"}, "shim_text": "NumPy {v} refuses {v}",
  "releases": [{"version": "1.26.10", "pythons": ["3.12", "3.9"], "sizes": {"numpy": {"dtype": 88}}},
               {"version": "1.26.9", "pythons": ["3.9"], "api": "0x12",
                "import_paths": {"numpy._core._multiarray_umath": "works"}}]})";

std::string changed(const std::string& from, const std::string& to) {
  std::string text = kSmall;
  return text.replace(text.find(from), from.size(), to);
}

std::string error_of(std::string_view text) {
  const auto database = AbiDatabase::from_files({{"numpy-1.26.json", text}});
  return database ? "" : database.error().where + ": " + database.error().message;
}

TEST_CASE("overrides, order and the shim's text") {
  const auto database = AbiDatabase::from_files({{"numpy-1.26.json", kSmall}});
  REQUIRE(database.ok());
  CHECK(database->releases() == std::vector<std::string>{"1.26.9", "1.26.10"});
  const NumpyRelease first = database->facts_for("1.26.9");
  const NumpyRelease last = database->facts_for("1.26.10");
  CHECK(first.api == 0x12);
  CHECK(last.api == 0x11);
  CHECK(first.paths.at("numpy._core._multiarray_umath") == PathState::kWorks);
  CHECK(last.paths.at("numpy._core._multiarray_umath") == PathState::kAbsent);
  CHECK(first.sizes.count({"numpy", "dtype"}) == 0);
  CHECK(last.sizes.at({"numpy", "dtype"}) == 88);
  CHECK(last.sizes.at({"numpy", "ndarray"}) == 96);
  CHECK(first.shim_text == "NumPy 1.26.9 refuses 1.26.9");
  CHECK(database->exists_for("1.26.10", {3, 9}));
  CHECK_FALSE(database->exists_for("1.26.9", {3, 12}));
  CHECK(database->exists_for_at_least("1.26.10", {3, 10}));
  CHECK_FALSE(database->exists_for_at_least("1.26.9", {3, 10}));
}

TEST_CASE("a file that is not as its schema says is an error with its name") {
  struct Case {
    std::string text;
    std::string message;
  };
  const std::vector<Case> cases = {
      {changed("\"abi\"", "\"abl\""), "the key 'abi' is missing in 'the file'"},
      {changed("\"abi\":", "\"extra\": 1, \"abi\":"), "unknown key 'extra' in 'the file'"},
      {changed("\"api\": \"0x12\"", "\"apl\": \"0x12\""), "unknown key 'apl' in 'releases'"},
      {changed("\"0x01000009\"", "\"16777225\""), "'16777225' is not a hexadecimal number"},
      {changed("\"0x01000009\"", "\"0x1ffffffff\""), "'0x1ffffffff' is not a hexadecimal number of 32 bits"},
      {changed("\"0x01000009\"", "9"), "'abi' is not a text"},
      {changed("\"absent\"", "\"gone\""), "'gone' is not one of absent, works, refuses"},
      {changed("\"minor\": \"1.26\"", "\"minor\": \"1.26.0\""), "'1.26.0' is not a minor version"},
      {changed("1.26.10", "1.25.10"), "'1.25.10' is not a NumPy 1.26"},
      {changed("1.26.10", "new"), "'new' is not a version"},
      {changed("\"ndarray\": 96", "\"ndarray\": \"96\""), "the size of 'numpy.ndarray' is not a number"},
      {changed("[\"3.9\"]", "\"3.9\""), "'pythons' is not a list"},
      {"[]", "'the file' is not an object"},
  };
  for (const Case& each : cases) CHECK(error_of(each.text) == "numpy-1.26.json: " + each.message);
  CHECK(error_of("{").find("numpy-1.26.json: it is not valid JSON") == 0);
  CHECK_FALSE(AbiDatabase::from_files({}).ok());
  CHECK_FALSE(AbiDatabase::from_files({{"a.json", kSmall}, {"b.json", kSmall}}).ok());
}

TEST_CASE("a directory without files, and no directory") {
  const auto empty = std::filesystem::temp_directory_path() / "abicheck-empty-database";
  std::filesystem::create_directories(empty);
  CHECK(AbiDatabase::from_directory(empty.string()).error().message ==
        "there is no numpy-*.json in the database directory");
  CHECK(AbiDatabase::from_directory((empty / "none").string()).error().code == ErrorCode::kMissing);
  std::filesystem::remove(empty);
}

TEST_CASE("the embedded database is that of abi_db/") {
  const auto embedded = AbiDatabase::embedded();
  const auto read = AbiDatabase::from_directory(std::string(ABICHECK_SOURCE_DIR) + "/abi_db");
  REQUIRE(embedded.ok());
  REQUIRE(read.ok());
  CHECK(embedded->revision() == read->revision());
  CHECK(embedded->revision().size() == 12);
  CHECK(embedded->releases() == read->releases());
  CHECK(embedded->oldest() == "1.7");
  CHECK(embedded->minor("2.0") != nullptr);
  CHECK(embedded->minor("1.27") == nullptr);
}

TEST_CASE("what is known of some releases") {
  struct Case {
    const char* release;
    std::uint32_t abi, api, ndarray, dtype, ufunc;
    PathState stub, umath;  // numpy._core._multiarray_umath, numpy.core._multiarray_umath
  };
  constexpr auto kAbsent = PathState::kAbsent;
  constexpr auto kWorks = PathState::kWorks;
  constexpr auto kRefuses = PathState::kRefuses;
  const std::vector<Case> cases = {
      {"1.7.0", 0x1000009, 0x7, 80, 88, 176, kAbsent, kAbsent},
      {"1.8.2", 0x1000009, 0x9, 80, 88, 192, kAbsent, kAbsent},
      {"1.15.4", 0x1000009, 0xc, 80, 96, 192, kAbsent, kAbsent},
      {"1.16.0", 0x1000009, 0xd, 80, 96, 216, kAbsent, kWorks},
      {"1.21.6", 0x1000009, 0xe, 88, 96, 216, kAbsent, kWorks},
      {"1.22.0", 0x1000009, 0xf, 96, 96, 232, kAbsent, kWorks},
      {"1.26.0", 0x1000009, 0x11, 96, 96, 232, kAbsent, kWorks},
      {"1.26.1", 0x1000009, 0x11, 96, 96, 232, kWorks, kWorks},
      {"2.0.2", 0x2000000, 0x12, 96, 88, 232, kWorks, kRefuses},
      {"2.5.1", 0x2000000, 0x16, 96, 88, 240, kWorks, kRefuses},
  };
  const auto database = AbiDatabase::embedded();
  for (const Case& each : cases) {
    CAPTURE(each.release);
    const NumpyRelease facts = database->facts_for(each.release);
    CHECK(std::pair(facts.abi, facts.api) == std::pair(each.abi, each.api));
    CHECK(facts.sizes.at({"numpy", "ndarray"}) == each.ndarray);
    CHECK(facts.sizes.at({"numpy", "dtype"}) == each.dtype);
    CHECK(facts.sizes.at({"numpy", "ufunc"}) == each.ufunc);
    CHECK(facts.sizes.at({"numpy", "character"}) == 16);
    CHECK(facts.paths.at("numpy._core._multiarray_umath") == each.stub);
    CHECK(facts.paths.at("numpy.core._multiarray_umath") == each.umath);
    CHECK(facts.paths.at("numpy.core.multiarray") == kWorks);
  }
}

TEST_CASE("numpy.random's classes moved") {
  const auto database = AbiDatabase::embedded();
  const auto has = [&](const char* release, const char* module, const char* type) {
    return database->facts_for(release).sizes.count({module, type}) == 1;
  };
  CHECK(has("1.17.0", "numpy.random.bit_generator", "BitGenerator"));
  CHECK(has("1.18.0", "numpy.random._bit_generator", "BitGenerator"));
  CHECK_FALSE(has("1.18.0", "numpy.random.bit_generator", "BitGenerator"));
  CHECK(has("2.0.0", "numpy.random.bit_generator", "SeedSequence"));
  CHECK_FALSE(has("1.16.0", "numpy.random.bit_generator", "BitGenerator"));
  CHECK(database->facts_for("1.16.0").sizes.at({"numpy.random.mtrand", "RandomState"}) == 48);
}

TEST_CASE("which Pythons a release exists for") {
  struct Case {
    const char* release;
    PythonVersion python;
    bool exact, at_least;
  };
  const std::vector<Case> cases = {
      {"1.11.3", {3, 6}, true, true},  {"1.11.2", {3, 6}, false, false}, {"1.21.1", {3, 10}, false, false},
      {"1.21.2", {3, 10}, true, true}, {"1.26.4", {3, 12}, true, true},  {"1.26.4", {3, 13}, false, false},
      {"1.26.4", {3, 8}, false, true}, {"2.0.2", {2, 7}, false, true},   {"1.16.6", {2, 7}, true, true},
      {"2.5.1", {}, true, true},       {"1.26.9", {3, 12}, true, true},  // unknown: as 1.26.4
  };
  const auto database = AbiDatabase::embedded();
  for (const Case& each : cases) {
    CAPTURE(each.release);
    CAPTURE(each.python.text());
    CHECK(database->exists_for(each.release, each.python) == each.exact);
    CHECK(database->exists_for_at_least(each.release, each.python) == each.at_least);
  }
}

TEST_CASE("NumPy's own names of API versions") {
  const auto database = AbiDatabase::embedded();
  const std::vector<std::pair<std::uint32_t, std::string>> cases = {
      {0x6, "1.6"},  {0x7, "1.7"},  {0x8, "1.8"},  {0x9, "1.9"},   {0xa, "1.10"},  {0xb, "1.13"}, {0xc, "1.14"},
      {0xd, "1.16"}, {0xe, "1.20"}, {0xf, "1.22"}, {0x10, "1.23"}, {0x11, "1.25"}, {0x12, "2.0"}, {0x13, "2.1"},
      {0x14, "2.3"}, {0x15, "2.4"}, {0x16, "2.5"}, {0x5, ""},      {0xff, ""}};
  for (const auto& each : cases) CHECK_MESSAGE(database->first_release_of_api(each.first) == each.second, each.first);
}

TEST_CASE("releases that the database does not know") {
  const auto database = AbiDatabase::embedded();
  const NumpyRelease patch = database->facts_for("2.0.9");
  CHECK((patch.version == "2.0.9" && patch.minor == "2.0" && patch.api == 0x12));
  const NumpyRelease newer = database->facts_for("99.1.0");
  CHECK((newer.version == "99.1.0" && newer.abi == 0x2000000));
  CHECK(newer.shim_text.find("\nNumPy 99.1.0 as it may crash.") != std::string::npos);
  CHECK(database->facts_for("1.26.4").shim_text.empty());
}

}  // namespace
}  // namespace abicheck
