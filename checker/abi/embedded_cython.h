// abi_db/cython.json as it was when the program was built; checker/embed/ writes the definition. A program that does
// not call it does not have it in itself.
#pragma once

#include "tables/database_tables.h"

namespace abicheck {

DatabaseTables embedded_cython();

}  // namespace abicheck
