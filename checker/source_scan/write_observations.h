// Observations as one line of JSON.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "source_scan/scan_unit.h"

namespace abicheck::source_scan {

void write_observations(std::ostream& out, const std::string& unit, const std::vector<Parsed>& parsed);

}  // namespace abicheck::source_scan
