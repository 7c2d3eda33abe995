// The rules of Cython sources: what a .pyx shows x the Cython declarations of one NumPy -> findings; and what becomes
// of findings in code that Cython wrote.
#pragma once

#include <string>
#include <vector>

#include "abi/cython_declarations.h"
#include "abi/database.h"
#include "model/finding.h"
#include "model/source_scan.h"
#include "rules/known_cython.h"

namespace abicheck {

// From here on Cython reads a file of declarations of its own, and calls import_array() itself where numpy is
// cimported.
inline constexpr const char* kCythonThree = "3.0.0";

struct CythonQuestion {
  CythonQuestion(const AbiDatabase& database, const CythonDeclarations& declarations, const std::string& release,
                 const ScannedUnit& unit);

  const AbiDatabase& database;
  const CythonDeclarations& declarations;
  const std::string& release;  // "2.0.2"
  const ScannedUnit& unit;
  KnownCython reading;  // the Cython that will read the source
  KnownCython writing;  // the one whose code is compiled: that of the generated code, if it is there
};

void cython_import_rule(const CythonQuestion& question, std::vector<Finding>& findings);   // NPY460
void cython_name_rule(const CythonQuestion& question, std::vector<Finding>& findings);     // NPY461, NPY410, NPY412
void cython_member_rule(const CythonQuestion& question, std::vector<Finding>& findings);   // NPY462
void cython_version_rule(const CythonQuestion& question, std::vector<Finding>& findings);  // NPY463

// All of them, and that a source could not be read whole. The unit has a CythonSource.
ModuleVerdict judge_cython(const CythonQuestion& question);

// What the other rules found in code that Cython wrote: at the line of the .pyx where the user can change it; nothing
// of what only code by hand can do wrong; and how to make the code anew where Cython itself is behind it. What the
// source itself shows is added.
void settle_generated(const CythonQuestion& question, std::vector<Finding>& findings);

}  // namespace abicheck
