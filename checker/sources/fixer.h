// Findings' fixes put into the texts of their files.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/finding.h"

namespace abicheck {

struct FixedText {
  std::string path;
  std::string before;
  std::string after;
  std::size_t applied = 0;   // findings
  std::size_t left_out = 0;  // those whose fix meets another's
};

// Sorted by path; files that nothing changes are left out. `texts` are the files by the paths that findings name; a
// finding about another file is not fixed. Where the paths begin in a folder on disk, what is put in is formatted as a
// .clang-format there, or above, wants it.
Result<std::vector<FixedText>> fix_texts(const std::vector<Finding>& findings,
                                         const std::map<std::string, std::string>& texts,
                                         const std::optional<std::string>& folder);

}  // namespace abicheck
