#include "source_scan/array_roles.h"

#include <clang/AST/RecursiveASTVisitor.h>
#include <llvm/ADT/SmallPtrSet.h>

namespace abicheck::source_scan {

namespace {

// Inline functions that read the array they are given. In headers where they are macros the member that they read is
// seen instead.
constexpr llvm::StringLiteral kAccessors[] = {
    "PyArray_NDIM",    "PyArray_DATA",     "PyArray_BYTES",   "PyArray_DIMS",       "PyArray_SHAPE",
    "PyArray_STRIDES", "PyArray_DIM",      "PyArray_STRIDE",  "PyArray_BASE",       "PyArray_DESCR",
    "PyArray_DTYPE",   "PyArray_FLAGS",    "PyArray_HANDLER", "PyArray_ITEMSIZE",   "PyArray_TYPE",
    "PyArray_GETITEM", "PyArray_CHKFLAGS", "PyArray_SETITEM", "PyArray_CLEARFLAGS", "PyArray_ENABLEFLAGS"};

constexpr llvm::StringLiteral kCounting[] = {"Py_DECREF", "Py_XDECREF", "Py_INCREF", "Py_XINCREF",
                                             "Py_CLEAR",  "Py_SETREF",  "Py_XSETREF"};

bool is_null(const clang::Expr* expression, const clang::ASTContext& context) {
  return expression->IgnoreParenCasts()->isNullPointerConstant(const_cast<clang::ASTContext&>(context),
                                                               clang::Expr::NPC_ValueDependentIsNotNull) !=
         clang::Expr::NPCK_NotNull;
}

const clang::BinaryOperator* assignment(const clang::Expr* expression) {
  const auto* operation = llvm::dyn_cast_or_null<clang::BinaryOperator>(stripped(expression));
  return operation != nullptr && operation->getOpcode() == clang::BO_Assign ? operation : nullptr;
}

class Finder : public clang::RecursiveASTVisitor<Finder> {
 public:
  Finder(const ApiNames& names, const clang::ASTContext& context) : names_(names), context_(context) {}

  ArrayRoles take() { return std::move(found_); }

  // These are visited before what is in them.
  bool VisitCompoundStmt(clang::CompoundStmt* block) {
    for (const clang::Stmt* child : block->body()) statement(child);
    return true;
  }
  bool VisitIfStmt(clang::IfStmt* branch) {
    tested(branch->getCond());
    statement(branch->getThen());
    statement(branch->getElse());
    return true;
  }
  bool VisitWhileStmt(clang::WhileStmt* loop) {
    tested(loop->getCond());
    statement(loop->getBody());
    return true;
  }
  bool VisitDoStmt(clang::DoStmt* loop) {
    tested(loop->getCond());
    return true;
  }
  bool VisitForStmt(clang::ForStmt* loop) {
    tested(loop->getCond());
    statement(loop->getBody());
    return true;
  }
  bool VisitAbstractConditionalOperator(clang::AbstractConditionalOperator* choice) {
    tested(choice->getCond());
    return true;
  }

  bool VisitVarDecl(clang::VarDecl* variable) {
    if (variable->hasLocalStorage() && variable->getType()->isPointerType())
      made(variable->getInit(), variable, variable, true);
    return true;
  }

  bool VisitBinaryOperator(clang::BinaryOperator* operation) {
    const clang::Expr* left = operation->getLHS();
    const clang::Expr* right = operation->getRHS();
    if (operation->getOpcode() == clang::BO_Comma) statement(left);
    if (operation->isLogicalOp()) tested(left), tested(right);
    if (operation->isEqualityOp()) {
      if (is_null(right, context_)) tested(left);
      if (is_null(left, context_)) tested(right);
    }
    if (operation->getOpcode() != clang::BO_Assign) return true;
    const clang::DeclRefExpr* target = local_pointer(left);
    if (target == nullptr) return true;
    const auto* variable = llvm::cast<clang::VarDecl>(target->getDecl());
    found_.uses[target] = {Role::kTarget, ""};
    if (!made(right, variable, operation, plain_.contains(operation))) found_.assigned[operation] = variable;
    return true;
  }

  bool VisitUnaryOperator(clang::UnaryOperator* operation) {
    if (operation->getOpcode() == clang::UO_LNot) tested(operation->getSubExpr());
    if (operation->getOpcode() == clang::UO_Deref) trusted(operation->getSubExpr(), operation->getBeginLoc(), "*");
    return true;
  }

  bool VisitMemberExpr(clang::MemberExpr* member) {
    if (member->isArrow())
      trusted(member->getBase(), member->getOperatorLoc(), "->" + member->getMemberDecl()->getNameAsString());
    return true;
  }

  // (long *)PyArray_DATA(a)
  bool VisitCastExpr(clang::CastExpr* cast) {
    const clang::QualType to = cast->getType();
    if (cast->getCastKind() != clang::CK_BitCast || !to->isPointerType()) return true;
    const clang::QualType element = to->getPointeeType().getUnqualifiedType();
    if (element->isVoidType() || element->isCharType()) return true;
    const clang::Expr* data = stripped(cast->getSubExpr());
    const clang::Expr* array = nullptr;
    if (const auto* call = llvm::dyn_cast<clang::CallExpr>(data); call != nullptr && call->getNumArgs() > 0) {
      const auto api = names_.call(*call);
      if (api && (api->name == "PyArray_DATA" || api->name == "PyArray_BYTES")) array = call->getArg(0);
    } else if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(data);
               member != nullptr && member->getMemberDecl()->getDeclName().isIdentifier() &&
               member->getMemberDecl()->getName() == "data") {
      array = member->getBase();
    }
    const clang::DeclRefExpr* use = local_pointer(array);
    if (use != nullptr) found_.read_as.try_emplace(llvm::cast<clang::VarDecl>(use->getDecl()), element.getAsString());
    return true;
  }

  bool VisitDeclRefExpr(clang::DeclRefExpr* use) {
    if (local_pointer(use) != nullptr && names_.inside(use->getLocation(), kCounting))
      found_.uses[use] = {Role::kReleased, ""};
    return true;
  }

  bool VisitCallExpr(clang::CallExpr* call) {
    const auto api = names_.call(*call);
    if (!api) return true;
    const bool accessor = !api->table && llvm::is_contained(kAccessors, llvm::StringRef(api->name));
    for (const clang::Expr* argument : call->arguments()) {
      const clang::DeclRefExpr* use = local_pointer(argument);
      if (use != nullptr) note(use, {accessor ? Role::kTrusted : Role::kArgument, accessor ? api->written : api->name});
    }
    return true;
  }

 private:
  void statement(const clang::Stmt* statement) {
    while (statement != nullptr) {
      if (const auto* label = llvm::dyn_cast<clang::LabelStmt>(statement)) {
        statement = label->getSubStmt();
      } else if (const auto* label = llvm::dyn_cast<clang::SwitchCase>(statement)) {
        statement = label->getSubStmt();
      } else {
        break;
      }
    }
    if (const auto* expression = llvm::dyn_cast_or_null<clang::Expr>(statement)) {
      if (const clang::BinaryOperator* found = assignment(expression->IgnoreImplicit())) plain_.insert(found);
    }
  }

  // What was found first, further out, stays: PyArray_DATA((PyArrayObject *)a) and not the cast in it.
  void note(const clang::DeclRefExpr* use, VariableUse how) { found_.uses.try_emplace(use, std::move(how)); }

  void tested(const clang::Expr* expression) {
    if (const clang::DeclRefExpr* use = local_pointer(expression)) note(use, {Role::kTested, ""});
  }

  void trusted(const clang::Expr* expression, clang::SourceLocation at, std::string name) {
    const clang::DeclRefExpr* use = local_pointer(expression);
    if (use != nullptr) note(use, {Role::kTrusted, names_.written(at, std::move(name))});
  }

  bool made(const clang::Expr* value, const clang::VarDecl* variable, const void* at, bool plain) {
    const auto* call = llvm::dyn_cast_or_null<clang::CallExpr>(stripped(value));
    if (call == nullptr) return false;
    auto api = names_.call(*call);
    if (!api || !is_maker(*call, *api)) return false;
    found_.made_at[at] = static_cast<unsigned>(found_.makers.size());
    found_.makers.push_back({call, variable, std::move(*api), plain});
    return true;
  }

  const ApiNames& names_;
  const clang::ASTContext& context_;
  llvm::SmallPtrSet<const clang::BinaryOperator*, 8> plain_;
  ArrayRoles found_;
};

}  // namespace

const clang::DeclRefExpr* local_pointer(const clang::Expr* expression) {
  const auto* use = llvm::dyn_cast_or_null<clang::DeclRefExpr>(stripped(expression));
  const auto* variable = use != nullptr ? llvm::dyn_cast<clang::VarDecl>(use->getDecl()) : nullptr;
  return variable != nullptr && variable->hasLocalStorage() && variable->getType()->isPointerType() ? use : nullptr;
}

NullTest null_test(const clang::Expr* condition, const clang::ASTContext& context) {
  bool null_if_true = false;
  for (;;) {
    condition = stripped(condition);
    if (condition == nullptr) return {};
    if (const auto* operation = llvm::dyn_cast<clang::UnaryOperator>(condition);
        operation != nullptr && operation->getOpcode() == clang::UO_LNot) {
      null_if_true = !null_if_true;
      condition = operation->getSubExpr();
      continue;
    }
    const auto* operation = llvm::dyn_cast<clang::BinaryOperator>(condition);
    if (operation == nullptr || !operation->isEqualityOp()) break;
    const bool right = is_null(operation->getRHS(), context);
    if (!right && !is_null(operation->getLHS(), context)) return {};
    if (operation->getOpcode() == clang::BO_EQ) null_if_true = !null_if_true;
    condition = right ? operation->getLHS() : operation->getRHS();
  }
  if (const clang::BinaryOperator* set = assignment(condition)) condition = set->getLHS();
  const clang::DeclRefExpr* use = local_pointer(condition);
  if (use == nullptr) return {};
  return {llvm::cast<clang::VarDecl>(use->getDecl()), null_if_true};
}

bool is_maker(const clang::CallExpr& call, const ApiCall& api) {
  return api.table && call.getType()->isPointerType();
}

ArrayRoles find_array_roles(const clang::Stmt* body, const ApiNames& names, const clang::ASTContext& context) {
  Finder finder(names, context);
  finder.TraverseStmt(const_cast<clang::Stmt*>(body));
  return finder.take();
}

}  // namespace abicheck::source_scan
