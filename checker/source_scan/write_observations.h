// Observations, and edits, as one line of JSON.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "model/text_edit.h"
#include "source_scan/scan_unit.h"

namespace abicheck::source_scan {

void write_observations(std::ostream& out, const std::string& unit, const std::vector<Parsed>& parsed);
void write_edits(std::ostream& out, const std::vector<TextEdit>& edits);

}  // namespace abicheck::source_scan
