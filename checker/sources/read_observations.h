// The scanner's answers, as source_scan/write_observations.cpp writes them.
#pragma once

#include <optional>
#include <string_view>

#include "model/source_scan.h"

namespace abicheck {

// One line; empty when it is no whole answer, as the last line of a scanner that was killed.
std::optional<ScannedUnit> read_observations(std::string_view line);

}  // namespace abicheck
