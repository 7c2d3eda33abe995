#include "abi/database.h"

#include <algorithm>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "unit/abi/small_abi_database.h"
#include "unit/tables/small_database.h"

namespace abicheck {
namespace {

using testing::SmallDatabase;

TEST_CASE("overrides, order and data models") {
  const AbiDatabase database = small_database();
  CHECK(database.releases() == std::vector<std::string>{"1.26.0", "1.26.10", "2.0.0", "2.0.2"});
  const NumpyRelease first = database.facts_for("1.26.0");
  const NumpyRelease last = database.facts_for("1.26.10");
  const std::string path = "numpy._core._multiarray_umath._ARRAY_API";
  CHECK((first.api == 0x10 && last.api == 0x11));
  CHECK(first.paths.at(path) == PathState::kAbsent);
  CHECK(last.paths.at(path) == PathState::kWorks);
  CHECK(first.sizes.count("numpy.random.mtrand.RandomState") == 0);
  CHECK(last.sizes.at("numpy.random.mtrand.RandomState") == 240);
  CHECK(last.sizes.at("numpy.dtype") == 96);
  CHECK(database.facts_for("1.26.10", DataModel::kIlp32).sizes.at("numpy.dtype") == 56);
  CHECK(database.facts_for("1.26.10", DataModel::kLlp64).sizes.empty());
  CHECK_FALSE(database.same_facts("1.26.0", "1.26.10"));
  CHECK(database.same_facts("2.0.0", "2.0.2"));
  CHECK(database.exists_for("1.26.10", {3, 9}));
  CHECK_FALSE(database.exists_for("1.26.0", {3, 12}));
  CHECK(database.exists_for_at_least("1.26.10", {3, 10}));
  CHECK_FALSE(database.exists_for_at_least("1.26.0", {3, 10}));
}

TEST_CASE("where the ABI changed, and what facts/ has to look for") {
  const AbiHistory history = small_database().history();
  CHECK(history.oldest_abi == 0x1000009);
  CHECK((history.last_before == "1.26" && history.changed_in == "2.0" && history.target_honoured_in == "1.26"));
  CHECK(history.oldest_elsize_offset == 32);
  CHECK(small_database().facts_for("2.0.2").elsize_offset == 40);
  CHECK(small_database().facts_for("2.0.2", DataModel::kIlp32).elsize_offset == std::nullopt);
  const KnownAbi known = small_database().known_abi();
  CHECK(known.versions == std::vector<std::uint32_t>{0x1000009, 0x2000000});
  CHECK((known.feature_version_slot == 211 && known.endianness_slot == 210));
  // Members that have moved, and slots as the last release with the oldest ABI has them.
  const auto elsize = std::find_if(known.old_64.moved.begin(), known.old_64.moved.end(),
                                   [](const auto& member) { return member.name == "elsize"; });
  REQUIRE(elsize != known.old_64.moved.end());
  CHECK((elsize->offset == 32 && elsize->width == 4));
  CHECK(known.old_32.moved.empty());
  CHECK(known.old_slots.at("PyArray_GetNDArrayCFeatureVersion") == 211);
}

TEST_CASE("API versions by name: the newest headers', else the oldest minor that has it") {
  const AbiDatabase database = small_database();
  CHECK(database.first_release_of_api(0xd) == "1.16");
  CHECK(database.first_release_of_api(0x11) == "1.26");
  CHECK(database.first_release_of_api(0x12) == "2.0");
  CHECK(database.first_release_of_api(0x13).empty());
  CHECK(database.last_release_of_api(0x11) == "1.26");
  CHECK(database.last_release_of_api(0xd).empty());
  CHECK(database.api_from("1.7.0") == 0x10);
  CHECK(database.api_from("1.26.1") == 0x11);
  CHECK(database.api_from("2.0") == 0x12);
  CHECK(database.api_from("2.1") == std::nullopt);
}

// Whether two sets of tables are the same, number by number.
bool same_tables(const DatabaseTables& a, const DatabaseTables& b) {
  std::vector<std::string> tables_of_a;
  const auto bytes_of = [](const auto& table) {
    return std::string(reinterpret_cast<const char*>(table.data()), table.size_bytes());
  };
  for_each_table(a, [&](const auto& table, auto, auto) { tables_of_a.push_back(bytes_of(table)); });
  std::size_t at = 0;
  bool same = true;
  for_each_table(b, [&](const auto& table, auto, auto) { same &= tables_of_a[at++] == bytes_of(table); });
  return same;
}

TEST_CASE("the embedded database is that of abi_db/") {
  const AbiDatabase embedded = AbiDatabase::embedded();
  const auto read = AbiDatabase::from_directory(ABICHECK_DATABASE);
  REQUIRE(read.ok());
  CHECK(same_tables(embedded.tables(), read->tables()));
  CHECK_FALSE(same_tables(embedded.tables(), small_database().tables()));
  CHECK(embedded.revision() == read->revision());
  CHECK(embedded.revision().size() == 12);
  CHECK(embedded.oldest() == "1.6");
  CHECK(embedded.minor("2.0") != nullptr);
  CHECK(embedded.minor("1.27") == nullptr);
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
  const AbiDatabase database = AbiDatabase::embedded();
  for (const Case& each : cases) {
    CAPTURE(each.release);
    const NumpyRelease facts = database.facts_for(each.release);
    CHECK(std::pair(facts.abi, facts.api) == std::pair(each.abi, each.api));
    CHECK(facts.sizes.at("numpy.ndarray") == each.ndarray);
    CHECK(facts.sizes.at("numpy.dtype") == each.dtype);
    CHECK(facts.sizes.at("numpy.ufunc") == each.ufunc);
    CHECK(facts.sizes.at("numpy.character") == 16);
    const auto state = [&](const std::string& path) {
      const auto found = facts.paths.find(path + "._ARRAY_API");
      return found == facts.paths.end() ? kAbsent : found->second;
    };
    CHECK(state("numpy._core._multiarray_umath") == each.stub);
    CHECK(state("numpy.core._multiarray_umath") == each.umath);
    CHECK(state("numpy.core.multiarray") == kWorks);
    CHECK(facts.elsize_offset == (each.abi == 0x1000009 ? 32 : 40));
  }
}

TEST_CASE("numpy.random's classes moved") {
  const AbiDatabase database = AbiDatabase::embedded();
  const auto has = [&](const char* release, const std::string& module, const std::string& type) {
    return database.facts_for(release).sizes.count(module + "." + type) == 1;
  };
  CHECK(has("1.17.0", "numpy.random.bit_generator", "BitGenerator"));
  CHECK(has("1.18.0", "numpy.random._bit_generator", "BitGenerator"));
  CHECK_FALSE(has("1.18.0", "numpy.random.bit_generator", "BitGenerator"));
  CHECK(has("2.0.0", "numpy.random.bit_generator", "SeedSequence"));
  CHECK_FALSE(has("1.16.0", "numpy.random.bit_generator", "BitGenerator"));
  CHECK(database.facts_for("1.16.0").sizes.at("numpy.random.mtrand.RandomState") == 48);
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
  const AbiDatabase database = AbiDatabase::embedded();
  for (const Case& each : cases) {
    CAPTURE(each.release);
    CAPTURE(each.python.text());
    CHECK(database.exists_for(each.release, each.python) == each.exact);
    CHECK(database.exists_for_at_least(each.release, each.python) == each.at_least);
  }
}

TEST_CASE("NumPy's own names of API versions") {
  const AbiDatabase database = AbiDatabase::embedded();
  const std::vector<std::pair<std::uint32_t, std::string>> cases = {
      {0x6, "1.6"},  {0x7, "1.7"},  {0x8, "1.8"},  {0x9, "1.9"},   {0xa, "1.10"},  {0xb, "1.13"}, {0xc, "1.14"},
      {0xd, "1.16"}, {0xe, "1.20"}, {0xf, "1.22"}, {0x10, "1.23"}, {0x11, "1.25"}, {0x12, "2.0"}, {0x13, "2.1"},
      {0x14, "2.3"}, {0x15, "2.4"}, {0x16, "2.5"}, {0x5, ""},      {0xff, ""}};
  for (const auto& each : cases) CHECK_MESSAGE(database.first_release_of_api(each.first) == each.second, each.first);
}

TEST_CASE("releases that the database does not know") {
  const AbiDatabase database = AbiDatabase::embedded();
  const NumpyRelease patch = database.facts_for("2.0.9");
  CHECK((patch.version == "2.0.9" && patch.minor == "2.0" && patch.api == 0x12));
  const NumpyRelease newer = database.facts_for("99.1.0");
  CHECK((newer.version == "99.1.0" && newer.abi == 0x2000000));
  CHECK(newer.refusal.type == "ImportError");
  CHECK(newer.refusal.text.find("\nNumPy {release} as it may crash.") != std::string::npos);
  CHECK(database.facts_for("1.26.4").refusal.text.empty());
}

}  // namespace
}  // namespace abicheck
