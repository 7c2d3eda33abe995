// What several rules say in the same words. NumPy's versions in them come from the database.
#pragma once

#include <string>

#include "model/numpy_release.h"

namespace abicheck {

std::string short_release(std::string release);  // "1.19.0" reads as "1.19", and "2.0" and "2.0.0" as "2"

// "NumPy 1.x": those with the oldest ABI that is known.
std::string old_series(const AbiHistory& history);

// What to do about a module that was compiled for the old ABI, or for a type of another size.
std::string rebuild_for_both(const AbiHistory& history);
std::string rebuild_for_size(const AbiHistory& history);
// Goes behind another remedy; empty when the database knows one ABI only.
std::string or_stay_below(const AbiHistory& history);  // ", or require numpy<2"

}  // namespace abicheck
