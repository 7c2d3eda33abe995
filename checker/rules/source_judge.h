// Units of a tree x targets -> reports of sources.
#pragma once

#include <vector>

#include "abi/database.h"
#include "model/report.h"
#include "model/source_scan.h"
#include "model/target.h"

namespace abicheck {

// The id of the headers that a target is judged with: its newest release.
const std::string& headers_of_target(const Target& target);

// Fills in the sources, verdicts and supported range of `file`.
void judge_sources(const AbiDatabase& database, const std::vector<Target>& targets, const SourceTree& tree,
                   const std::vector<ScannedUnit>& units, FileReport& file);

}  // namespace abicheck
