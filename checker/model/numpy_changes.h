// What differs between two NumPys for code that uses the C-API: `abicheck db diff`.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/numpy_description.h"
#include "model/value.h"

namespace abicheck {

struct Change {
  std::string what;     // "abi_version", "PyArray_Descr.elsize", "multiarray 50"
  std::string change;   // added, removed, changed, or a word for how it changed: moved, reused, deprecated ...
  PlainValue from, to;  // as abi_db/ writes them; null where it is not there
};

struct ChangeSection {
  std::string key;  // "layouts"
  std::string title;
  std::vector<Change> changes;  // may be none
};

struct NumpyChanges {
  DatabaseSummary database;
  std::string from, to;                               // as asked
  std::map<std::uint32_t, std::string> api_releases;  // the first release of every API version
  std::vector<ChangeSection> sections;                // the most important first; always all of them
};

}  // namespace abicheck
