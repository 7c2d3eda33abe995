// A database of a few made-up facts that satisfies abi_db/schema/, for tests to change one thing in.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tables/read_tables.h"

namespace abicheck::testing {

using Json = nlohmann::json;

// A minor with these releases, all for CPython 3.9.
Json small_minor(const std::string& minor, const std::vector<std::string>& releases);

// Two minors around a change of the ABI: 1.26 (1.26.0 with overrides, 1.26.10) and 2.0 (2.0.0, 2.0.2); slots and names.
class SmallDatabase {
 public:
  SmallDatabase();

  Json& operator[](const std::string& file) { return files_[file]; }
  SmallDatabase& remove(const std::string& file) { return files_.erase(file), *this; }
  std::vector<DatabaseFile> files() const;

 private:
  std::map<std::string, Json> files_;
};

}  // namespace abicheck::testing
