// One unit x the headers of one NumPy -> what it shows.
#pragma once

#include <map>
#include <string>

#include "model/source_observations.h"
#include "source_scan/job.h"

namespace abicheck::source_scan {

struct Parsed {
  std::string headers;  // id of the set
  SourceObservations observations;
};

SourceObservations scan_unit(const Unit& unit, const HeaderSet& headers,
                             const std::map<std::string, std::string>& files);

}  // namespace abicheck::source_scan
