// The static objects of a module whose size CPython's API tells: where they end, another variable begins.
#pragma once

#include <cstdint>
#include <vector>

#include "facts/code.h"

namespace abicheck {

struct StaticObject {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  bool holds(std::uint64_t address) const { return begin <= address && address < end; }
};

// The definitions that are handed to PyModule_Create() or PyModuleDef_Init(), and the tables of methods that they name.
std::vector<StaticObject> find_python_statics(const Code& code);

}  // namespace abicheck
