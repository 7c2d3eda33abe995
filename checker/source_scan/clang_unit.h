// What both collectors ask of clang: whose a place is, and where the user reads it.
#pragma once

#include <clang/Basic/SourceLocation.h>
#include <clang/Basic/SourceManager.h>

#include <string>
#include <vector>

#include "model/source_observations.h"

namespace abicheck::source_scan {

struct Roots {
  std::string numpy;             // the folder that holds numpy/
  std::vector<std::string> own;  // folders of the user's that clang takes for a system's (-idirafter)
  std::string archive;           // Job::archive
};

class Whose {
 public:
  Whose(const clang::SourceManager& sources, const Roots& roots);

  // Where the text stands, whatever macro brought it there.
  bool numpy(clang::SourceLocation location) const;
  // Written by the user: neither NumPy's nor any system's.
  bool user(clang::SourceLocation location) const;
  SourcePlace place(clang::SourceLocation location) const;
  std::string shown(llvm::StringRef path) const;  // as the user knows it
  const clang::SourceManager& sources() const { return sources_; }

 private:
  const clang::SourceManager& sources_;
  std::string numpy_;             // what the paths of NumPy's headers begin with
  std::vector<std::string> own_;  // and those of Roots::own
  std::string archive_;
};

}  // namespace abicheck::source_scan
