#include "source_scan/constant_uses.h"

#include <clang/AST/ASTContext.h>
#include <clang/AST/Decl.h>
#include <clang/AST/ExprCXX.h>
#include <clang/Lex/Lexer.h>

#include <algorithm>

namespace abicheck::source_scan {

namespace {

constexpr llvm::StringLiteral kWatchedMacros[] = {"NPY_MAXDIMS"};
constexpr llvm::StringLiteral kWatchedEnumerators[] = {"NPY_LONG", "NPY_ULONG"};
// What names integers of 64 bits where long has 32.
constexpr llvm::StringLiteral kWide[] = {"NPY_LONGLONG", "NPY_ULONGLONG", "NPY_INT64",      "NPY_UINT64",
                                         "NPY_INTP",     "NPY_UINTP",     "NPY_DEFAULT_INT"};
constexpr llvm::StringLiteral kConverter = "PyArray_AxisConverter";

// A variable of the function, or its address.
const clang::VarDecl* variable_in(const clang::Expr* expression) {
  const clang::Expr* inner = stripped(expression);
  if (const auto* operation = llvm::dyn_cast_or_null<clang::UnaryOperator>(inner);
      operation != nullptr && operation->getOpcode() == clang::UO_AddrOf)
    inner = stripped(operation->getSubExpr());
  const auto* use = llvm::dyn_cast_or_null<clang::DeclRefExpr>(inner);
  const auto* variable = use != nullptr ? llvm::dyn_cast<clang::VarDecl>(use->getDecl()) : nullptr;
  return variable != nullptr && variable->hasLocalStorage() ? variable : nullptr;
}

}  // namespace

std::string ConstantUses::constant(const clang::Expr* expression) const {
  const clang::Expr* inner = stripped(expression);
  const Whose& whose = names_.whose();
  if (const auto* number = llvm::dyn_cast_or_null<clang::IntegerLiteral>(inner)) {
    const clang::SourceLocation at = number->getLocation();
    if (!at.isMacroID() || !whose.numpy(at)) return "";
    const llvm::StringRef name = clang::Lexer::getImmediateMacroName(at, whose.sources(), context_.getLangOpts());
    const clang::SourceLocation user = whose.sources().getImmediateMacroCallerLoc(at);
    return llvm::is_contained(kWatchedMacros, name) && !whose.numpy(user) ? name.str() : "";
  }
  const auto* use = llvm::dyn_cast_or_null<clang::DeclRefExpr>(inner);
  if (use == nullptr || !llvm::isa<clang::EnumConstantDecl>(use->getDecl())) return "";
  const llvm::StringRef name = use->getDecl()->getName();
  const bool watched = llvm::is_contained(kWatchedEnumerators, name) && !whose.numpy(use->getLocation());
  return watched && whose.numpy(use->getDecl()->getLocation()) ? name.str() : "";
}

void ConstantUses::note(const clang::Expr* expression, std::string role, std::vector<ApiArgument> given,
                        const clang::VarDecl* variable) {
  std::string name = constant(expression);
  if (name.empty()) return;
  const clang::SourceLocation location = stripped(expression)->getBeginLoc();
  const bool guarded = blocks_.is_guarded(names_.whose(), location);
  pending_.push_back(
      {{names_.whose().place(location), std::move(name), std::move(role), std::move(given), "", guarded}, variable});
}

void ConstantUses::see(const clang::CallExpr& call) {
  const clang::FunctionDecl* callee = call.getDirectCallee();
  const llvm::StringRef name = callee != nullptr && callee->getDeclName().isIdentifier() ? callee->getName() : "";
  if (callee != nullptr && !names_.whose().numpy(callee->getLocation())) {
    if (name.contains("PyArg_")) see_parsing(call);
    if (name.ends_with("memcpy") || name.ends_with("memmove")) see_copying(call);
    return;
  }
  std::optional<ApiCall> api;
  for (unsigned i = 0; i < call.getNumArgs(); ++i) {
    const clang::Expr* argument = call.getArg(i);
    const clang::VarDecl* variable = variable_in(argument);
    if (variable == nullptr && constant(argument).empty()) continue;
    if (!api) api = names_.call(call);
    if (!api) return;
    if (variable != nullptr) given_[variable].push_back({api->name, i});
    note(argument, "argument", {{api->name, i}});
  }
}

// PyArg_ParseTuple(args, "O&", PyArray_AxisConverter, &axis)
void ConstantUses::see_parsing(const clang::CallExpr& call) {
  for (unsigned i = 1; i < call.getNumArgs(); ++i) {
    const clang::VarDecl* variable = variable_in(call.getArg(i));
    if (variable != nullptr && names_.inside(call.getArg(i - 1)->getExprLoc(), kConverter))
      given_[variable].push_back({kConverter.str(), 1});
  }
}

// memcpy(dims, PyArray_DIMS(a), PyArray_NDIM(a) * sizeof(npy_intp))
void ConstantUses::see_copying(const clang::CallExpr& call) {
  if (call.getNumArgs() != 3) return;
  const auto* size = llvm::dyn_cast<clang::BinaryOperator>(stripped(call.getArg(2)));
  if (size == nullptr || size->getOpcode() != clang::BO_Mul) return;
  if (counts_dimensions(size->getLHS()) || counts_dimensions(size->getRHS()))
    filled(call.getArg(0), call.getBeginLoc());
}

void ConstantUses::see(const clang::BinaryOperator& operation) {
  const clang::Expr* left = operation.getLHS();
  const clang::Expr* right = operation.getRHS();
  if (operation.isEqualityOp()) {
    note(left, "compared", {}, variable_in(right));
    note(right, "compared", {}, variable_in(left));
  }
  if (operation.isComparisonOp() && bounds_.count(&operation) == 0)
    compared_ = compared_ || counts_dimensions(left) || counts_dimensions(right);
  if (operation.getOpcode() != clang::BO_Assign) return;
  if (const clang::VarDecl* variable = variable_in(left)) assigned(right, variable);
  // dims[i] = ... in a loop over the dimensions
  const auto* element = llvm::dyn_cast<clang::ArraySubscriptExpr>(stripped(left));
  if (element == nullptr) return;
  const clang::VarDecl* index = variable_in(element->getIdx());
  if (index != nullptr && indices_.count(index) != 0) filled(element->getBase(), operation.getBeginLoc());
}

void ConstantUses::see(const clang::VarDecl& variable) {
  if (variable.hasLocalStorage() && variable.hasInit()) assigned(variable.getInit(), &variable);
}

void ConstantUses::assigned(const clang::Expr* value, const clang::VarDecl* variable) {
  if (const auto* choice = llvm::dyn_cast_or_null<clang::ConditionalOperator>(stripped(value))) {
    assigned(choice->getTrueExpr(), variable);
    return assigned(choice->getFalseExpr(), variable);
  }
  note(value, "assigned", {}, variable);
  if (counts_dimensions(value)) dimensions_.insert(variable);
}

void ConstantUses::see(const clang::ForStmt& loop) {
  const auto* bound = llvm::dyn_cast_or_null<clang::BinaryOperator>(loop.getCond());
  if (bound == nullptr || !bound->isRelationalOp()) return;
  const clang::VarDecl* index = variable_in(bound->getLHS());
  if (index == nullptr || !counts_dimensions(bound->getRHS())) return;
  bounds_.insert(bound);
  indices_.insert(index);
}

void ConstantUses::see(const clang::CaseStmt& label) {
  note(label.getLHS(), "compared", {});
}

void ConstantUses::see(const clang::DeclRefExpr& use) {
  if (wide_ || !llvm::isa<clang::EnumConstantDecl>(use.getDecl())) return;
  const std::string name = names_.written(use.getLocation(), use.getDecl()->getNameAsString());
  wide_ = llvm::is_contained(kWide, llvm::StringRef(name));
}

// PyArray_NDIM(a), a->nd, or a variable that got one of them.
bool ConstantUses::counts_dimensions(const clang::Expr* expression) const {
  const clang::Expr* inner = stripped(expression);
  if (const auto* call = llvm::dyn_cast_or_null<clang::CallExpr>(inner)) {
    const auto api = names_.call(*call);
    return api && api->name == "PyArray_NDIM";
  }
  if (const auto* member = llvm::dyn_cast_or_null<clang::MemberExpr>(inner)) {
    const clang::ValueDecl& field = *member->getMemberDecl();
    const auto* record = llvm::dyn_cast<clang::RecordDecl>(field.getDeclContext());
    return record != nullptr && field.getName() == "nd" && record->getName().contains("PyArrayObject") &&
           names_.whose().numpy(field.getLocation());
  }
  const clang::VarDecl* variable = variable_in(inner);
  return variable != nullptr && dimensions_.count(variable) != 0;
}

void ConstantUses::filled(const clang::Expr* array, clang::SourceLocation at) {
  const clang::VarDecl* variable = variable_in(array);
  if (variable == nullptr || !names_.whose().user(at)) return;
  const auto* type = context_.getAsConstantArrayType(variable->getType());
  if (type != nullptr) fills_.push_back({names_.whose().place(at), variable, type->getSExtSize()});
}

void ConstantUses::write(const std::string& function, SourceObservations& found) {
  for (Pending& one : pending_) {
    ConstantUse& use = one.use;
    if (use.name != "NPY_MAXDIMS" && use.role == "compared" && wide_) continue;
    if (one.variable != nullptr) use.given = given_[one.variable];
    use.function = function;
    found.constants.push_back(std::move(use));
  }
  if (compared_) return;
  for (const Fill& fill : fills_)
    found.buffers.push_back({fill.place, fill.array->getNameAsString(), fill.length, function});
}

}  // namespace abicheck::source_scan
