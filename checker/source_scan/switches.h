// What the user tells NumPy's headers by macros, and the version that these make of it.
#pragma once

#include <clang/Lex/PPCallbacks.h>
#include <clang/Lex/Preprocessor.h>

#include <memory>

#include "model/source_observations.h"
#include "source_scan/clang_unit.h"

namespace abicheck::source_scan {

std::unique_ptr<clang::PPCallbacks> collect_switches(const clang::Preprocessor& preprocessor, const Roots& roots,
                                                     SourceObservations& found);

}  // namespace abicheck::source_scan
