// compile_commands.json, which CMake, meson and others write.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/source_scan.h"
#include "sources/units.h"

namespace abicheck {

// Of another compiler's command line, the program first, those that change what is parsed; folders made absolute. None
// that writes files.
std::vector<std::string> parsing_arguments(const std::vector<std::string>& command, const std::string& folder);

// The units that a compilation database names (clang's JSONCompilationDatabase), with what of their arguments matters
// to parsing. Errors name the path.
Result<std::vector<SourceUnit>> read_compile_commands(const std::string& path, const SourceTree& tree,
                                                      const CompileOptions& options);

}  // namespace abicheck
