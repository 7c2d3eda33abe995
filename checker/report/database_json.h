// What `abicheck db` knows, as JSON documents. As for reports, keys are only ever added; the schemas are
// abicheck-db-list-1, abicheck-db-show-1 and abicheck-db-diff-1.schema.json beside this file.
#pragma once

#include <string>

#include "model/numpy_changes.h"
#include "model/numpy_description.h"

namespace abicheck {

std::string write_listing_json(const DatabaseListing& listing);
std::string write_description_json(const NumpyDescription& numpy);
std::string write_changes_json(const NumpyChanges& changes);

}  // namespace abicheck
