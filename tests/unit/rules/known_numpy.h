// What the tests of several rules judge with.
#pragma once

#include "abi/database.h"
#include "model/numpy_release.h"

namespace abicheck {

inline const AbiHistory kHistory{0x1000009, 32, "1.26", "2.0", "1.25"};

inline const AbiDatabase& database() {
  static const AbiDatabase all = AbiDatabase::embedded();
  return all;
}

}  // namespace abicheck
