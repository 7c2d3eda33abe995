// The functions of a unit and its variables at file scope, what each leads to, and what of them is compiled.
#pragma once

#include <clang/AST/ASTContext.h>
#include <clang/AST/Decl.h>
#include <clang/AST/Expr.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/source_observations.h"

namespace abicheck::source_scan {

// &definition, (void *)execute: what such an expression names; null where it names nothing.
const clang::ValueDecl* named_in(const clang::Expr& expression);

struct UnitNode {
  std::set<const clang::Decl*> leads_to;
  bool looks_at_errors = false;
  bool is_root = false, at_load = false;
  std::vector<SourceStep> steps;
};

class UnitNodes {
 public:
  explicit UnitNodes(clang::ASTContext& context) : context_(context) {}

  // By its canonical declaration; made where there is none.
  UnitNode& at(const clang::Decl* declaration) { return nodes_[declaration]; }
  // What the linker joins units by: the name in C, and what stands for the mangled one in C++.
  const std::string& name_of(const clang::Decl* declaration);
  // What Python runs of a PyModuleDef, or of its slots, when it makes the module: PyModuleDef_Init(&definition).
  std::vector<SourceStep> run_by_python(const clang::VarDecl& variable);

  // Those that are compiled.
  void write(SourceObservations& found);

 private:
  clang::ASTContext& context_;
  std::map<const clang::Decl*, UnitNode> nodes_;
  std::map<const clang::Decl*, std::string> names_;
};

}  // namespace abicheck::source_scan
