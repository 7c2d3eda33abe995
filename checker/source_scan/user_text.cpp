#include "source_scan/user_text.h"

#include <clang/Lex/Lexer.h>

namespace abicheck::source_scan {

clang::SourceLocation UserText::written(clang::SourceLocation token) const {
  while (token.isMacroID() && sources_.isMacroArgExpansion(token)) token = sources_.getImmediateSpellingLoc(token);
  return token;
}

unsigned UserText::length(clang::SourceLocation token) const {
  return clang::Lexer::MeasureTokenLength(sources_.getSpellingLoc(token), sources_, language_);
}

// An argument is found where it is written, or where the macro's text names the parameter.
std::optional<clang::SourceLocation> UserText::lifted(clang::SourceLocation token, clang::FileID context,
                                                      bool first) const {
  if (sources_.getFileID(token) == context) return token;
  if (!token.isMacroID()) return std::nullopt;
  if (sources_.isMacroArgExpansion(token)) {
    if (const auto found = lifted(sources_.getImmediateSpellingLoc(token), context, first)) return found;
  }
  clang::SourceLocation outer;
  const bool whole = first ? sources_.isAtStartOfImmediateMacroExpansion(token, &outer)
                           : sources_.isAtEndOfImmediateMacroExpansion(
                                 token.getLocWithOffset(static_cast<int>(length(token))), &outer);
  return whole ? lifted(outer, context, first) : std::nullopt;
}

std::optional<clang::CharSourceRange> UserText::range(clang::SourceLocation first, clang::SourceLocation last,
                                                      clang::SourceLocation beside) const {
  const clang::FileID context = sources_.getFileID(beside);
  const auto begin = lifted(first, context, true);
  const auto end = lifted(last, context, false);
  if (!begin || !end) return std::nullopt;
  const clang::SourceLocation from = sources_.getSpellingLoc(*begin);
  const clang::SourceLocation to = sources_.getSpellingLoc(*end).getLocWithOffset(static_cast<int>(length(*end)));
  const auto [from_file, from_offset] = sources_.getDecomposedLoc(from);
  const auto [to_file, to_offset] = sources_.getDecomposedLoc(to);
  if (from_file != to_file || from_offset >= to_offset) return std::nullopt;
  return clang::CharSourceRange::getCharRange(from, to);
}

bool UserText::may_change(clang::SourceLocation in_file) const {
  return sources_.getFileEntryRefForID(sources_.getFileID(in_file)).has_value() && whose_.user(in_file) &&
         blocks_.around(sources_, in_file) == 0;
}

llvm::StringRef UserText::text(clang::CharSourceRange range) const {
  return clang::Lexer::getSourceText(range, sources_, language_);
}

SourceSpan UserText::span(clang::CharSourceRange range) const {
  return {whose_.place(range.getBegin()), whose_.place(range.getEnd())};
}

bool has_comma_of_its_own(llvm::StringRef text) {
  int open = 0;
  for (const char c : text) {
    if (c == '(') ++open;
    if (c == ')') --open;
    if (c == ',' && open == 0) return true;
  }
  return false;
}

}  // namespace abicheck::source_scan
