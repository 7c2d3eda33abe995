#include "source_scan/macro_value.h"

#include <llvm/ADT/StringExtras.h>

namespace abicheck::source_scan {

namespace {

constexpr int kDepth = 20;  // macros may name each other in a circle

MacroValue value_of(const clang::Preprocessor& preprocessor, llvm::StringRef text, int depth) {
  if (text.empty() || depth == kDepth) return {};
  if (llvm::isDigit(text.front())) {
    std::uint32_t number = 0;
    if (text.rtrim("uUlL").getAsInteger(0, number)) return {};
    return {number, {}};
  }
  const clang::MacroInfo* macro = preprocessor.getMacroInfo(preprocessor.getIdentifierInfo(text));
  if (macro == nullptr) return {0, {text.str()}};
  if (macro->isFunctionLike()) return {};
  llvm::ArrayRef<clang::Token> tokens = macro->tokens();
  while (tokens.size() > 2 && tokens.front().is(clang::tok::l_paren) && tokens.back().is(clang::tok::r_paren))
    tokens = tokens.drop_front().drop_back();
  const bool plain = tokens.size() == 1 && tokens.front().isOneOf(clang::tok::identifier, clang::tok::numeric_constant);
  return plain ? value_of(preprocessor, preprocessor.getSpelling(tokens.front()), depth + 1) : MacroValue{};
}

}  // namespace

MacroValue value_of_macro(const clang::Preprocessor& preprocessor, llvm::StringRef name) {
  return value_of(preprocessor, name, 0);
}

MacroValue value_of_token(const clang::Preprocessor& preprocessor, llvm::StringRef text) {
  return value_of(preprocessor, text, 0);
}

}  // namespace abicheck::source_scan
