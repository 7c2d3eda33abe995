// What one NumPy release offers to extension modules, as abi_db/ records it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace abicheck {

// What happens to a module that takes a capsule (_ARRAY_API, _UFUNC_API) from a module path.
enum class PathState {
  kAbsent,   // no such module
  kWorks,    // the capsule is handed out
  kRefuses,  // the module is there, asking for the capsule raises NumpyRelease::shim_text
};

struct NumpyRelease {
  std::string version;                                                 // "1.26.4"
  std::string minor;                                                   // "1.26"
  std::uint32_t abi = 0;                                               // NPY_ABI_VERSION: slot 0
  std::uint32_t api = 0;                                               // NPY_API_VERSION: slot 211
  std::map<std::pair<std::string, std::string>, std::uint32_t> sizes;  // (module, type) -> tp_basicsize, LP64
  std::map<std::string, PathState> paths;
  std::string shim_text;  // ImportError of a path that refuses, the version filled in
};

}  // namespace abicheck
