// The database as plain values for `abicheck db`.
#pragma once

#include <string>

#include "abi/database.h"
#include "base/result.h"
#include "model/numpy_description.h"

namespace abicheck {

DatabaseListing list_database(const AbiDatabase& database);

// `numpy` is a minor, which stands for its newest release, or a full release; kUsage when the database has no such
// NumPy.
Result<NumpyDescription> describe_numpy(const AbiDatabase& database, const std::string& numpy);

}  // namespace abicheck
