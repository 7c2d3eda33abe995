// Two descriptions -> what changed from one to the other.
#pragma once

#include "model/numpy_changes.h"
#include "model/numpy_description.h"

namespace abicheck {

NumpyChanges compare_numpys(const NumpyDescription& from, const NumpyDescription& to);

}  // namespace abicheck
