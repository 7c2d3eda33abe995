// A directory such as abi_db/ -> tables: numpy-*.json, slots.json and names.json; other files are not looked at.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "tables/database_file.h"
#include "tables/database_tables.h"

namespace abicheck {

// kMissing or kUnreadable for the directory and its files; kMalformed with the file in `where`, and the place in it at
// the beginning of the message.
Result<OwnedTables> read_tables(const std::string& directory);
Result<OwnedTables> read_tables(std::vector<DatabaseFile> files);

}  // namespace abicheck
