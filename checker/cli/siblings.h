// Which file of a wheel gives the module that another one imports.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/scan.h"

namespace abicheck {

// The dotted name under which a member of a wheel is imported, "demo._core" for
// "demo/_core.cpython-310-x86_64-linux-gnu.so"; empty when its place or name allows none (a bundled library).
std::string import_name_of(std::string_view path);

// Fills in the path of every sibling import; drops those whose name no module of the same processor and Python has.
// `package_code` are the wheel's __init__.py that have something in them.
void find_siblings(std::vector<ScannedModule>& modules, const std::vector<std::string>& package_code);

}  // namespace abicheck
