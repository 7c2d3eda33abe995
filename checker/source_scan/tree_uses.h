// What the parsed program shows: declarations of NumPy that the user's code names, calls of import_array, and which
// function leads to which.
#pragma once

#include <clang/AST/ASTContext.h>

#include <string>

#include "model/source_observations.h"
#include "source_scan/preprocessor_uses.h"

namespace abicheck::source_scan {

void collect_tree_uses(clang::ASTContext& context, const std::string& root, const std::vector<Renaming>& renamings,
                       SourceObservations& found);

}  // namespace abicheck::source_scan
