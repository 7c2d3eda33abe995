// What one function does with constants of NumPy's whose meaning depends on the NumPy, and with arrays of its own that
// have an element for each dimension.
#pragma once

#include <clang/AST/Expr.h>
#include <clang/AST/Stmt.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/source_observations.h"
#include "source_scan/api_calls.h"
#include "source_scan/version_blocks.h"

namespace abicheck::source_scan {

class ConstantUses {
 public:
  ConstantUses(const ApiNames& names, const VersionBlocks& blocks, const clang::ASTContext& context)
      : names_(names), blocks_(blocks), context_(context) {}

  void see(const clang::CallExpr& call);
  void see(const clang::BinaryOperator& operation);
  void see(const clang::VarDecl& variable);
  void see(const clang::ForStmt& loop);
  void see(const clang::CaseStmt& label);
  void see(const clang::DeclRefExpr& use);

  // What all of them showed together.
  void write(const std::string& function, SourceObservations& found);

 private:
  struct Pending {
    ConstantUse use;
    const clang::VarDecl* variable;
  };
  struct Fill {
    SourcePlace place;
    const clang::VarDecl* array;
    std::int64_t length;
  };

  void see_parsing(const clang::CallExpr& call);
  void see_copying(const clang::CallExpr& call);
  // The name by which the user wrote one of the constants; empty for everything else.
  std::string constant(const clang::Expr* expression) const;
  void note(const clang::Expr* expression, std::string role, std::vector<ApiArgument> given,
            const clang::VarDecl* variable = nullptr);
  void assigned(const clang::Expr* value, const clang::VarDecl* variable);
  bool counts_dimensions(const clang::Expr* expression) const;
  void filled(const clang::Expr* array, clang::SourceLocation at);

  const ApiNames& names_;
  const VersionBlocks& blocks_;
  const clang::ASTContext& context_;
  std::vector<Pending> pending_;
  std::map<const clang::VarDecl*, std::vector<ApiArgument>> given_;
  std::set<const clang::VarDecl*> dimensions_;  // variables that hold a number of dimensions
  std::set<const clang::Expr*> bounds_;         // conditions of loops
  std::set<const clang::VarDecl*> indices_;     // of loops over the dimensions
  std::vector<Fill> fills_;
  bool compared_ = false;  // a number of dimensions, with something else than an index
  bool wide_ = false;      // the function knows integers of 64 bits by a name that is right on every platform
};

}  // namespace abicheck::source_scan
