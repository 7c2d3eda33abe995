// Files of a tree that sources name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/source_scan.h"

namespace abicheck {

std::string folder_of_path(const std::string& path);

// The file that `from` names: beside it, or the one whose path ends so and has most in common with it; empty when there
// is none.
std::string included_file(const SourceTree& tree, const std::string& from, std::string_view name);

// The files of the tree that a Cython source includes by itself.
std::vector<std::string> cython_includes(const SourceTree& tree, const std::string& path);

}  // namespace abicheck
