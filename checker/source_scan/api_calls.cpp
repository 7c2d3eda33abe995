#include "source_scan/api_calls.h"

#include <clang/Lex/Lexer.h>

namespace abicheck::source_scan {

namespace {

// *(type)table[index]
bool is_table_entry(const clang::Expr& callee) {
  const auto* value = llvm::dyn_cast<clang::UnaryOperator>(callee.IgnoreParenImpCasts());
  if (value == nullptr || value->getOpcode() != clang::UO_Deref) return false;
  return llvm::isa<clang::ArraySubscriptExpr>(value->getSubExpr()->IgnoreParenCasts());
}

}  // namespace

std::optional<ApiCall> ApiNames::call(const clang::CallExpr& call) const {
  if (const clang::FunctionDecl* function = call.getDirectCallee()) {
    if (!function->getDeclName().isIdentifier() || !whose_.numpy(function->getLocation())) return std::nullopt;
    std::string name = function->getName().str();
    std::string by = written(call.getBeginLoc(), name);
    return ApiCall{std::move(name), std::move(by), false};
  }
  // Older headers call through a descriptor's members: PyArray_DESCR(obj)->f->getitem(...)
  if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(call.getCallee()->IgnoreParenImpCasts())) {
    const clang::SourceLocation at = member->getMemberLoc();
    if (!whose_.sources().isMacroBodyExpansion(at) || !whose_.numpy(at)) return std::nullopt;
    std::string name = clang::Lexer::getImmediateMacroName(at, whose_.sources(), language_).str();
    std::string by = written(at, name);
    return ApiCall{std::move(name), std::move(by), false};
  }
  const clang::SourceLocation begin = call.getCallee()->getBeginLoc();
  if (!begin.isMacroID() || !is_table_entry(*call.getCallee()) || !whose_.numpy(begin)) return std::nullopt;
  std::string name = clang::Lexer::getImmediateMacroName(begin, whose_.sources(), language_).str();
  std::string by = written(begin, name);
  return ApiCall{std::move(name), std::move(by), true};
}

std::string ApiNames::written(clang::SourceLocation location, std::string otherwise) const {
  while (location.isMacroID()) {
    if (whose_.sources().isMacroBodyExpansion(location) && whose_.numpy(location))
      otherwise = clang::Lexer::getImmediateMacroName(location, whose_.sources(), language_).str();
    location = whose_.sources().getImmediateMacroCallerLoc(location);
  }
  return otherwise;
}

std::string ApiNames::outermost(clang::SourceLocation location, std::string otherwise) const {
  while (location.isMacroID()) {
    otherwise = clang::Lexer::getImmediateMacroName(location, whose_.sources(), language_).str();
    location = whose_.sources().getImmediateExpansionRange(location).getBegin();
  }
  return otherwise;
}

bool ApiNames::inside(clang::SourceLocation location, llvm::ArrayRef<llvm::StringLiteral> macros) const {
  while (location.isMacroID()) {
    const llvm::StringRef name = clang::Lexer::getImmediateMacroName(location, whose_.sources(), language_);
    if (llvm::is_contained(macros, name)) return true;
    location = whose_.sources().getImmediateExpansionRange(location).getBegin();
  }
  return false;
}

}  // namespace abicheck::source_scan
