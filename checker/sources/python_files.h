// What an installed Python gives to the compiler.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace abicheck {

struct PythonFiles {
  std::string headers;                // the folder that holds Python.h; empty when there is none
  std::vector<std::string> packages;  // its folders of installed packages: site-packages
  int minor = -1;                     // of CPython 3; -1: not known
};

// The Python whose packages lie in `packages` (<prefix>/lib/python3.11/site-packages), also of a virtual environment;
// without one, the first python3 on PATH that has headers, and then the system's. Runs nothing.
PythonFiles find_python(const std::string& packages = "");

// Folders of Python.h by minor, of every CPython 3 that is installed where one on PATH is, or beside it, as pyenv has
// them: for code that the newest does not compile any more.
std::map<int, std::string> find_all_python_headers();

}  // namespace abicheck
