// Observations, and files that were fixed, as one line of JSON.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "source_scan/apply_fixes.h"
#include "source_scan/scan_unit.h"

namespace abicheck::source_scan {

void write_observations(std::ostream& out, const std::string& unit, const std::vector<Parsed>& parsed);
void write_fixed(std::ostream& out, const FixedFile& file);

}  // namespace abicheck::source_scan
