// tests/schema/ checks the json files of tests/golden/ against the schemas.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "abi/compare.h"
#include "abi/describe.h"
#include "report/database_json.h"
#include "report/database_text.h"
#include "report/text_table.h"
#include "unit/report/golden.h"
#include "unit/tables/small_database.h"

namespace abicheck {
namespace {

using testing::Json;

AbiDatabase small_database() {
  return *AbiDatabase::from_files(testing::SmallDatabase().files());
}

TEST_CASE("db: the list") {
  const DatabaseListing listing = list_database(small_database());
  golden::check("db_list.txt", write_listing_text(listing));
  golden::check("db_list.json", write_listing_json(listing));
}

TEST_CASE("db: the page of one NumPy") {
  const auto numpy = describe_numpy(small_database(), "2.0");
  REQUIRE(numpy);
  golden::check("db_show.txt", write_description_text(*numpy));
  golden::check("db_show.json", write_description_json(*numpy));
}

TEST_CASE("db: every index of a table, holes included") {
  const auto json = nlohmann::ordered_json::parse(write_description_json(*describe_numpy(small_database(), "2.0")));
  const auto& slots = json["slots"]["multiarray"];
  REQUIRE(slots.size() == 213);
  int index = 0;
  for (const auto& item : slots.items()) CHECK(item.key() == std::to_string(index++));
  CHECK(slots["3"].is_null());
  CHECK(slots["211"] == "PyArray_GetNDArrayCFeatureVersion");
}

TEST_CASE("db: what changed") {
  const AbiDatabase database = small_database();
  const auto changes = [&](const char* from, const char* to) {
    return compare_numpys(*describe_numpy(database, from), *describe_numpy(database, to));
  };
  golden::check("db_diff.txt", write_changes_text(changes("1.26.0", "2.0")));
  golden::check("db_diff.json", write_changes_json(changes("1.26.0", "2.0")));
  CHECK(write_changes_text(changes("2.0.0", "2.0.0")) ==
        "NumPy 2.0.0 and 2.0.0: no difference that the database knows of\n");
}

TEST_CASE("db: names that moved from one header to another stand together") {
  testing::SmallDatabase files;
  const Json moved = {{"kind", "macro"},
                      {"header", "numpy/new.h"},
                      {"since", "1.26.0"},
                      {"earlier", {{{"until", "2.0.0"}, {"kind", "macro"}, {"header", "numpy/old.h"}}}}};
  const auto section = [&] {
    const auto database = AbiDatabase::from_files(files.files());
    const std::string text =
        write_changes_text(compare_numpys(*describe_numpy(*database, "1.26"), *describe_numpy(*database, "2.0")));
    const std::size_t begin = text.find("Names declared otherwise");
    return text.substr(begin, text.find("\n\n", begin) - begin);
  };
  files["names.json"].erase("NPY_MAXDIMS");
  for (const char* name : {"NPY_A", "NPY_B"}) files["names.json"][name] = moved;
  CHECK(section() == "Names declared otherwise (2)\n  NPY_A, NPY_B moved from numpy/old.h to numpy/new.h");
  for (const char* name : {"NPY_C", "NPY_D", "NPY_E"}) files["names.json"][name] = moved;
  CHECK(section() ==
        "Names declared otherwise (5)\n  moved from numpy/old.h to numpy/new.h (5):\n"
        "    NPY_A  NPY_B  NPY_C  NPY_D  NPY_E");
  files["names.json"]["NPY_E"]["earlier"][0]["kind"] = "enumerator";
  files["names.json"]["NPY_D"]["value"] = 3;
  CHECK(section() ==
        "Names declared otherwise (5)\n"
        "  NPY_D value none -> 3; moved from numpy/old.h to numpy/new.h\n"
        "  NPY_E enumerator -> macro; moved from numpy/old.h to numpy/new.h\n"
        "  NPY_A, NPY_B, NPY_C moved from numpy/old.h to numpy/new.h");
}

TEST_CASE("db: texts of a foreign database cannot command the terminal") {
  testing::SmallDatabase files;
  files["numpy-2.0.json"]["shims"]["refusal"]["text"] = "\x1b[31mred";
  files["slots.json"]["multiarray"][4]["signature"] = "\x1b[2J";
  files["numpy-2.0.json"]["layouts"]["\x1b[2J"]["\x1b"]["lp64"] = {0, 8};
  files["numpy-2.0.json"]["dtype_api"]["\x1b[2J"] = 1;
  files["numpy-2.0.json"]["releases"][0]["wheels"]["cp39"][0] = "\x1b[2J";
  const auto database = AbiDatabase::from_files(files.files());
  REQUIRE(database);
  const auto numpy = describe_numpy(*database, "2.0");
  const auto before = describe_numpy(*database, "1.26");
  CHECK(write_description_text(*numpy).find('\x1b') == std::string::npos);
  CHECK(write_description_json(*numpy).find('\x1b') == std::string::npos);
  CHECK(write_changes_text(compare_numpys(*before, *numpy)).find('\x1b') == std::string::npos);
}

TEST_CASE("db: no line of a page is wide") {
  testing::SmallDatabase files;
  std::string text;
  for (int i = 0; i < 100; ++i) text += "many words ";
  Json& minor = files["numpy-2.0.json"];
  minor["shims"]["refusal"]["text"] = minor["target_policy"]["above_api"] = text;
  minor["import_array"]["macro_message"] = minor["import_array"]["messages"][0]["text"] = text;
  int size = 0;
  for (const char* model : kModelsForPeople) minor["runtime_sizes"]["numpy.dtype"][model] = 1000000 + size++ / 2;
  const auto numpy = describe_numpy(*AbiDatabase::from_files(files.files()), "2.0");
  REQUIRE(numpy);
  const std::string page = write_description_text(*numpy);
  for (std::size_t at = 0, end = page.find('\n'); end != std::string::npos; at = end + 1, end = page.find('\n', at))
    CHECK_MESSAGE(end - at <= 120, page.substr(at, end - at));
  CHECK(page.find("1000000 (lp64, llp64); 1000001 (ilp32, ilp32_aligned);") != std::string::npos);
}

TEST_CASE("columns and flowing cells") {
  const std::string words(59, 'x');
  CHECK(wrap(words + " " + words + " y", 2) == "  " + words + "\n    " + words + " y\n");
  CHECK(wrap("", 2) == "  \n");
  CHECK(wrap(std::string(200, 'x') + " y", 0) == std::string(200, 'x') + "\n  y\n");
  CHECK(hang({{"a", words + " " + words}, {"bbb", "c"}}, 0) == "a    " + words + "\n     " + words + "\nbbb  c\n");
  CHECK(align({{"a", "bb", "c"}, {"aaa", "b", "cc"}, {"x"}}, 2) == "  a    bb  c\n  aaa  b   cc\n  x\n");
  CHECK(align({}, 2).empty());
  CHECK(flow({}, 2).empty());
  const std::string cell(50, 'x');
  CHECK(flow({cell, cell, cell}, 2) == "  " + cell + "  " + cell + "\n  " + cell + "\n");
}

}  // namespace
}  // namespace abicheck
