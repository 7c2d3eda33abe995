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
        "NumPy 2.0.0 -> 2.0.0, for code that uses the C-API\n\nnothing that the database knows of\n");
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

TEST_CASE("columns and flowing cells") {
  CHECK(align({{"a", "bb", "c"}, {"aaa", "b", "cc"}, {"x"}}, 2) == "  a    bb  c\n  aaa  b   cc\n  x\n");
  CHECK(align({}, 2).empty());
  CHECK(flow({}, 2).empty());
  const std::string cell(50, 'x');
  CHECK(flow({cell, cell, cell}, 2) == "  " + cell + "  " + cell + "\n  " + cell + "\n");
}

}  // namespace
}  // namespace abicheck
