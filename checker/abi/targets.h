// The --numpy option: which NumPys to judge against.
#pragma once

#include <string>
#include <vector>

#include "abi/database.h"
#include "base/result.h"
#include "model/target.h"

namespace abicheck {

struct TargetList {
  std::vector<Target> targets;     // in the order asked for, each key once
  std::vector<std::string> notes;  // one sentence each: a release that the database does not know
};

// Each spec is one value of --numpy: versions joined by commas ("1.26,2.0"), a specifier set ('>=1.25,<3'), "latest" or
// "all". A bare minor stands for all of its releases, and a bare major for its minors. "installed" is not understood
// here: the caller replaces it by a version.
Result<TargetList> parse_targets(const std::vector<std::string>& specs, const AbiDatabase& database);

// What --numpy may look like, with NumPys that the database knows: those around the change of the ABI, if there is one.
struct TargetExamples {
  std::string minor;    // 2.0
  std::string release;  // 2.0.2
  std::string list;     // 1.26,2.0
  std::string range;    // >=1.25,<3
};
TargetExamples target_examples(const AbiDatabase& database);

}  // namespace abicheck
