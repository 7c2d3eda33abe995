#include "abi/compare.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "abi/describe.h"
#include "report/database_json.h"
#include "report/database_text.h"
#include "unit/abi/small_abi_database.h"
#include "unit/tables/small_database.h"

using namespace abicheck;
using abicheck::testing::Json;
using abicheck::testing::small_database;
using abicheck::testing::SmallDatabase;

namespace {

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
  CHECK(message(std::string(100'000, '9')) == "'" + std::string(61, '9') + "..." + known);
}

TEST_CASE("a name is described as the release declares it") {
  const AbiDatabase database = small_database();
  const auto name_in = [&](const char* numpy) { return describe_numpy(database, numpy)->names.at("NPY_MAXDIMS"); };
  const NameDescription first = name_in("1.26.0");
  CHECK((first.kind == "enumerator" && first.header == "numpy/old.h" && !first.value));
  const NameDescription second = name_in("1.26.10");
  CHECK((second.kind == "macro" && second.header == "numpy/old.h" && second.value == 32));
  const NameDescription last = name_in("2.0");
  CHECK((last.kind == "macro" && last.header == "numpy/ndarraytypes.h" && last.value == 64));
  CHECK(changes_in(compared(database, "1.26.0", "1.26"), "names_changed") == "NPY_MAXDIMS kind;");
  CHECK(changes_in(compared(database, "1.26", "2.0"), "names_changed") == "NPY_MAXDIMS value;");
  CHECK(changes_in(compared(database, "2.0.0", "2.0"), "names_changed").empty());
  CHECK(write_changes_text(compared(database, "1.26", "2.0"))
            .find("\nNames declared otherwise (1)\n"
                  "  NPY_MAXDIMS value 32 -> 64; moved from numpy/old.h to numpy/ndarraytypes.h\n") !=
        std::string::npos);
}

TEST_CASE("the type of a name is that of the release") {
  SmallDatabase files;
  Json& names = files["names.json"];
  names["PyArray_Descr.elsize"].update(
      {{"type", "npy_intp"},
       {"earlier", {{{"until", "2.0.0"}, {"kind", "member"}, {"header", "numpy/ndarraytypes.h"}, {"type", "int"}}}}});
  names["NPY_MAXDIMS"] = {{"kind", "function"},
                          {"header", "numpy/new.h"},
                          {"since", "1.26.0"},
                          {"type", "int (void)"},
                          {"earlier", {{{"until", "2.0.0"}, {"kind", "macro"}, {"header", "numpy/new.h"}}}}};
  const AbiDatabase database = *AbiDatabase::from_files(files.files());
  CHECK(describe_numpy(database, "1.26")->names.at("PyArray_Descr.elsize").type == "int");
  CHECK(describe_numpy(database, "2.0")->names.at("PyArray_Descr.elsize").type == "npy_intp");
  CHECK(describe_numpy(database, "1.26")->names.at("NPY_MAXDIMS").type.empty());
  CHECK(write_description_json(*describe_numpy(database, "2.0")).find("\"type\": \"npy_intp\"") != std::string::npos);
  const NumpyChanges changes = compared(database, "1.26", "2.0");
  CHECK(changes_in(changes, "names_changed") == "NPY_MAXDIMS kind;PyArray_Descr.elsize type;");
  CHECK(write_changes_text(changes).find("\nNames declared otherwise (2)\n"
                                         "  NPY_MAXDIMS macro -> function int (void)\n"
                                         "  PyArray_Descr.elsize type int -> npy_intp\n") != std::string::npos);
}

TEST_CASE("a slot whose name lives on in another one has moved") {
  SmallDatabase files;
  Json moved = files["slots.json"]["multiarray"][2];  // PyArray_CopyInto takes slot 1 with 2.0.0
  moved.update({{"index", 5}, {"since", "1.26.0"}, {"removed", "2.0.0"}});
  Json& slots = files["slots.json"]["multiarray"];
  slots.insert(slots.begin() + 5, moved);
  const auto database = AbiDatabase::from_files(files.files());
  REQUIRE(database);
  const NumpyChanges there = compared(*database, "1.26", "2.0");
  CHECK(changes_in(there, "slots") ==
        "multiarray 1 reused;multiarray 2 signature;multiarray 5 moved;multiarray 212 added;");
  CHECK(change_of(there, "multiarray 5").to.object()->at("index") == PlainValue(std::int64_t{1}));
  const NumpyChanges back = compared(*database, "2.0", "1.26");
  CHECK(changes_in(back, "slots") ==
        "multiarray 1 reused;multiarray 2 signature;multiarray 5 moved;multiarray 212 removed;");
  CHECK(write_changes_text(there).find("\n  multiarray 5 PyArray_CopyInto moved to slot 1\n") != std::string::npos);
  CHECK(write_changes_text(back).find("\n  multiarray 5 PyArray_CopyInto moved from slot 1\n") != std::string::npos);
}

TEST_CASE("target macros are in the order of the versions") {
  SmallDatabase files;
  for (const char* name :
       {"NPY_2_0_API_VERSION", "NPY_1_7_API_VERSION", "NPY_1_10_API_VERSION", "NPY_1_25_API_VERSION"})
    files["numpy-2.0.json"]["target_macros"][name] = "0x0000000d";
  const auto numpy = describe_numpy(*AbiDatabase::from_files(files.files()), "2.0");
  std::string order;
  for (const auto& [name, target] : numpy->target_macros) order += name.substr(4, 4) + " ";
  CHECK(order == "1_7_ 1_10 1_22 1_25 2_0_ ");
}

TEST_CASE("changes, section by section") {
  const NumpyChanges changes = compared(small_database(), "1.26", "2.0");
  CHECK(changes_in(changes, "versions") == "abi_version changed;api_version changed;table_lengths.multiarray changed;");
  CHECK(changes_in(changes, "import_paths") ==
        "numpy.core._multiarray_umath._ARRAY_API changed;numpy.core.umath._UFUNC_API added;");
  CHECK(changes_in(changes, "shims") == "refusal added;warning added;");
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
  CHECK(dtype.to == PlainValue(PlainValue::Object{{"lp64", PlainValue(88)}, {"ilp32", PlainValue(52)}}));
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
