// compile_commands.json, which CMake, meson and others write.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/source_scan.h"
#include "sources/units.h"

namespace abicheck {

// The units that a compilation database names (clang's JSONCompilationDatabase), with what of their arguments matters
// to parsing. Errors name the path.
Result<std::vector<SourceUnit>> read_compile_commands(const std::string& path, const SourceTree& tree,
                                                      const CompileOptions& options);

}  // namespace abicheck
