// Uses of members of NumPy's structures as text that can be exchanged for a call of an accessor.
#pragma once

#include <clang/AST/ASTContext.h>
#include <clang/AST/Expr.h>

#include <map>
#include <set>
#include <vector>

#include "source_scan/user_text.h"

namespace abicheck::source_scan {

class ReplaceableMembers {
 public:
  ReplaceableMembers(const Whose& whose, const UserText& text, const clang::ASTContext& context)
      : whose_(whose), text_(text), context_(context) {}

  // `around` are the expressions and statements around the use, which is its last. In a template, and again in what it
  // is instantiated as: only the latter tells all types, but the former tells whether it is NumPy's for all of them.
  void see(const clang::MemberExpr& use, std::string name, llvm::ArrayRef<const clang::Stmt*> around, bool dependent,
           bool instantiated);
  // A member of somebody else's, or that depends on a template's parameter.
  void see_other(clang::SourceLocation member);

  void write(SourceObservations& found) const;

 private:
  struct Seen {
    std::set<Replaceable> as;
    bool in_pattern = false;  // or in no template at all
  };

  Replaceable describe(const clang::MemberExpr& use, llvm::ArrayRef<const clang::Stmt*> around) const;

  const Whose& whose_;
  const UserText& text_;
  const clang::ASTContext& context_;
  std::map<clang::SourceLocation, Seen> seen_;  // by where the member's name stands in a file
  std::set<clang::SourceLocation> others_;      // of definitions of macros
};

}  // namespace abicheck::source_scan
