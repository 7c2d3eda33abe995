// What the parsed program does with NumPy's tables of functions: where it reads them, where it fills them, and which
// function leads to which.
#pragma once

#include <clang/AST/ASTContext.h>

#include <string>

#include "model/source_observations.h"
#include "source_scan/clang_unit.h"
#include "source_scan/version_blocks.h"

namespace abicheck::source_scan {

void collect_api_flow(clang::ASTContext& context, const Roots& roots, const VersionBlocks& blocks,
                      SourceObservations& found);

}  // namespace abicheck::source_scan
