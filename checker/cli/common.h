// What every command needs.
#pragma once

#include <string>

#include "abi/database.h"
#include "base/result.h"

namespace abicheck {

// The one compiled in, or that of --db.
Result<AbiDatabase> open_database(const std::string& directory);

// "abicheck: WHERE: MESSAGE", as it goes to standard error.
std::string line_of(const Error& error);

}  // namespace abicheck
