// The files of the database that only sources ask for, declarations.json and cython.json: each fills tables of its own,
// because they are large.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "tables/database_file.h"
#include "tables/database_tables.h"
#include "tables/node.h"
#include "tables/table_builder.h"

namespace abicheck {

using FillTables = void (*)(const Node& file, TableBuilder& builder);

// Errors as read_tables() has them.
Result<OwnedTables> read_separate_file(const std::string& directory, const char* name, FillTables fill);
Result<OwnedTables> read_separate_file(const DatabaseFile& file, FillTables fill);

// ["...", first release with it, first without it, ...]: the releases, from place `begin` on, each newer than the last.
Range read_turns(const std::vector<Node>& parts, std::size_t begin, TableBuilder& builder);

}  // namespace abicheck
