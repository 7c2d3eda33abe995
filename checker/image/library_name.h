// By which name a loader looks for a shared library: what a module writes for it, and what the library is called.
#pragma once

#include <string>
#include <string_view>

namespace abicheck {

// The part that decides, for a file of this format: ELF's loader takes the name as it is. A name of Mach-O is a path,
// with @rpath/ or @loader_path/ in front as a rule, and where it leads depends on the machine: the file's name decides.
// Windows does not tell capital letters from small ones.
std::string library_name(std::string_view format, std::string_view name);

}  // namespace abicheck
