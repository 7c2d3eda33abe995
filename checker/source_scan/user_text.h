// Where the text stands that an expression was written as: macros and their arguments lie in between.
#pragma once

#include <clang/Basic/LangOptions.h>
#include <clang/Basic/SourceLocation.h>

#include <optional>

#include "source_scan/clang_unit.h"
#include "source_scan/version_blocks.h"

namespace abicheck::source_scan {

class UserText {
 public:
  UserText(const Whose& whose, const VersionBlocks& blocks, const clang::LangOptions& language)
      : whose_(whose), sources_(whose.sources()), blocks_(blocks), language_(language) {}

  // A token out of a macro's argument stands where the argument is written, one out of a macro's text in its
  // definition; the latter is still told by the expansion here, for the tokens around it to be found.
  clang::SourceLocation written(clang::SourceLocation token) const;

  // The tokens between which a piece of text stands, in the same file or the same macro's text as `beside`; nothing
  // where only a part of a macro's text belongs to it. Both are places in files.
  std::optional<clang::CharSourceRange> range(clang::SourceLocation first, clang::SourceLocation last,
                                              clang::SourceLocation beside) const;

  // Whether it is a file of the user's, outside of what is only there for some versions of NumPy.
  bool may_change(clang::SourceLocation in_file) const;

  llvm::StringRef text(clang::CharSourceRange range) const;
  SourceSpan span(clang::CharSourceRange range) const;
  const clang::SourceManager& sources() const { return sources_; }

 private:
  std::optional<clang::SourceLocation> lifted(clang::SourceLocation token, clang::FileID context, bool first) const;
  unsigned length(clang::SourceLocation token) const;

  const Whose& whose_;
  const clang::SourceManager& sources_;
  const VersionBlocks& blocks_;
  const clang::LangOptions& language_;
};

// Whether a macro would take the text for more than one argument: f<a, b>(x), v[a, b].
bool has_comma_of_its_own(llvm::StringRef text);

}  // namespace abicheck::source_scan
