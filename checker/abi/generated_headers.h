// NumPy's C headers for any release, from the database: what a compiler needs of them where NumPy is not installed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "tables/database_tables.h"

namespace abicheck {

struct GeneratedHeader {
  std::string path;  // as it is included: "numpy/arrayobject.h"
  std::string text;
};

class Declarations {
 public:
  static Declarations embedded();
  static Result<Declarations> from_directory(const std::string& directory);
  static Result<Declarations> from_file(const std::string& text);  // of declarations.json

  // By path; none for what is no release, or older than the database. A patch release that the database does not know
  // has the headers of the one before it, a newer release those of the newest.
  std::vector<GeneratedHeader> headers_of(const std::string& release) const;

 private:
  explicit Declarations(DatabaseTables tables) : tables_(tables) {}
  static Result<Declarations> owning(Result<OwnedTables> tables);
  std::string text_of(const HeaderRow& header, std::uint32_t release) const;

  DatabaseTables tables_;
  std::shared_ptr<const OwnedTables> owned_;  // what tables_ lies in; null when that is the program itself
};

}  // namespace abicheck
