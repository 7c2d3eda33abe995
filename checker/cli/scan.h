// One input -> everything that was recovered from it. Members are read, looked at and forgotten one by one, several at
// a time; the result does not depend on how many.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/facts.h"
#include "model/input.h"
#include "model/numpy_release.h"

namespace abicheck {

// One native library, or one slice of a universal Mach-O file; the slices of one file have its path.
struct ScannedModule {
  std::string path;
  std::string format;
  std::string arch;
  int bits = 0;
  ModuleFacts facts;
  std::string soname;
  std::vector<std::string> needed;
};

struct ScannedFile {
  Input input;
  std::optional<std::string> sha256;
  WheelName name;
  WheelMetadata metadata;
  std::vector<ScannedModule> modules;  // sorted by path
  std::vector<Error> problems;
  bool opened = false;  // false: nothing could be looked at
};

struct ScanOptions {
  KnownAbi abi;
  bool with_sha256 = false;
};

ScannedFile scan_file(const Input& input, const ScanOptions& options);

}  // namespace abicheck
