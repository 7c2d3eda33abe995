// What NumPy's Cython declarations (numpy/__init__.pxd) name in any release, from the database.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tables/database_tables.h"

namespace abicheck {

// NumPy installs two files: Cython 3 reads __init__.cython-30.pxd, older ones __init__.pxd.
enum class CythonFile { kClassic, kCython3 };

struct CythonName {
  // "type", "class" (of objects), "constant", "variable", "function", "array_api" and "ufunc_api" (a function that
  // needs the table that import_array() or import_umath() fills), "member", "property" (a member that cannot be
  // assigned)
  std::string kind;
  bool declared = false;  // in the release that was asked for
  std::string since;  // the releases that begin and end (nothing: not at all) the last time in which it was declared
  std::string removed;
};

class CythonDeclarations {
 public:
  static CythonDeclarations embedded();
  static Result<CythonDeclarations> from_file(const std::string& text);  // of cython.json

  // The first release that installs declarations; before it Cython's own are used.
  const std::string& oldest() const { return oldest_; }
  bool has(const std::string& release) const;

  // The oldest Cython that reads what a release installs for Cython before 3; empty when there is no such limit, and
  // "3.0.0" when none does.
  std::string needed_cython(const std::string& release) const;

  // A name, or "class.member", that some release declares; empty when none does.
  std::optional<CythonName> find(CythonFile file, std::string_view name, const std::string& release) const;

 private:
  explicit CythonDeclarations(DatabaseTables tables);

  DatabaseTables tables_;
  std::string oldest_;
  std::shared_ptr<const OwnedTables> owned_;  // what tables_ lies in; null when that is the program itself
};

}  // namespace abicheck
