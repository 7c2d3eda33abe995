// One unit x the headers of one NumPy -> what it shows.
#pragma once

#include <llvm/ADT/IntrusiveRefCntPtr.h>
#include <llvm/Support/VirtualFileSystem.h>

#include <map>
#include <string>

#include "model/source_observations.h"
#include "source_scan/job.h"

namespace abicheck::source_scan {

struct Parsed {
  std::string headers;  // id of the set
  SourceObservations observations;
};

// Keeps what the units have in common: the file systems in which each set of headers stands.
class UnitScanner {
 public:
  explicit UnitScanner(const Job& job) : job_(job) {}
  SourceObservations scan(const Unit& unit, const std::string& headers);

 private:
  const llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem>& files_with(const HeaderSet& headers);

  const Job& job_;
  std::map<std::string, llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem>> files_;
};

}  // namespace abicheck::source_scan
