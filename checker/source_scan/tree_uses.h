// What the parsed program shows: declarations of NumPy that the user's code names.
#pragma once

#include <clang/AST/ASTContext.h>

#include "model/source_observations.h"
#include "source_scan/clang_unit.h"
#include "source_scan/preprocessor_uses.h"
#include "source_scan/version_blocks.h"

namespace abicheck::source_scan {

void collect_tree_uses(clang::ASTContext& context, const Roots& roots, const VersionBlocks& blocks,
                       const std::vector<Renaming>& renamings, SourceObservations& found);

}  // namespace abicheck::source_scan
