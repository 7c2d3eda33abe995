#include "source_scan/version_guards.h"

#include <clang/AST/ExprCXX.h>

#include <algorithm>

namespace abicheck::source_scan {

namespace {

std::optional<std::uint32_t> constant(const clang::Expr& expression, const clang::ASTContext& context) {
  clang::Expr::EvalResult value;
  if (expression.isValueDependent() || !expression.EvaluateAsInt(value, context)) return std::nullopt;
  return static_cast<std::uint32_t>(value.Val.getInt().getZExtValue());
}

RunningGuards of_comparison(const clang::BinaryOperator& compare, const ApiTables& tables,
                            const clang::ASTContext& context) {
  clang::BinaryOperatorKind kind = compare.getOpcode();
  const clang::Expr* version = compare.getLHS();
  const clang::Expr* other = compare.getRHS();
  const auto is_version = [&](const clang::Expr& side) {
    return tables.is_running_version(side, false) || tables.is_running_version(side, true);
  };
  if (!is_version(*version)) {
    std::swap(version, other);
    kind = clang::BinaryOperator::reverseComparisonOp(kind);
  }
  if (!is_version(*version)) return {};
  auto number = constant(*other, context);
  if (!number) return {};
  std::uint32_t above = *number + 1;
  if (tables.is_running_version(*version, true)) number = above = kAnyVersion;
  switch (kind) {
    case clang::BO_GE:
      return {*number, 0};
    case clang::BO_GT:
      return {above, 0};
    case clang::BO_LT:
      return {0, *number};
    case clang::BO_LE:
      return {0, above};
    case clang::BO_EQ:
      return {*number, 0};
    default:
      return {};
  }
}

}  // namespace

RunningGuards running_guards(const clang::Expr& condition, const ApiTables& tables, const clang::ASTContext& context) {
  const clang::Expr* plain = condition.IgnoreParenCasts();
  if (const auto* unary = llvm::dyn_cast<clang::UnaryOperator>(plain); unary && unary->getOpcode() == clang::UO_LNot) {
    const RunningGuards guards = running_guards(*unary->getSubExpr(), tables, context);
    return {guards.otherwise, guards.then};
  }
  // NPY_LIKELY(condition)
  if (const auto* call = llvm::dyn_cast<clang::CallExpr>(plain)) {
    const clang::FunctionDecl* callee = call->getDirectCallee();
    const bool expect = callee != nullptr && callee->getDeclName().isIdentifier() &&
                        callee->getName() == "__builtin_expect" && call->getNumArgs() == 2;
    return expect ? running_guards(*call->getArg(0), tables, context) : RunningGuards{};
  }
  const auto* binary = llvm::dyn_cast<clang::BinaryOperator>(plain);
  if (binary == nullptr) return {};
  if (binary->isComparisonOp()) return of_comparison(*binary, tables, context);
  if (!binary->isLogicalOp()) return {};
  const RunningGuards left = running_guards(*binary->getLHS(), tables, context);
  const RunningGuards right = running_guards(*binary->getRHS(), tables, context);
  if (binary->getOpcode() == clang::BO_LAnd) return {std::max(left.then, right.then), 0};
  return {0, std::max(left.otherwise, right.otherwise)};
}

bool leaves(const clang::Stmt* statement) {
  if (statement == nullptr) return false;
  if (const auto* block = llvm::dyn_cast<clang::CompoundStmt>(statement))
    return !block->body_empty() && leaves(block->body_back());
  if (const auto* expression = llvm::dyn_cast<clang::Expr>(statement)) {
    const auto* call = llvm::dyn_cast<clang::CallExpr>(expression->IgnoreParenCasts());
    const clang::FunctionDecl* callee = call != nullptr ? call->getDirectCallee() : nullptr;
    return llvm::isa<clang::CXXThrowExpr>(expression->IgnoreParenCasts()) ||
           (callee != nullptr && callee->isNoReturn());
  }
  return llvm::isa<clang::ReturnStmt, clang::GotoStmt, clang::BreakStmt, clang::ContinueStmt>(statement);
}

}  // namespace abicheck::source_scan
