// Which Cython a source is made with, as far as its project says.
#pragma once

#include <string>
#include <vector>

#include "abi/version.h"
#include "model/source_scan.h"

namespace abicheck {

class KnownCython {
 public:
  // Nothing but the requirements, for a source that will be read anew.
  static KnownCython asked_for(const std::vector<CythonRequirement>& requirements);
  // The one that wrote the code which is there.
  static KnownCython exactly(const std::string& version);

  bool stated() const { return stated_; }
  // Whether a version older than this, or one that is not, may be used. Prereleases of 3 are 3.
  bool may_be_before(const std::string& version) const;
  bool may_be_from(const std::string& version) const;

  const std::string& said() const {
    return said_;
  }  // "pyproject.toml:2 asks for cython<3", "it was made with Cython 0.29.21"

 private:
  std::vector<Version> possible_;  // of all releases those that matter
  bool stated_ = false;
  std::string said_;
};

}  // namespace abicheck
