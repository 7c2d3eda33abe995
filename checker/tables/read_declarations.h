// declarations.json -> tables, of which only those of headers are filled. They are tables of their own, because they
// are large and only sources ask for them.
#pragma once

#include <string>

#include "base/result.h"
#include "tables/database_file.h"
#include "tables/database_tables.h"

namespace abicheck {

// Errors as read_tables() has them.
Result<OwnedTables> read_declarations(const std::string& directory);
Result<OwnedTables> read_declarations(const DatabaseFile& file);

}  // namespace abicheck
