// Two texts as a unified diff (GNU diffutils manual, "Detailed Description of Unified Format"), which patch and git
// take.
#pragma once

#include <string>
#include <string_view>

namespace abicheck {

// Empty when both are the same. The paths in it have a folder in front, as those of git: patch -p1.
std::string unified_diff(const std::string& path, std::string_view before, std::string_view after);

}  // namespace abicheck
