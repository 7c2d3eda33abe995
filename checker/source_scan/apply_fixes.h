// Replacements put into sources as clang's own tools do: those that overlap are left out, what stays is formatted where
// the project has a .clang-format.
#pragma once

#include <istream>
#include <map>
#include <string>
#include <vector>

namespace abicheck::source_scan {

// The characters from `begin` up to, not including, `end`; lines and columns are 1-based, columns count bytes.
struct Fix {
  unsigned begin_line = 0;
  unsigned begin_column = 0;
  unsigned end_line = 0;
  unsigned end_column = 0;
  std::string text;
};

// The fix of one finding: all of it is applied, or nothing. `needs` are whole lines that the file must have above it,
// such as the definition of an accessor for headers that lack it.
struct FixGroup {
  std::vector<Fix> fixes;
  std::vector<std::string> needs;
};

struct FileFixes {
  std::string path;
  std::string text;
  unsigned needs_line = 0;  // the line in front of which they are put
  std::vector<FixGroup> groups;
};

struct FixedFile {
  std::string path;
  std::string text;
  std::vector<bool> applied;  // by group
};

// {"fixes": [{"path": "/src/_core.c", "text": "...", "needs_line": 7,
//             "groups": [{"fixes": [{"begin": [3, 5], "end": [3, 9], "text": "..."}], "needs": ["..."]}]}]}
// Throws std::runtime_error on anything else.
std::vector<FileFixes> read_fixes(const std::string& json);

FixedFile apply_fixes(const FileFixes& file);

}  // namespace abicheck::source_scan
