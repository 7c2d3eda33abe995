// Versions, and the NumPy that a module is judged against.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace abicheck {

// A CPython X.Y; {0, 0} means any.
struct PythonVersion {
  int major = 0;
  int minor = 0;
  auto operator<=>(const PythonVersion&) const = default;
  bool any() const { return major == 0; }
  std::string text() const { return std::to_string(major) + "." + std::to_string(minor); }
};

// One column of the report: a key of `verdicts` and the NumPy releases it stands for.
struct Target {
  std::string key;                    // "2.0.2" or "2.0"
  std::vector<std::string> releases;  // full releases, oldest first: {"2.0.2"} or {"2.0.0", "2.0.1", "2.0.2"}
  std::string judged_as;              // the known minor whose facts are used: "2.5"
  bool newer_than_known = false;      // the database ends before it
};

}  // namespace abicheck
