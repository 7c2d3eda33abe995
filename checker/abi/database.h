// Questions to the database: which NumPy releases there are, for which Pythons, and what each offers to extension
// modules.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/data_model.h"
#include "model/numpy_release.h"
#include "model/target.h"
#include "tables/database_tables.h"
#include "tables/read_tables.h"

namespace abicheck {

struct NumpyMinor {
  std::string minor;                  // "1.26"
  std::vector<std::string> releases;  // oldest first, never empty
};

// A public name of NumPy's C headers (names.json). Releases are full ones; empty: none.
struct CName {
  std::string name;  // "PyArray_DATA", "PyArray_Descr.elsize", "numpy/ndarrayobject.h"
  std::string kind;  // "function", "macro", "enum", "enumerator", "type", "member", "variable", "header"
  std::string header;
  std::string since, deprecated, removed, replacement;
  std::uint32_t min_target = 0;   // the target below which headers do not declare it
  std::string min_target_since;   // the first release for which that is so; before, any target would do
  bool no_deprecated_api = true;  // declared when NPY_NO_DEPRECATED_API is set to the headers' own version
};

// The header that declares a name in some release, and the release in which it took that over from another one; empty
// when no other one has had it.
struct NameHeader {
  std::string header;
  std::string since;
};

// What the headers of a release make of NPY_TARGET_VERSION.
struct TargetRules {
  bool honoured = false;
  std::uint32_t default_target = 0;  // without it
  std::string above_api;             // the compiler's message about one that is higher than the headers' own
};

class AbiDatabase {
 public:
  static AbiDatabase embedded();
  static Result<AbiDatabase> from_directory(const std::string& directory);
  static Result<AbiDatabase> from_files(std::vector<DatabaseFile> files);

  const std::vector<NumpyMinor>& minors() const { return minors_; }  // oldest first, never empty
  std::vector<std::string> releases() const;                         // all full releases, oldest first
  const std::string& oldest() const { return minors_.front().minor; }
  const std::string& newest() const { return minors_.back().minor; }
  const std::string& newest_release() const { return minors_.back().releases.back(); }
  std::string_view revision() const { return tables_.text(tables_.database.front().revision); }
  const DatabaseTables& tables() const { return tables_; }

  const NumpyMinor* minor(std::string_view text) const;  // "1.26"; null when unknown

  // The facts of a full release. An unknown patch release has those of the newest known one of its minor, and a
  // release newer than the database those of the newest. `release` must not be older than the database.
  NumpyRelease facts_for(const std::string& release, DataModel model = DataModel::kLp64) const;

  // Whether the database says the same of both, their Pythons aside. Cheap, unlike comparing their facts.
  bool same_facts(const std::string& a, const std::string& b) const;

  // Whether the release has ever been made for this CPython; {0, 0} is any. Of an unknown release the answer is that
  // of the one whose facts stand for it.
  bool exists_for(const std::string& release, PythonVersion python) const;
  bool exists_for_at_least(const std::string& release, PythonVersion python) const;

  // The release by which NumPy's own messages name an API version: "1.16" for 0xd. Empty when it never shipped.
  std::string first_release_of_api(std::uint32_t api) const;
  // The newest minor that has this API version: "1.19" for 0xd. Empty when none in the database has it.
  std::string last_release_of_api(std::uint32_t api) const;

  // What a release puts into a place of the table of arrays or, with `ufunc`, of ufuncs; empty when it leaves it empty.
  std::optional<ApiSlot> slot(bool ufunc, std::uint32_t index, const std::string& release) const;

  // Whether a name has ever been in the table of arrays or, with `ufunc`, of ufuncs.
  bool is_slot(bool ufunc, std::string_view name) const;

  std::optional<CName> c_name(std::string_view name) const;
  // Whether the headers of a full release declare it, and whether one release is another or newer.
  bool declares(const CName& name, const std::string& release) const;
  std::optional<NameHeader> header_of(std::string_view name, const std::string& release) const;
  std::vector<std::string> c_names() const;  // of all releases
  // The releases before those that removed C names, the one before most removals first.
  std::vector<std::string> releases_before_removals() const;
  // The functions that a release has and that only raise, by name.
  std::map<std::string, DisabledFunction, std::less<>> disabled_in(const std::string& release) const;
  // The release from which calling the function only raises; empty when none does so.
  std::string disabled_from(std::string_view function) const;
  // The value of a macro or enumerator in a release, where it is a number.
  std::optional<std::int64_t> constant(std::string_view name, const std::string& release) const;
  static bool is_from(const std::string& release, const std::string& since);
  // As declares(), where the user sets no NPY_TARGET_VERSION.
  bool declares_by_default(const CName& name, const std::string& release) const;

  // The API version of the oldest known release that is not older than this; empty when all are older.
  std::optional<std::uint32_t> api_from(const std::string& release) const;

  TargetRules target_rules(const std::string& release) const;

  AbiHistory history(DataModel model = DataModel::kLp64) const;
  KnownAbi known_abi() const;

 private:
  explicit AbiDatabase(DatabaseTables tables);
  static Result<AbiDatabase> owning(Result<OwnedTables> tables);

  const FactsRow& facts_of(const MinorRow& minor) const { return tables_.facts[minor.facts]; }
  const ReleaseRow& standing_for(const std::string& release) const;
  const NameRow* row_of_name(std::string_view name) const;
  std::optional<std::uint32_t> size_of(Range model_sizes, DataModel model) const;
  std::optional<std::uint32_t> elsize_offset(const FactsRow& facts, DataModel model) const;
  std::optional<OldStructures::Member> member_of(const FactsRow& facts, std::string_view structure,
                                                 std::string_view wanted, DataModel model) const;
  OldStructures old_structures(DataModel model) const;
  std::vector<std::uint32_t> dtype_functions(const FactsRow& facts) const;  // ascending
  std::optional<std::uint32_t> slot_of(std::string_view name) const;        // in the newest table behind PyArray_API

  DatabaseTables tables_;
  std::shared_ptr<const OwnedTables> owned_;  // what tables_ lies in; null when that is the program itself
  std::vector<NumpyMinor> minors_;
};

}  // namespace abicheck
