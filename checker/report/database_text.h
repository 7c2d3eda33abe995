// What `abicheck db` knows, for a person.
#pragma once

#include <string>

#include "model/numpy_changes.h"
#include "model/numpy_description.h"

namespace abicheck {

std::string write_listing_text(const DatabaseListing& listing);     // one line a minor
std::string write_description_text(const NumpyDescription& numpy);  // one page
std::string write_changes_text(const NumpyChanges& changes);        // one fact a line, the most important first

}  // namespace abicheck
