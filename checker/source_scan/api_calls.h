// Calls of NumPy's functions, by the names that the user wrote. Most functions are macros that call an entry of a
// table: (*(PyObject * (*)(...))PyArray_API[69]); the others are inline functions of the headers.
#pragma once

#include <clang/AST/Expr.h>
#include <clang/Basic/LangOptions.h>

#include <optional>
#include <string>

#include "source_scan/clang_unit.h"

namespace abicheck::source_scan {

inline const clang::Expr* stripped(const clang::Expr* expression) {
  return expression == nullptr ? nullptr : expression->IgnoreParenCasts();
}

struct ApiCall {
  std::string name;     // "PyArray_FromAny"
  std::string written;  // the outermost of NumPy's macros that the call stands in: "PyArray_FROM_OTF"
  bool table = false;
};

class ApiNames {
 public:
  ApiNames(const Whose& whose, const clang::LangOptions& language) : whose_(whose), language_(language) {}

  std::optional<ApiCall> call(const clang::CallExpr& call) const;
  // The outermost of NumPy's macros whose text holds this place; `otherwise` when there is none.
  std::string written(clang::SourceLocation location, std::string otherwise) const;
  // The outermost macro of anybody's.
  std::string outermost(clang::SourceLocation location, std::string otherwise) const;
  // Whether the place is an argument of one of these macros, or stands in their text.
  bool inside(clang::SourceLocation location, llvm::ArrayRef<llvm::StringLiteral> macros) const;
  const Whose& whose() const { return whose_; }

 private:
  const Whose& whose_;
  const clang::LangOptions& language_;
};

}  // namespace abicheck::source_scan
