// What a source uses of NumPy's tables, and what follows for the NumPy that it needs.
#pragma once

#include "abi/database.h"
#include "model/report.h"
#include "model/source_scan.h"

namespace abicheck {

// `asked` are the headers of the targets: those that are only there to judge errors by do not count.
SourceFacts facts_of_unit(const AbiDatabase& database, const ScannedUnit& unit, const std::vector<std::string>& asked);

// ">=1.22,<2" of a tree whose sources all could be parsed: not older than what every use of the tables needs, and older
// than what took away a name that is used.
std::optional<std::string> supported_by_sources(const AbiDatabase& database, const FileReport& file);

}  // namespace abicheck
