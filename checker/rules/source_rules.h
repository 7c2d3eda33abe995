// The rules of sources: what one unit shows under the headers of one NumPy -> findings. Each is pure, and knows nothing
// of the others.
#pragma once

#include <string>
#include <vector>

#include "abi/database.h"
#include "model/finding.h"
#include "model/source_scan.h"

namespace abicheck {

struct SourceQuestion {
  const AbiDatabase& database;
  const std::string& release;             // whose headers were used: "2.0.2"
  const std::vector<ScannedUnit>& units;  // of the whole tree
  const ScannedUnit& unit;
  const SourceObservations& seen;         // of the unit, with these headers
  const std::vector<std::string>& asked;  // the headers of all targets
};

using SourceRule = void (*)(const SourceQuestion& question, std::vector<Finding>& findings);

void compile_rule(const SourceQuestion& question, std::vector<Finding>& findings);     // NPY410, NPY411, NPY413
void deprecated_rule(const SourceQuestion& question, std::vector<Finding>& findings);  // NPY412
void member_rule(const SourceQuestion& question, std::vector<Finding>& findings);      // NPY420, NPY440
void complex_initializer_rule(const SourceQuestion& question, std::vector<Finding>& findings);  // NPY440
void axis_rule(const SourceQuestion& question, std::vector<Finding>& findings);                 // NPY441
void buffer_rule(const SourceQuestion& question, std::vector<Finding>& findings);               // NPY441
void long_rule(const SourceQuestion& question, std::vector<Finding>& findings);                 // NPY442
void unchecked_rule(const SourceQuestion& question, std::vector<Finding>& findings);            // NPY450
void writeback_rule(const SourceQuestion& question, std::vector<Finding>& findings);            // NPY451
void unlocked_rule(const SourceQuestion& question, std::vector<Finding>& findings);             // NPY452

// The first error that the headers of no NumPy are to blame for, and after which clang knows less than another compiler
// would; null when there is none.
const SourceDiagnostic* foreign_error(const SourceQuestion& question);

// "2.0.2" -> "2.0" where patches do not matter in a sentence.
std::string minor_of_release(const std::string& release);

}  // namespace abicheck
