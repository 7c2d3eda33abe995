// Which lines are only there for some versions of NumPy, because of #if NPY_FEATURE_VERSION >= NPY_2_0_API_VERSION and
// the like.
#pragma once

#include <clang/Basic/SourceManager.h>
#include <clang/Lex/PPCallbacks.h>
#include <clang/Lex/Preprocessor.h>

#include <map>
#include <memory>
#include <vector>

#include "model/source_observations.h"
#include "source_scan/clang_unit.h"

namespace abicheck::source_scan {

class VersionBlocks {
 public:
  void add(clang::FileID file, unsigned begin, unsigned end, std::uint32_t guard);

  // The API version that is asked for around the place where this text stands; 0 when none is, kAnyVersion when it is
  // not clear which.
  std::uint32_t around(const clang::SourceManager& sources, clang::SourceLocation spelled) const;

  // Whether the user asks for a version around this text, or around the macro that brought it there.
  bool is_guarded(const Whose& whose, clang::SourceLocation location) const;

 private:
  struct Block {
    unsigned begin, end;
    std::uint32_t guard;
  };
  std::map<clang::FileID, std::vector<Block>> blocks_;
};

std::unique_ptr<clang::PPCallbacks> collect_version_blocks(const clang::Preprocessor& preprocessor, const Roots& roots,
                                                           VersionBlocks& found);

}  // namespace abicheck::source_scan
