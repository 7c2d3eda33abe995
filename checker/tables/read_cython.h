// cython.json -> tables, of which only those of Cython are filled. Only sources ask for them.
#pragma once

#include <string>

#include "base/result.h"
#include "tables/database_file.h"
#include "tables/database_tables.h"

namespace abicheck {

// Errors as read_tables() has them.
Result<OwnedTables> read_cython(const std::string& directory);
Result<OwnedTables> read_cython(const DatabaseFile& file);

}  // namespace abicheck
