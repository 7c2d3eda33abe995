// The table of several targets: one row a file, one column a target. The columns stand first, so that the long names
// of wheels do not push them apart.
#pragma once

#include <string>
#include <vector>

#include "model/report.h"
#include "report/write_options.h"

namespace abicheck {

// Empty when `files` is empty. With options.verbose each module that uses NumPy has a row too.
std::string write_matrix(const std::vector<const FileReport*>& files, const std::vector<Target>& targets,
                         const WriteOptions& options);

}  // namespace abicheck
