#include "abi/compare.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "abi/describe.h"
#include "unit/tables/small_database.h"

using namespace abicheck;
using abicheck::testing::SmallDatabase;

namespace {

AbiDatabase small_database() {
  return *AbiDatabase::from_files(SmallDatabase().files());
}

// "what change" of each change in a section, joined by ';'.
std::string changes_in(const NumpyChanges& changes, const std::string& key) {
  std::string text;
  for (const ChangeSection& section : changes.sections) {
    if (section.key != key) continue;
    for (const Change& change : section.changes) text += change.what + " " + change.change + ";";
  }
  return text;
}

NumpyChanges compared(const AbiDatabase& database, const std::string& from, const std::string& to) {
  return compare_numpys(*describe_numpy(database, from), *describe_numpy(database, to));
}

const Change& change_of(const NumpyChanges& changes, const std::string& what) {
  for (const ChangeSection& section : changes.sections) {
    const auto found =
        std::find_if(section.changes.begin(), section.changes.end(), [&](const Change& c) { return c.what == what; });
    if (found != section.changes.end()) return *found;
  }
  static const Change kNone;
  return kNone;
}

}  // namespace

TEST_CASE("a minor is described by its newest release, a release by its own facts") {
  const AbiDatabase database = small_database();
  const auto minor = describe_numpy(database, "1.26");
  REQUIRE(minor);
  CHECK((minor->numpy == "1.26" && minor->release == "1.26.10" && minor->api == 0x11));
  CHECK(minor->pythons == std::vector<std::string>{"3.9", "3.12"});
  CHECK(minor->releases.size() == 2);
  CHECK((minor->releases[0].own_facts && !minor->releases[1].own_facts));
  const auto first = describe_numpy(database, "1.26.0");
  REQUIRE(first);
  CHECK((first->release == "1.26.0" && first->api == 0x10 && first->releases.size() == 1));
  CHECK(first->pythons == std::vector<std::string>{"3.9"});
}

TEST_CASE("what is there is told by release") {
  const AbiDatabase database = small_database();
  const auto old = describe_numpy(database, "1.26");
  const auto first = describe_numpy(database, "2.0.0");
  const auto recent = describe_numpy(database, "2.0");
  CHECK(old->names.count("NPY_OLD") == 1);
  CHECK(recent->names.count("NPY_OLD") == 0);
  CHECK(first->names.count("PyArray_DATA") == 0);  // absent
  CHECK(recent->names.count("PyArray_DATA") == 1);
  CHECK(old->names.at("PyArray_Descr.elsize").deprecated.empty());
  CHECK(recent->names.at("PyArray_Descr.elsize").deprecated == "2.0.0");
  CHECK(old->tables.at("multiarray").slots[1].name == "PyArray_CastTo");
  CHECK(recent->tables.at("multiarray").slots[1].name == "PyArray_CopyInto");
  CHECK(recent->tables.at("multiarray").removed == std::vector<std::string>{"PyArray_CastTo"});
  CHECK(recent->tables.at("multiarray").added == std::vector<std::string>{"PyArray_CopyInto", "PyArray_New"});
  CHECK((recent->before == "1.26" && old->before.empty()));
}

TEST_CASE("a NumPy that the database does not have") {
  const AbiDatabase database = small_database();
  const auto message = [&](const std::string& numpy) { return describe_numpy(database, numpy).error().message; };
  CHECK(message("1.26.3") == "there is no NumPy 1.26.3; the database has 1.26.0 to 1.26.10");
  const std::string known =
      "' is no NumPy that the database knows; it has 1.26 to 2.0 (X.Y), and their releases (X.Y.Z)";
  for (const char* numpy : {"1.25", "2.1", "2", "", "latest", "2.0.0rc1", "2.0.x"})
    CHECK(message(numpy) == "'" + std::string(numpy) + known);
}

TEST_CASE("changes, section by section") {
  const NumpyChanges changes = compared(small_database(), "1.26", "2.0");
  CHECK(changes_in(changes, "versions") == "abi_version changed;api_version changed;table_lengths.multiarray changed;");
  CHECK(changes_in(changes, "import_paths") ==
        "numpy.core._multiarray_umath._ARRAY_API changed;numpy.core.umath._UFUNC_API added;");
  CHECK(changes_in(changes, "shims") == "refusal added;");
  CHECK(changes_in(changes, "slots") == "multiarray 1 reused;multiarray 2 signature;multiarray 212 added;");
  CHECK(changes_in(changes, "layouts") == "PyArray_Descr.elsize moved;PyArray_Descr.f removed;");
  CHECK(changes_in(changes, "runtime_sizes") == "numpy.dtype changed;");
  CHECK(changes_in(changes, "compiled_sizes") == "numpy.dtype (c) changed;");
  CHECK(changes_in(changes, "names_removed") == "NPY_OLD removed;");
  CHECK(changes_in(changes, "names_added") == "NPY_NEW added;");
  CHECK(changes_in(changes, "names_deprecated") == "PyArray_Descr.elsize deprecated;");
  CHECK(changes_in(changes, "python") == "CPython 3.12 removed;");
  CHECK(changes_in(changes, "dtype_api").empty());
  const Change& dtype = change_of(changes, "numpy.dtype");
  CHECK(dtype.from.object()->count("lp64t") == 0);  // a data model that only one of them has
  CHECK(dtype.to == Value(Value::Object{{"lp64", Value(88)}, {"ilp32", Value(52)}}));
}

TEST_CASE("the other way round, and no way at all") {
  const AbiDatabase database = small_database();
  const NumpyChanges back = compared(database, "2.0", "1.26");
  CHECK(changes_in(back, "slots") == "multiarray 1 reused;multiarray 2 signature;multiarray 212 removed;");
  CHECK(changes_in(back, "names_added") == "NPY_OLD added;");
  CHECK(changes_in(back, "names_deprecated").empty());
  const NumpyChanges none = compared(database, "2.0", "2.0.2");
  for (const ChangeSection& section : none.sections) CHECK_MESSAGE(section.changes.empty(), section.key);
  CHECK(changes_in(compared(database, "1.26.0", "1.26.10"), "runtime_sizes") ==
        "numpy.random.mtrand.RandomState added;");
}
