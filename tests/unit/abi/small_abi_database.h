#pragma once

#include "abi/database.h"
#include "unit/tables/small_database.h"

namespace abicheck::testing {

inline AbiDatabase small_database() {
  return *AbiDatabase::from_files(SmallDatabase().files());
}

}  // namespace abicheck::testing
