// Whether the machine code of an extension module is for the machine that its file name and the wheel's promise.
#pragma once

#include <string>

#include "model/report.h"

namespace abicheck {

// Why no Python that takes the module for its own can load it, as a sentence; empty when nothing contradicts. Only
// Python modules are asked about: other files may be there for other machines.
std::string machine_conflict(const FileReport& file, const ModuleReport& module);

}  // namespace abicheck
