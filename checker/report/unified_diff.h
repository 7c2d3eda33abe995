// Two texts as a unified diff (GNU diffutils manual, "Detailed Description of Unified Format"), which patch and git
// take.
#pragma once

#include <string>
#include <string_view>

namespace abicheck {

// Empty when both are the same.
std::string unified_diff(const std::string& path, std::string_view before, std::string_view after);

}  // namespace abicheck
