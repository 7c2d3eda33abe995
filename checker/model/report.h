// The whole answer of one run: what rules/ concluded and report/ writes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/data_model.h"
#include "model/facts.h"
#include "model/finding.h"
#include "model/target.h"

namespace abicheck {

struct ModuleReport {
  std::string path;    // inside the wheel, or the file's own name
  std::string format;  // "elf"
  std::string arch;    // "x86_64"
  int bits = 64;
  DataModel data_model = DataModel::kLp64;  // whose sizes of NumPy's types it meets
  ModuleFacts facts;
  std::optional<std::string> supported_numpy;                   // ">=1.19,<2"; empty when unknown or NumPy is not used
  std::vector<std::pair<std::string, ModuleVerdict>> verdicts;  // by target key, in the order of Report::targets
};

// An entry of NumPy's tables that a source uses.
struct SourceSlot {
  bool ufunc = false;
  std::uint32_t index = 0;
  std::string name;   // "PyArray_Type"; empty when it is not known
  std::string since;  // "1.22": the first NumPy that fills it so
  std::vector<SourcePlace> places;
  std::vector<SourcePlace> needed_at;  // those where nothing asks for a NumPy that has it
  bool raises = false;                 // there are some, and the oldest NumPy that is known does not have it
};

// What the headers of one NumPy compile the source for.
struct TargetVersion {
  std::string headers;                 // "2.2.6"
  std::optional<std::uint32_t> api;    // NPY_FEATURE_VERSION
  std::string numpy;                   // "1.20"
  std::optional<SwitchDefine> set_by;  // NPY_TARGET_VERSION; empty: their default
};

// What a source shows of its use of NumPy, against the headers of the first target.
struct SourceFacts {
  std::vector<ImportCall> imports;
  std::vector<NameUse> uses;
  std::vector<SwitchDefine> defines;
  std::vector<SourceSlot> slots;
  std::vector<TargetVersion> targets;  // one for each NumPy whose headers were used
  std::string lowest_numpy;            // that fills all of these entries: "1.22"; empty when none is used
  std::string lowest_numpy_for;        // the entry that decides it
};

struct SourceReport {
  std::string path;                    // as the user gave it, or below the tree or archive
  std::string generator = "c";         // "cython" when Cython wrote it, or will
  std::string generator_version;       // empty when it is not known
  std::vector<std::string> arguments;  // of the compiler; of an archive as in the folder where it is unpacked
  SourceFacts facts;
  bool uses_numpy = false;
  std::vector<std::pair<std::string, ModuleVerdict>> verdicts;  // as of a module
};

struct FileReport {
  std::string path;  // as the user gave it, or found below the directory the user gave
  std::string kind;  // "wheel", "module", "source", "tree" or "sdist"
  std::optional<std::string> sha256;
  std::string name;  // distribution name and version of a wheel
  std::string version;
  std::vector<std::string> tags;               // "cp310-cp310-manylinux_2_17_x86_64"
  std::optional<std::string> requires_numpy;   // Requires-Dist of numpy that holds for this wheel's Python
  std::optional<std::string> supported_numpy;  // what its modules support together
  std::vector<std::pair<std::string, Verdict>> verdicts;
  std::vector<ModuleReport> modules;  // sorted by path
  std::vector<SourceReport> sources;  // of a source, a tree or a source distribution; sorted by path
  std::vector<Finding> findings;      // about the file as a whole
};

inline bool is_of_sources(const FileReport& file) {
  return file.kind == "source" || file.kind == "tree" || file.kind == "sdist";
}

// Something that could not be read; everything else was still checked.
using Problem = Error;

struct Report {
  std::string database_min;  // "1.7"
  std::string database_max;  // "2.5"
  std::string database_revision;
  std::vector<Target> targets;
  std::vector<std::string> notes;  // about the run: a target newer than the database, an unknown patch release
  std::vector<FileReport> files;   // in the order of the arguments, directories sorted
  std::vector<Problem> problems;
};

}  // namespace abicheck
