// Where Python.h is.
#pragma once

#include <string>

namespace abicheck {

// The folder of the newest Python.h: of the virtual environment, of the Pythons on PATH, of the system. Empty when
// there is none. Nothing is run.
std::string find_python_headers();

}  // namespace abicheck
