// What the user's paths turn out to be, and the members that are read out of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/target.h"

namespace abicheck {

enum class InputKind { kWheel, kModule, kSource, kTree, kSdist };
constexpr bool is_of_sources(InputKind kind) {
  return kind == InputKind::kSource || kind == InputKind::kTree || kind == InputKind::kSdist;
}

// One thing to check, found by expanding the command line.
struct Input {
  std::string path;  // as given, or given directory + relative path
  InputKind kind = InputKind::kWheel;
};

// A wheel's file name, taken apart (PEP 427, PEP 425), compressed tag sets expanded.
struct WheelName {
  std::string distribution;
  std::string version;
  std::vector<std::string> tags;       // every python-abi-platform combination
  std::vector<PythonVersion> pythons;  // the exact CPythons it is for; empty when not bound to exact ones
  PythonVersion python_at_least;       // for abi3 and py3-none wheels: the oldest; {0,0} when pythons is not empty
};

// The lines of METADATA that matter here (core metadata specification).
struct WheelMetadata {
  std::string name;
  std::string version;
  std::string requires_python;
  std::vector<std::string> requires_dist;  // whole lines, environment markers included
};

// One member of a wheel that may be a native library.
struct WheelMember {
  std::string path;
  std::uint64_t index = 0;            // in the central directory
  std::uint64_t compressed_size = 0;  // as the central directory claims, not yet believed
  std::uint64_t size = 0;
};

}  // namespace abicheck
