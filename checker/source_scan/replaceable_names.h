// What the preprocessor knows of text that can be exchanged: macros of NumPy's that are other names for something, its
// headers, and where in a file definitions can be put for all that stands below.
#pragma once

#include <clang/Lex/PPCallbacks.h>
#include <clang/Lex/Preprocessor.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "source_scan/user_text.h"

namespace abicheck::source_scan {

class ReplaceableNames {
 public:
  // Runs while the preprocessor does.
  static std::unique_ptr<clang::PPCallbacks> collect(const clang::Preprocessor& preprocessor, const Roots& roots,
                                                     ReplaceableNames& found);

  void write(const Whose& whose, const UserText& text, SourceObservations& found) const;
  // Behind all that writes what is replaceable. `with_line_above`: the names that need such a line, besides members.
  void write_below_numpy(const Whose& whose, const std::set<std::string, std::less<>>& with_line_above,
                         SourceObservations& found) const;

 private:
  friend class NameCollector;

  struct Name {
    clang::SourceLocation at;
    std::string name;
    std::vector<std::string> aliases;
  };
  struct Header {
    clang::SourceLocation hash;
    clang::CharSourceRange in_quotes;
    std::string name;
  };
  // A line in front of which something can be put, where NumPy's headers have been read.
  struct Line {
    unsigned offset;
    bool below_numpy;  // right below the #include that read them, or its #endif
  };
  // What is compiled on a condition.
  struct Branch {
    unsigned begin, end;
  };
  struct File {
    std::vector<Line> lines;
    std::vector<Branch> branches;
  };

  std::vector<Name> names_;
  std::vector<Header> headers_;
  std::map<clang::FileID, File> files_;
};

}  // namespace abicheck::source_scan
