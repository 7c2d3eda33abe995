// What both collectors ask of clang: whose a place is, and where the user reads it.
#pragma once

#include <clang/Basic/SourceLocation.h>
#include <clang/Basic/SourceManager.h>

#include <string>

#include "model/source_observations.h"

namespace abicheck::source_scan {

class Whose {
 public:
  // `root` is the folder that holds numpy/.
  Whose(const clang::SourceManager& sources, std::string root) : sources_(sources), root_(std::move(root)) {}

  // Where the text stands, whatever macro brought it there.
  bool numpy(clang::SourceLocation location) const;
  // Written by the user: neither NumPy's nor any system's.
  bool user(clang::SourceLocation location) const;
  SourcePlace place(clang::SourceLocation location) const;
  const clang::SourceManager& sources() const { return sources_; }
  const std::string& root() const { return root_; }

 private:
  const clang::SourceManager& sources_;
  std::string root_;
};

}  // namespace abicheck::source_scan
