// NumPy's variables behind its macros: PyArray_API, PyUFunc_API and PyArray_RUNTIME_VERSION, under whatever name
// PY_ARRAY_UNIQUE_SYMBOL gives them.
#pragma once

#include <clang/AST/ASTContext.h>
#include <clang/AST/Expr.h>

#include <map>
#include <optional>
#include <string>

#include "model/source_observations.h"
#include "source_scan/clang_unit.h"

namespace abicheck::source_scan {

struct ApiVariable {
  bool is_version = false;  // PyArray_RUNTIME_VERSION
  std::string symbol;       // of the table that it belongs to
};

// A read of one entry: PyArray_API[2], behind casts and dereferences or not.
struct SlotRead {
  const clang::DeclRefExpr* table = nullptr;
  int slot = -1;
};

class ApiTables {
 public:
  ApiTables(const clang::ASTContext& context, const Whose& whose);

  const std::vector<ApiTable>& all() const { return tables_; }
  const ApiVariable* find(const clang::ValueDecl& declaration) const;

  std::optional<SlotRead> slot_read(const clang::ArraySubscriptExpr& expression) const;

  // The API version of the running NumPy: PyArray_RUNTIME_VERSION, PyArray_GetNDArrayCFeatureVersion(). With `abi`
  // the ABI version instead.
  bool is_running_version(const clang::Expr& expression, bool abi) const;

 private:
  void find_in(const clang::DeclContext& declarations, const Whose& whose);
  void add(const clang::VarDecl& variable, bool ufunc);

  const clang::ASTContext& context_;
  std::vector<ApiTable> tables_;
  std::map<const clang::Decl*, ApiVariable> variables_;  // by canonical declaration
};

}  // namespace abicheck::source_scan
