#include "source_scan/api_tables.h"

#include <clang/AST/DeclCXX.h>
#include <clang/Lex/Lexer.h>

#include <algorithm>

namespace abicheck::source_scan {

namespace {

constexpr llvm::StringLiteral kArrayHeader = "/__multiarray_api.h";
constexpr llvm::StringLiteral kUfuncHeader = "/__ufunc_api.h";
constexpr llvm::StringLiteral kRuntimeVersion = "PyArray_RUNTIME_VERSION";
constexpr llvm::StringLiteral kArrayTable = "PyArray_API";

// The macros behind which a call through the table tells the running version.
constexpr llvm::StringLiteral kRunningAbi = "PyArray_GetNDArrayCVersion";
constexpr llvm::StringLiteral kRunningApi = "PyArray_GetNDArrayCFeatureVersion";

}  // namespace

ApiTables::ApiTables(const clang::ASTContext& context, const Whose& whose) : context_(context) {
  find_in(*context.getTranslationUnitDecl(), whose);
}

// In C++ all of it stands in extern "C" { }.
void ApiTables::find_in(const clang::DeclContext& declarations, const Whose& whose) {
  for (const clang::Decl* declaration : declarations.decls()) {
    const clang::SourceLocation place = whose.sources().getExpansionLoc(declaration->getLocation());
    if (const auto* linkage = llvm::dyn_cast<clang::LinkageSpecDecl>(declaration)) {
      find_in(*linkage, whose);
    } else if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(declaration);
               variable != nullptr && variable->getDeclName().isIdentifier() && whose.numpy(place)) {
      // The name may be spelled in the user's #define, so it tells nothing.
      const llvm::StringRef file = whose.sources().getFilename(place);
      if (file.ends_with(kUfuncHeader) || file.ends_with(kArrayHeader)) add(*variable, file.ends_with(kUfuncHeader));
    }
  }
}

void ApiTables::add(const clang::VarDecl& variable, bool ufunc) {
  const llvm::StringRef name = variable.getName();
  const clang::Decl* key = variable.getCanonicalDecl();
  if (variable.getType()->isIntegerType() && name.ends_with(kRuntimeVersion)) {
    const llvm::StringRef prefix = name.drop_back(kRuntimeVersion.size());
    variables_[key] = {true, prefix.empty() ? kArrayTable.str() : prefix.str()};
    return;
  }
  if (!variable.getType()->isPointerType()) return;
  const bool defined = variable.isThisDeclarationADefinition() != clang::VarDecl::DeclarationOnly;
  if (variables_.try_emplace(key, ApiVariable{false, name.str()}).second) {
    tables_.push_back({name.str(), ufunc, !variable.isExternallyVisible(), defined});
  } else if (defined) {
    std::find_if(tables_.begin(), tables_.end(), [&](const ApiTable& table) {
      return table.symbol == name;
    })->is_defined = true;
  }
}

const ApiVariable* ApiTables::find(const clang::ValueDecl& declaration) const {
  const auto found = variables_.find(declaration.getCanonicalDecl());
  return found == variables_.end() ? nullptr : &found->second;
}

std::optional<SlotRead> ApiTables::slot_read(const clang::ArraySubscriptExpr& expression) const {
  const auto number = [&](const clang::Expr& index) -> std::optional<int> {
    clang::Expr::EvalResult value;
    if (index.isValueDependent() || !index.EvaluateAsInt(value, context_)) return std::nullopt;
    return static_cast<int>(value.Val.getInt().getExtValue());
  };
  const clang::Expr* base = expression.getBase()->IgnoreParenImpCasts();
  std::optional<int> slot = number(*expression.getIdx());
  // (PyArray_API + 320)[1]
  if (const auto* sum = llvm::dyn_cast<clang::BinaryOperator>(base); sum && sum->getOpcode() == clang::BO_Add) {
    const std::optional<int> begin = number(*sum->getRHS());
    slot = slot && begin ? std::optional(*slot + *begin) : std::nullopt;
    base = sum->getLHS()->IgnoreParenImpCasts();
  }
  const auto* table = llvm::dyn_cast<clang::DeclRefExpr>(base);
  const ApiVariable* variable = table != nullptr ? find(*table->getDecl()) : nullptr;
  if (variable == nullptr || variable->is_version) return std::nullopt;
  return SlotRead{table, slot.value_or(-1)};
}

bool ApiTables::is_running_version(const clang::Expr& expression, bool abi) const {
  const clang::Expr* plain = expression.IgnoreParenCasts();
  if (const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(plain)) {
    const ApiVariable* variable = find(*name->getDecl());
    return variable != nullptr && variable->is_version && !abi;
  }
  const auto* call = llvm::dyn_cast<clang::CallExpr>(plain);
  const clang::SourceLocation at = call != nullptr ? call->getCallee()->getBeginLoc() : clang::SourceLocation();
  if (!at.isMacroID()) return false;
  return clang::Lexer::getImmediateMacroName(at, context_.getSourceManager(), context_.getLangOpts()) ==
         (abi ? kRunningAbi : kRunningApi);
}

}  // namespace abicheck::source_scan
