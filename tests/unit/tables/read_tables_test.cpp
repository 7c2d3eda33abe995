#include "tables/read_tables.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "unit/tables/small_database.h"

using namespace abicheck;
using abicheck::testing::Json;
using abicheck::testing::SmallDatabase;

namespace {

std::string error_of(const std::vector<DatabaseFile>& files) {
  const auto tables = read_tables(files);
  if (tables) return "";
  return (tables.error().where.empty() ? "" : tables.error().where + ": ") + tables.error().message;
}

// What is said when the value at a JSON pointer of a file is another; `remove` takes it away.
const Json kRemove = "(remove)";

std::string error_with(const std::string& file, const std::string& pointer, const Json& value) {
  SmallDatabase database;
  const Json::json_pointer place(pointer);
  if (value == kRemove) {
    database[file].at(place.parent_pointer()).erase(place.back());
  } else {
    database[file][place] = value;
  }
  return error_of(database.files());
}

struct BadValue {
  const char* pointer;
  Json value;
  const char* message;
};

void check_all(const std::string& file, const std::vector<BadValue>& cases) {
  for (const BadValue& one : cases) {
    CAPTURE(one.pointer);
    CHECK(error_with(file, one.pointer, one.value) == file + ": " + one.message);
  }
}

}  // namespace

TEST_CASE("the small database is right") {
  CHECK(error_of(SmallDatabase().files()) == "");
}

TEST_CASE("a wrong minor is told with its place and what was expected") {
  check_all(
      "numpy-1.26.json",
      {
          {"/abi_version", kRemove, "the key 'abi_version' is missing"},
          {"/extra", 1, "the key 'extra' is unknown"},
          {"/minor", "1.26.0", "minor: expected a NumPy minor (X.Y), found '1.26.0'"},
          {"/minor", 1.26, "minor: expected a NumPy minor (X.Y), found 1.26"},
          {"/abi_version", "16777225",
           "abi_version: expected a hexadecimal number such as '0x0123abcd', found '16777225'"},
          {"/abi_version", "0x1000009",
           "abi_version: expected a hexadecimal number such as '0x0123abcd', found '0x1000009'"},
          {"/api_version", 17, "api_version: expected a hexadecimal number such as '0x0123abcd', found 17"},
          {"/default_target", nullptr,
           "default_target: expected a hexadecimal number such as '0x0123abcd', found null"},
          {"/target_policy/honoured", "yes", "target_policy.honoured: expected true or false, found 'yes'"},
          {"/target_policy/lowest", "12",
           "target_policy.lowest: expected a hexadecimal number such as '0x0123abcd', found '12'"},
          {"/target_policy/below_lowest", 3, "target_policy.below_lowest: expected a text or null, found 3"},
          {"/target_policy/undefined_name", kRemove, "target_policy: the key 'undefined_name' is missing"},
          {"/target_macros/NPY_1_22_API_VERSION", 15,
           "target_macros.NPY_1_22_API_VERSION: expected a hexadecimal number such as '0x0123abcd', found 15"},
          {"/api_names/16", "1.23", "api_names: the key '16' is not a hexadecimal number such as '0x0123abcd'"},
          {"/table_lengths/multiarray", 4294967295,
           "table_lengths.multiarray: expected a number of slots from 1 to 4096, found 4294967295"},
          {"/import_array/paths", Json::array(), "import_array.paths: expected a list that is not empty"},
          {"/import_array/messages/0/type", "error",
           "import_array.messages[0].type: expected the name of an exception, found 'error'"},
          {"/import_paths/numpy._core._multiarray_umath._ARRAY_API", "gone",
           "import_paths.numpy._core._multiarray_umath._ARRAY_API: expected one of absent, refuses, warns, works, "
           "found 'gone'"},
          {"/import_paths/numpy.core.multiarray", "works",
           "import_paths: the key 'numpy.core.multiarray' is not a path such as numpy.core.multiarray._ARRAY_API"},
          {"/shims/other", Json::object(), "shims: the key 'other' is unknown"},
          {"/runtime_sizes/numpy.dtype/lp64", "96",
           "runtime_sizes.numpy.dtype.lp64: expected a number of bytes from 1 to 2147483647, found '96'"},
          {"/runtime_sizes/numpy.dtype/lp64", 0,
           "runtime_sizes.numpy.dtype.lp64: expected a number of bytes from 1 to 2147483647, found 0"},
          {"/runtime_sizes/numpy.dtype/lp64", -96,
           "runtime_sizes.numpy.dtype.lp64: expected a number of bytes from 1 to 2147483647, found -96"},
          {"/runtime_sizes/numpy.dtype/lp64", 1e300,
           "runtime_sizes.numpy.dtype.lp64: expected a number of bytes from 1 to 2147483647, found 1e+300"},
          {"/runtime_sizes/numpy.dtype/lp63", 96, "runtime_sizes.numpy.dtype: the key 'lp63' is not a data model"},
          {"/runtime_sizes/numpy.dtype", Json::object(),
           "runtime_sizes.numpy.dtype: expected an object that is not empty"},
          {"/runtime_sizes/dtype", Json::object(), "runtime_sizes: the key 'dtype' is not a type such as numpy.dtype"},
          {"/runtime_sizes/numpy..dtype", Json::object(),
           "runtime_sizes: the key 'numpy..dtype' is not a type such as numpy.dtype"},
          {"/runtime_sizes", Json::array(), "runtime_sizes: expected an object, found a list"},
          {"/compiled_sizes/c/numpy.dtype/lp64/13", 96,
           "compiled_sizes.c.numpy.dtype.lp64: the key '13' is not a target such as '0x0123abcd'"},
          {"/compiled_sizes/c++", kRemove, "compiled_sizes: the key 'c++' is missing"},
          {"/layouts/PyArray_Descr/elsize/lp64", {32}, "layouts.PyArray_Descr.elsize.lp64: expected [offset, size]"},
          {"/layouts/PyArray_Descr/elsize/lp64",
           {-1, 4},
           "layouts.PyArray_Descr.elsize.lp64[0]: expected a number of bytes from 0 to 2147483647, found -1"},
          {"/layouts/PyArray_Descr/elsize/min_target", "0x00000000",
           "layouts.PyArray_Descr.elsize.min_target: expected a target above 0, found '0x00000000'"},
          {"/random/capsule", false, "random.capsule: expected a text or null, found false"},
          {"/dtype_api/NPY_DT_setitem", 1099511627776,
           "dtype_api.NPY_DT_setitem: expected a number from -2147483648 to 2147483647, found 1099511627776"},
          {"/sources/abi_version/0/sha256", "0",
           "sources.abi_version[0].sha256: expected a SHA-256 of 64 hexadecimal digits, found '0'"},
          {"/sources/abi_version", Json::array(), "sources.abi_version: expected a list that is not empty"},
          {"/artefacts/numpy.tar.gz", 1, "artefacts.numpy.tar.gz: expected a text, found 1"},
      });
}

TEST_CASE("a wrong release is told with its place and what was expected") {
  check_all(
      "numpy-1.26.json",
      {
          {"/releases", Json::array(), "releases: expected a list that is not empty"},
          {"/releases", "1.26.0", "releases: expected a list, found '1.26.0'"},
          {"/releases/1/version", "1.26", "releases[1].version: expected a NumPy release (X.Y.Z), found '1.26'"},
          {"/releases/1/version", "1.25.1", "releases[1].version: expected a release of NumPy 1.26, found '1.25.1'"},
          {"/releases/1/version", "1.26.0",
           "releases[1].version: expected a release newer than 1.26.0, found '1.26.0'"},
          {"/releases/0/date", "2024-13-01", "releases[0].date: expected a day (YYYY-MM-DD), found '2024-13-01'"},
          {"/releases/0/date", "yesterday", "releases[0].date: expected a day (YYYY-MM-DD), found 'yesterday'"},
          {"/releases/0/date", kRemove, "releases[0]: the key 'date' is missing"},
          {"/releases/0/python", "3.9", "releases[0].python: expected a list, found '3.9'"},
          {"/releases/0/python/0", 3.9, "releases[0].python[0]: expected a Python version (X.Y), found 3.9"},
          {"/releases/0/wheels/39", {"any"}, "releases[0].wheels: the key '39' is not a Python tag such as cp312"},
          {"/releases/0/wheels/cp39", Json::array(), "releases[0].wheels.cp39: expected a list that is not empty"},
          {"/releases/0/headers/member", kRemove, "releases[0].headers: the key 'member' is missing"},
          {"/releases/0/overrides", "none", "releases[0].overrides: expected an object, found 'none'"},
          {"/releases/0/overrides/minor", "1.25",
           "releases[0].overrides: the key 'minor' is not one that a release may override"},
          {"/releases/0/overrides/abi", "0x01000009", "releases[0].overrides: the key 'abi' is unknown"},
          {"/releases/0/overrides/abi_version", nullptr, "releases[0].overrides: the key 'abi_version' is missing"},
          {"/releases/0/overrides/runtime_sizes/numpy.dtype",
           {{"lp64", "96"}},
           "releases[0].overrides.runtime_sizes.numpy.dtype.lp64: expected a number of bytes from 1 to 2147483647, "
           "found '96'"},
      });
}

TEST_CASE("wrong slots and names are told with their place and what was expected") {
  check_all(
      "slots.json",
      {
          {"/ufunc", kRemove, "the key 'ufunc' is missing"},
          {"/multiarray/0/index", 4096, "multiarray[0].index: expected a slot from 0 to 4095, found 4096"},
          {"/multiarray/0/name", "a b",
           "multiarray[0].name: expected the name of a function, type or variable, found 'a b'"},
          {"/multiarray/0/kind", "macro",
           "multiarray[0].kind: expected one of function, type, variable, found 'macro'"},
          {"/multiarray/0/since", "1.26", "multiarray[0].since: expected a NumPy release (X.Y.Z), found '1.26'"},
          {"/multiarray/1/removed", "1.26.0",
           "multiarray[1].removed: expected a release newer than 1.26.0, found '1.26.0'"},
          {"/multiarray/1/removed", "2.0.2",
           "multiarray[1]: expected it to be removed by 2.0.0, when the next row takes its slot"},
          {"/multiarray/1/removed", kRemove,
           "multiarray[1]: expected it to be removed by 2.0.0, when the next row takes its slot"},
          {"/multiarray/3/changed", "2.0.2", "multiarray[3].changed: expected a next row of the same name since 2.0.2"},
          {"/multiarray/4/name", "PyArray_One",
           "multiarray[3].changed: expected a next row of the same name since 2.0.0"},
          {"/multiarray/0/index", 5,
           "multiarray[0]: expected the rows in the order of index and since, the next one is before it"},
          {"/multiarray/0/min_target", "2.0",
           "multiarray[0].min_target: expected a hexadecimal number such as '0x0123abcd', found '2.0'"},
          {"/multiarray/0/since", "1.25.0", "multiarray[0].since: expected a release of the database, found '1.25.0'"},
          {"/multiarray/1/removed", "1.27.0",
           "multiarray[1].removed: expected a release of the database, found '1.27.0'"},
          {"/multiarray/3/changed", "2.0.1",
           "multiarray[3].changed: expected a release of the database, found '2.0.1'"},
          {"/multiarray/0/deprecated", "2.1.0",
           "multiarray[0].deprecated: expected a release of the database, found '2.1.0'"},
          {"/multiarray/0/disabled", "2.1.0",
           "multiarray[0].disabled: expected a release of the database, found '2.1.0'"},
          {"/multiarray/0/raises", "ValueError: gone",
           "multiarray[0].raises: expected no such key, since there is no disabled, found 'ValueError: gone'"},
      });
  check_all(
      "names.json",
      {
          {"/_hidden", Json::object(), "the key '_hidden' is not a name of C or a header of NumPy"},
          {"/NPY_OLD/kind", "define",
           "NPY_OLD.kind: expected one of enum, enumerator, function, header, macro, member, type, variable, found "
           "'define'"},
          {"/NPY_OLD/header", "ndarraytypes.h",
           "NPY_OLD.header: expected a header such as numpy/ndarrayobject.h, found 'ndarraytypes.h'"},
          {"/NPY_OLD/removed", "1.20.0", "NPY_OLD.removed: expected a release newer than 1.26.0, found '1.20.0'"},
          {"/PyArray_DATA/absent",
           {"1.26.0"},
           "PyArray_DATA.absent[0]: expected a release between since and removed, found '1.26.0'"},
          {"/NPY_OLD/since", "1.20.0", "NPY_OLD.since: expected a release of the database, found '1.20.0'"},
          {"/NPY_OLD/removed", "2.0.1", "NPY_OLD.removed: expected a release of the database, found '2.0.1'"},
          {"/NPY_OLD/deprecated", "1.26.1", "NPY_OLD.deprecated: expected a release of the database, found '1.26.1'"},
          {"/PyArray_DATA/absent",
           {"1.26.1"},
           "PyArray_DATA.absent[0]: expected a release of the database, found '1.26.1'"},
          {"/NPY_NEW/min_target_since", "2.0.3",
           "NPY_NEW.min_target_since: expected a release of the database, found '2.0.3'"},
          {"/NPY_MAXDIMS/value", "64",
           "NPY_MAXDIMS.value: expected an integer from -9223372036854775808 to 9223372036854775807, found '64'"},
          {"/NPY_MAXDIMS/value", 9223372036854775808U,
           "NPY_MAXDIMS.value: expected an integer from -9223372036854775808 to 9223372036854775807, found "
           "9.22337e+18"},
          {"/NPY_MAXDIMS/value", nullptr,
           "NPY_MAXDIMS.value: expected an integer from -9223372036854775808 to 9223372036854775807, found null"},
          {"/NPY_MAXDIMS/type", 1, "NPY_MAXDIMS.type: expected a text, found 1"},
          {"/NPY_MAXDIMS/earlier", Json::array(), "NPY_MAXDIMS.earlier: expected a list that is not empty"},
          {"/NPY_MAXDIMS/earlier/0/until", "1.26.0",
           "NPY_MAXDIMS.earlier[0].until: expected a release newer than 1.26.0, found '1.26.0'"},
          {"/NPY_MAXDIMS/earlier/1/until", "1.26.10",
           "NPY_MAXDIMS.earlier[1].until: expected a release newer than 1.26.10, found '1.26.10'"},
          {"/NPY_MAXDIMS/earlier/1/until", "2.0.1",
           "NPY_MAXDIMS.earlier[1].until: expected a release of the database, found '2.0.1'"},
          {"/NPY_MAXDIMS/removed", "1.26.10",
           "NPY_MAXDIMS.earlier[1].until: expected a release not newer than 1.26.10, found '2.0.0'"},
          {"/NPY_MAXDIMS/earlier/0/kind", kRemove, "NPY_MAXDIMS.earlier[0]: the key 'kind' is missing"},
          {"/NPY_MAXDIMS/earlier/0/header", "old.h",
           "NPY_MAXDIMS.earlier[0].header: expected a header such as numpy/ndarrayobject.h, found 'old.h'"},
          {"/NPY_MAXDIMS/earlier/0/since", "1.26.0", "NPY_MAXDIMS.earlier[0]: the key 'since' is unknown"},
          {"/NPY_NEW/no_deprecated_api", true, "NPY_NEW.no_deprecated_api: expected false, or no such key, found true"},
      });
}

TEST_CASE("a minor that contradicts itself is told with its place") {
  check_all(
      "numpy-1.26.json",
      {
          {"/minor", "1.25", "minor: expected this minor in a file named numpy-1.25.json"},
          {"/default_target", "0x00000012", "default_target: expected a target up to api_version, found '0x00000012'"},
          {"/target_policy/lowest", "0x00000012",
           "target_policy.lowest: expected a target up to api_version, found '0x00000012'"},
          {"/target_policy/lowest", nullptr,
           "target_policy.lowest: expected a target, since NPY_TARGET_VERSION is honoured, found null"},
          {"/releases/0/overrides/default_target", "0x00000011",
           "releases[0].overrides.default_target: expected a target up to api_version, found '0x00000011'"},
          {"/import_paths/numpy._core._multiarray_umath._ARRAY_API", "refuses",
           "import_paths.numpy._core._multiarray_umath._ARRAY_API: expected no refusal without shims.refusal, found "
           "'refuses'"},
          {"/import_paths/numpy._core._multiarray_umath._ARRAY_API", "warns",
           "import_paths.numpy._core._multiarray_umath._ARRAY_API: expected no warning without shims.warning, found "
           "'warns'"},
          {"/import_paths", Json::object(), "import_paths: expected an object that is not empty"},
          {"/runtime_sizes", Json::object(), "runtime_sizes: expected an object that is not empty"},
          {"/layouts", Json::object(), "layouts: expected an object that is not empty"},
          {"/runtime_sizes/numpy.ufunc", kRemove, "runtime_sizes: expected a size of numpy.ufunc for lp64"},
          {"/runtime_sizes/numpy.ndarray", {{"ilp32", 48}}, "runtime_sizes: expected a size of numpy.ndarray for lp64"},
          {"/runtime_sizes/numpy.dtype/lp64", kRemove, "runtime_sizes: expected a size of numpy.dtype for lp64"},
          {"/compiled_sizes/c/numpy.dtype/lp64/0x00000012", 88,
           "compiled_sizes.c.numpy.dtype.lp64: the key '0x00000012' is not a target up to api_version"},
          {"/releases/0/python", {"3.9", "3.9"}, "releases[0].python[1]: expected each Python once, found '3.9'"},
          {"/releases/0/date", "2024-02-30", "releases[0].date: expected a day (YYYY-MM-DD), found '2024-02-30'"},
          {"/releases/0/date", "2023-02-29", "releases[0].date: expected a day (YYYY-MM-DD), found '2023-02-29'"},
          {"/sources/abi_version/0/artefact", "numpy.zip",
           "sources.abi_version[0].artefact: expected one of artefacts, found 'numpy.zip'"},
          {"/releases/0/headers/artefact", "numpy.zip",
           "releases[0].headers.artefact: expected one of artefacts, found 'numpy.zip'"},
      });
  CHECK(error_with("numpy-1.26.json", "/releases/0/date", "2024-02-29") == "");
}

TEST_CASE("the length of a table is that of its slots, in every release") {
  check_all("numpy-2.0.json",
            {
                {"/table_lengths/multiarray", 212,
                 "table_lengths.multiarray: expected 213, to which slots.json has slots in NumPy 2.0.0, found 212"},
                {"/table_lengths/ufunc", 2,
                 "table_lengths.ufunc: expected 1, to which slots.json has slots in NumPy 2.0.0, found 2"},
                {"/releases/0/overrides/table_lengths",
                 {{"multiarray", 300}},
                 "releases[0].overrides.table_lengths.multiarray: expected 213, to which slots.json has slots in NumPy "
                 "2.0.0, found 300"},
            });
  SmallDatabase late;
  late["slots.json"]["multiarray"][7]["since"] = "2.0.2";
  CHECK(error_of(late.files()) ==
        "numpy-2.0.json: table_lengths.multiarray: expected 212, to which slots.json has slots in NumPy 2.0.0, found "
        "213");
}

TEST_CASE("texts of the input are cut in messages") {
  const std::string longest(1000, 'x');
  const std::string cut = std::string(61, 'x') + "...";
  CHECK(error_with("numpy-1.26.json", "/" + longest, 1) == "numpy-1.26.json: the key '" + cut + "' is unknown");
  CHECK(error_with("numpy-1.26.json", "/api_names/" + longest, 1) ==
        "numpy-1.26.json: api_names: the key '" + cut + "' is not a hexadecimal number such as '0x0123abcd'");
  CHECK(error_with("numpy-1.26.json", "/dtype_api/" + longest, longest) ==
        "numpy-1.26.json: dtype_api." + cut + ": expected a number from -2147483648 to 2147483647, found '" + cut +
            "'");
}

TEST_CASE("how a name was declared before") {
  const auto tables = read_tables(SmallDatabase().files());
  REQUIRE(tables);
  REQUIRE(tables->earlier.size() == 2);
  CHECK((tables->earlier[0].declared.value.there == 0 && tables->earlier[1].declared.value.there == 1));
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, INT64_MIN, INT64_MAX})
    CHECK(wide_value(wide_row(value)) == value);
}

TEST_CASE("files that are missing or there twice") {
  CHECK(error_of({}) == "there is no numpy-*.json in the database directory");
  CHECK(error_of(SmallDatabase().remove("slots.json").files()) == "there is no slots.json in the database directory");
  CHECK(error_of(SmallDatabase().remove("names.json").files()) == "there is no names.json in the database directory");
  SmallDatabase twice;
  twice["numpy-other.json"] = twice["numpy-1.26.json"];
  CHECK(error_of(twice.files()) == "numpy-other.json: minor: expected this minor in a file named numpy-1.26.json");
  auto files = SmallDatabase().files();
  files[0].text = "{\"minor\": \"1.26\",}";
  CHECK(error_of(files).find(files[0].name + ": it is not valid JSON: parse error at line 1, column 18") == 0);
}

TEST_CASE("a directory: what is read of it, and what stands in the way") {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / "abicheck-tables-test";
  fs::remove_all(folder);
  fs::create_directories(folder);
  CHECK(read_tables(folder.string()).error().message == "there is no numpy-*.json in the database directory");
  CHECK(read_tables(folder.string()).error().where == folder.string());
  CHECK(read_tables((folder / "none").string()).error().code == ErrorCode::kMissing);
  for (const DatabaseFile& file : SmallDatabase().files()) std::ofstream(folder / file.name) << file.text;
  std::ofstream(folder / "overlay.json") << "not read";
  CHECK(read_tables(folder.string()).ok());
  std::ofstream(folder / "numpy-1.25.json") << "[]";
  CHECK(read_tables(folder.string()).error().where == (folder / "numpy-1.25.json").string());
  fs::resize_file(folder / "numpy-1.25.json", std::uintmax_t{17} << 20);
  CHECK(read_tables(folder.string()).error().message == "the file is larger than 16 MB");
  fs::remove(folder / "numpy-1.25.json");
  fs::create_directory(folder / "numpy-1.25.json");
  CHECK(read_tables(folder.string()).error().code == ErrorCode::kUnreadable);
  fs::remove_all(folder);
}

TEST_CASE("rows: equal lists are one, and the revision tells files apart") {
  const auto tables = read_tables(SmallDatabase().files());
  REQUIRE(tables);
  const FactsRow& recent = tables->facts[tables->minors[1].facts];
  const FactsRow& old = tables->facts[tables->minors[0].facts];
  CHECK(recent.random_pxd == old.random_pxd);
  CHECK(recent.layouts != old.layouts);
  CHECK(tables->releases.size() == 4);
  CHECK(tables->facts.size() == 3);  // of both minors, and of 1.26.0
  SmallDatabase other;
  other["names.json"]["NPY_OLD"]["replacement"] = "NPY_NEWER";
  const auto revision = [](const OwnedTables& t) { return std::string(view_of(t).text(t.database[0].revision)); };
  CHECK(revision(*tables).size() == 12);
  CHECK(revision(*tables) == revision(*read_tables(SmallDatabase().files())));
  CHECK(revision(*tables) != revision(*read_tables(other.files())));
}
