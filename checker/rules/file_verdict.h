// The verdicts of a whole file: every module against every target, the releases that the file supports, and whether its
// metadata promises more than that.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "abi/database.h"
#include "model/report.h"
#include "model/target.h"

namespace abicheck {

// Which CPythons a file is for.
struct PythonRange {
  std::vector<PythonVersion> exact;  // when not empty, one of these
  PythonVersion at_least;            // otherwise this or newer; {0, 0}: any
};

// NumPy releases in order, and which of them look alike to an extension module: most patch releases differ in nothing
// that is judged, so that judging one of each group is enough.
struct ReleaseGroup {
  NumpyRelease facts;                 // of its oldest release
  std::vector<std::string> releases;  // oldest first
};
std::vector<ReleaseGroup> group_releases(const AbiDatabase& database, DataModel model = DataModel::kLp64);

// The same NumPys as modules of one data model see them.
struct NumpysOfModel {
  AbiHistory history;
  std::vector<ReleaseGroup> groups;               // oldest first
  std::vector<std::vector<NumpyRelease>> numpys;  // for each target, the releases that it stands for
};

// What all files of one run are judged with.
struct Judgement {
  // `promised_only`: no target was named; judge those that the metadata allows.
  Judgement(const AbiDatabase& database, const std::vector<Target>& targets, bool promised_only);

  const NumpysOfModel& of(DataModel model) const;  // made when first asked for; not for several threads at once

  const AbiDatabase& database;
  const std::vector<Target>& targets;
  bool promised_only;

 private:
  mutable std::map<DataModel, NumpysOfModel> models_;
};

// Whether the file's metadata allows a release of the target; it does without a requirement.
bool is_promised(const FileReport& file, const Target& target);

// Fills in the verdicts, supported ranges and findings of `file`, whose modules hold their facts.
void judge_file(const Judgement& judgement, const PythonRange& pythons, FileReport& file);

}  // namespace abicheck
