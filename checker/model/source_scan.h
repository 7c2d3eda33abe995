// What the source scanner is asked and what it answered.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/build_macro.h"
#include "model/cython_source.h"
#include "model/source_observations.h"

namespace abicheck {

// Where the scanner finds the texts that are not on disk.
inline constexpr int kTextsDescriptor = 3;

// Requirements as PEP 508 writes them, whole lines: of what is installed, and of what builds it.
struct DeclaredRequirements {
  std::vector<std::string> run;
  std::vector<std::string> build;
  std::string python = {};  // ">=3.8"; empty: any
};

// Texts by path. On disk the paths are real; those of an archive are below a folder that does not exist.
struct SourceTree {
  std::string root;                          // where the paths below begin, without a '/' at its end
  std::map<std::string, std::string> texts;  // by path below the root
  bool on_disk = true;
  bool whole = true;  // not one file by itself, which others may belong to
  DeclaredRequirements requirements = {};
  std::vector<BuildMacro> macros = {};  // that its build files define
};

struct SourceUnit {
  std::string path;                    // below the tree's root
  std::vector<std::string> arguments;  // of the compiler
};

// Behind the release in the id of headers that declare everything they can, whatever the source sets: for the newest
// NPY_TARGET_VERSION, and without NPY_NO_DEPRECATED_API.
inline constexpr std::string_view kUnrestricted = " unrestricted";

// The headers of one NumPy: texts by the path they are included as, or the folder that holds numpy/.
struct HeaderSet {
  std::string id;
  std::vector<std::pair<std::string, std::string>> files;
  std::string folder;
};

struct ScannedUnit {
  std::string path;
  std::vector<std::pair<std::string, SourceObservations>> parsed;  // by id of the headers: targets, then references
  std::string failure;                                             // why nothing was parsed: the scanner crashed
  // Null when the unit was not parsed with these headers.
  const SourceObservations* parsed_with(const std::string& headers) const {
    for (const auto& [id, seen] : parsed) {
      if (id == headers) return &seen;
    }
    return nullptr;
  }
  // Of Cython: a .pyx, .pxd or .pxi, which clang does not parse, or code that was generated, with the .pyx if it is
  // there.
  std::optional<CythonSource> cython;
  std::optional<GeneratedCode> generated;
  std::vector<CythonRequirement> cython_requirements;
};

}  // namespace abicheck
