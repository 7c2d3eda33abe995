// The paragraph about one finding: who is concerned, what Python will print, why, and what to do.
#pragma once

#include <string>
#include <vector>

#include "model/report.h"
#include "report/finding_groups.h"
#include "report/write_options.h"

namespace abicheck {

// `targets` are named in the first line when there are several. The paragraph is indented by two columns.
std::string write_group(const FindingGroup& group, const FileReport& file, const std::vector<Target>& targets,
                        const WriteOptions& options);

// Notes say what is worth knowing but changes nothing; they are for -v.
bool is_shown(const FindingGroup& group, const WriteOptions& options);

}  // namespace abicheck
