// abi_db/ as it was when the program was built; checker/embed/ writes the definition.
#pragma once

#include "tables/database_tables.h"

namespace abicheck {

DatabaseTables embedded_tables();

}  // namespace abicheck
