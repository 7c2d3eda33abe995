// How a function uses the pointers that NumPy's functions return: found once in its text, for the flow through it.
#pragma once

#include <clang/AST/Expr.h>
#include <clang/AST/Stmt.h>
#include <llvm/ADT/DenseMap.h>

#include <string>
#include <vector>

#include "source_scan/api_calls.h"

namespace abicheck::source_scan {

enum class Role {
  kTested,    // compared with a null pointer
  kTrusted,   // taken for an object: dereferenced, or given to an accessor
  kTarget,    // assigned to
  kReleased,  // Py_DECREF and the like
  kArgument,  // given to a function of NumPy's
  kOther      // returned, stored, given to anybody else
};

struct VariableUse {
  Role role = Role::kOther;
  std::string name;  // of the function, accessor or member
};

struct Maker {
  const clang::CallExpr* call;
  const clang::VarDecl* variable;
  ApiCall api;
  bool plain;  // a statement of its own: nothing around it can look at the pointer
};

struct ArrayRoles {
  std::vector<Maker> makers;
  llvm::DenseMap<const void*, unsigned> made_at;  // BinaryOperator or VarDecl -> index of its maker
  llvm::DenseMap<const clang::BinaryOperator*, const clang::VarDecl*> assigned;  // anything else
  llvm::DenseMap<const clang::VarDecl*, std::string> read_as;   // what the data of its array is taken for
  llvm::DenseMap<const clang::DeclRefExpr*, VariableUse> uses;  // what is not here is kOther
};

// A local variable that is a pointer, behind parentheses and casts; null for everything else.
const clang::DeclRefExpr* local_pointer(const clang::Expr* expression);
// The variable that a condition compares with null, and whether it is null where the condition holds.
struct NullTest {
  const clang::VarDecl* variable = nullptr;
  bool null_if_true = false;
};
NullTest null_test(const clang::Expr* condition, const clang::ASTContext& context);

// Whether a call makes something that may be null: it goes through a table and returns a pointer.
bool is_maker(const clang::CallExpr& call, const ApiCall& api);

ArrayRoles find_array_roles(const clang::Stmt* body, const ApiNames& names, const clang::ASTContext& context);

}  // namespace abicheck::source_scan
