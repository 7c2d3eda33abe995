// What only the preprocessor sees: NumPy's macros and headers in the user's code, and what the user tells NumPy's
// headers.
#pragma once

#include <clang/Lex/PPCallbacks.h>
#include <clang/Lex/Preprocessor.h>

#include <memory>
#include <string>
#include <vector>

#include "model/source_observations.h"
#include "source_scan/clang_unit.h"

namespace abicheck::source_scan {

// A macro of NumPy's in the user's code that is nothing but another name.
struct Renaming {
  std::string name;
  const clang::IdentifierInfo* to;
};

struct PreprocessorUses {
  std::vector<Renaming> renamings;
  std::vector<clang::SourceLocation> places;  // where each of the uses stands that were found
};

std::unique_ptr<clang::PPCallbacks> collect_preprocessor_uses(const clang::Preprocessor& preprocessor,
                                                              const Roots& roots, SourceObservations& found,
                                                              PreprocessorUses& more);

}  // namespace abicheck::source_scan
