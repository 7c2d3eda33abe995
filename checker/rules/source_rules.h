// The rules of sources: what one unit shows under the headers of one NumPy -> findings. Each is pure, and knows nothing
// of the others.
#pragma once

#include <string>
#include <string_view>
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
  const SourceTree& tree;
};

using SourceRule = void (*)(const SourceQuestion& question, std::vector<Finding>& findings);

void import_call_rule(const SourceQuestion& question, std::vector<Finding>& findings);  // NPY403, NPY404, NPY405
void version_rule(const SourceQuestion& question, std::vector<Finding>& findings);      // NPY430, NPY431, NPY432
void compile_rule(const SourceQuestion& question, std::vector<Finding>& findings);      // NPY410, NPY411, NPY413
void deprecated_rule(const SourceQuestion& question, std::vector<Finding>& findings);   // NPY412
void member_rule(const SourceQuestion& question, std::vector<Finding>& findings);       // NPY420, NPY440
void complex_initializer_rule(const SourceQuestion& question, std::vector<Finding>& findings);     // NPY440
void descriptor_initializer_rule(const SourceQuestion& question, std::vector<Finding>& findings);  // NPY420
void axis_rule(const SourceQuestion& question, std::vector<Finding>& findings);                    // NPY441
void buffer_rule(const SourceQuestion& question, std::vector<Finding>& findings);                  // NPY441
void long_rule(const SourceQuestion& question, std::vector<Finding>& findings);                    // NPY442
void unchecked_rule(const SourceQuestion& question, std::vector<Finding>& findings);               // NPY450
void writeback_rule(const SourceQuestion& question, std::vector<Finding>& findings);               // NPY451
void unlocked_rule(const SourceQuestion& question, std::vector<Finding>& findings);                // NPY452

// What the whole tree shows, each finding with the unit that it belongs to.
struct TreeQuestion {
  const AbiDatabase& database;
  const std::string& release;
  const std::vector<ScannedUnit>& units;
  const SourceTree& tree;
};

struct TreeFindings {
  std::vector<std::vector<Finding>> of_unit;
  std::vector<Finding> of_tree;
};

using TreeRule = void (*)(const TreeQuestion& question, TreeFindings& findings);

void import_rule(const TreeQuestion& question, TreeFindings& findings);        // NPY401, NPY402, NPY403
void version_tree_rule(const TreeQuestion& question, TreeFindings& findings);  // NPY430, NPY431

// Whether an error is that of headers to which NPY_TARGET_VERSION is too high, or follows from it there.
bool is_target_too_high(const SourceDiagnostic& error, const SourceQuestion& question);

// Whether an error is that of import_array() in a function that returns something else, or in a file that asked NumPy's
// headers to leave it out (NO_IMPORT_ARRAY).
bool is_returned_by_import(const SourceDiagnostic& error, const SourceObservations& seen);
bool is_left_out_import(const SourceDiagnostic& error, const SourceObservations& seen);

// The first error that the headers of no NumPy are to blame for, and after which clang knows less than another compiler
// would; null when there is none.
const SourceDiagnostic* foreign_error(const SourceQuestion& question);

// A finding about a name at a place of the sources.
Finding finding_at(std::string_view rule, SourcePlace place, std::string_view symbol,
                   Severity severity = Severity::kError, When when = When::kNone);

// "2.0.2" -> "2.0" where patches do not matter in a sentence.
std::string minor_of_release(const std::string& release);

}  // namespace abicheck
