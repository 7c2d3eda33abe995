// The verdicts of a whole file: every module against every target, the releases that the file supports, and whether its
// metadata promises more than that.
#pragma once

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
class ReleaseGroups {
 public:
  explicit ReleaseGroups(const AbiDatabase& database);

  struct Group {
    NumpyRelease facts;  // of its newest release
    std::vector<std::string> releases;
  };
  const std::vector<Group>& groups() const { return groups_; }  // oldest first

 private:
  std::vector<Group> groups_;
};

struct Judgement {
  const AbiDatabase& database;
  const ReleaseGroups& groups;
  const std::vector<Target>& targets;
  bool promised_only = false;  // no target was named: judge what the metadata allows
};

// Fills in the verdicts, supported ranges and findings of `file`, whose modules hold their facts.
void judge_file(const Judgement& judgement, const PythonRange& pythons, FileReport& file);

}  // namespace abicheck
