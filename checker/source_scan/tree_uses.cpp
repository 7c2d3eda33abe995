#include "source_scan/tree_uses.h"

#include <clang/AST/ParentMapContext.h>
#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Lex/Lexer.h>

#include <algorithm>
#include <map>

#include "source_scan/clang_unit.h"

namespace abicheck::source_scan {

namespace {

constexpr llvm::StringLiteral kImports[] = {"_import_array", "_import_umath", "PyArray_ImportNumPyAPI",
                                            "PyUFunc_ImportUFuncAPI"};

std::string_view kind_of(const clang::ValueDecl& declaration) {
  if (llvm::isa<clang::FunctionDecl>(declaration)) return "function";
  return llvm::isa<clang::EnumConstantDecl>(declaration) ? "enumerator" : "variable";
}

class Collector : public clang::RecursiveASTVisitor<Collector> {
 public:
  Collector(clang::ASTContext& context, const std::string& root, SourceObservations& found)
      : context_(context), whose_(context.getSourceManager(), root), found_(found) {}

  // Templates are looked at as they are instantiated: only then are their names known.
  bool shouldVisitTemplateInstantiations() const { return true; }

  void run() {
    for (clang::Decl* declaration : context_.getTranslationUnitDecl()->decls()) {
      if (auto* name = llvm::dyn_cast<clang::TypedefNameDecl>(declaration)) note_name(*name);
    }
    for (clang::Decl* declaration : context_.getTranslationUnitDecl()->decls()) {
      if (whose_.user(declaration->getLocation())) TraverseDecl(declaration);
    }
    for (auto& [name, node] : nodes_) found_.nodes.push_back(std::move(node));
  }

  bool TraverseFunctionDecl(clang::FunctionDecl* function) {
    return around(function, [&] { return RecursiveASTVisitor::TraverseFunctionDecl(function); });
  }
  bool TraverseCXXMethodDecl(clang::CXXMethodDecl* function) {
    return around(function, [&] { return RecursiveASTVisitor::TraverseCXXMethodDecl(function); });
  }
  bool TraverseCXXConstructorDecl(clang::CXXConstructorDecl* function) {
    return around(function, [&] { return RecursiveASTVisitor::TraverseCXXConstructorDecl(function); });
  }
  bool TraverseVarDecl(clang::VarDecl* variable) {
    if (function_ != nullptr || !variable->hasInit()) return RecursiveASTVisitor::TraverseVarDecl(variable);
    const std::string outer = node_;
    enter(variable->getQualifiedNameAsString(), !variable->isExternallyVisible());
    const bool on = RecursiveASTVisitor::TraverseVarDecl(variable);
    node_ = outer;
    return on;
  }

  bool VisitDeclRefExpr(clang::DeclRefExpr* use) {
    const clang::ValueDecl& target = *use->getDecl();
    if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(&target); variable && !variable->hasGlobalStorage())
      return true;
    if (whose_.numpy(target.getLocation())) {
      add(use->getLocation(), target.getName().str(), kind_of(target));
    } else if (!node_.empty() && !llvm::isa<clang::EnumConstantDecl>(target)) {
      lead_to(target.getQualifiedNameAsString());
    }
    return true;
  }

  bool VisitMemberExpr(clang::MemberExpr* use) {
    const auto* field = llvm::dyn_cast<clang::FieldDecl>(use->getMemberDecl());
    if (field != nullptr && whose_.numpy(field->getLocation()))
      add(use->getMemberLoc(), name_of(*field->getParent()) + "." + field->getNameAsString(), "member");
    return true;
  }

  bool VisitTypedefTypeLoc(clang::TypedefTypeLoc use) {
    const clang::TypedefNameDecl& name = *use.getTypedefNameDecl();
    if (whose_.numpy(name.getLocation())) add(use.getBeginLoc(), name.getNameAsString(), "type");
    return true;
  }

  bool VisitCallExpr(clang::CallExpr* call) {
    const clang::FunctionDecl* callee = call->getDirectCallee();
    if (callee == nullptr || callee->getDeclName().isIdentifier() == false) return true;
    const llvm::StringRef name = callee->getName();
    if (llvm::find(kImports, name) == std::end(kImports) || !whose_.user(call->getBeginLoc())) return true;
    ImportCall found{whose_.place(call->getBeginLoc()), written_name(call->getBeginLoc(), name), node_, "",
                     is_ignored(*call)};
    if (function_ != nullptr) found.returns = function_->getReturnType().getAsString();
    found_.imports.push_back(std::move(found));
    return true;
  }

 private:
  template <typename Traverse>
  bool around(clang::FunctionDecl* function, Traverse traverse) {
    const clang::FunctionDecl* outer_function = std::exchange(function_, function);
    const std::string outer = node_;
    if (function->isThisDeclarationADefinition())
      enter(function->getQualifiedNameAsString(), !function->isExternallyVisible());
    const bool on = traverse();
    function_ = outer_function;
    node_ = outer;
    return on;
  }

  void enter(const std::string& name, bool is_static) {
    node_ = name;
    nodes_.try_emplace(name, SourceNode{name, {}, is_static});
  }

  void lead_to(const std::string& name) {
    std::vector<std::string>& to = nodes_.at(node_).leads_to;
    if (std::find(to.begin(), to.end(), name) == to.end()) to.push_back(name);
  }

  // Not what NumPy's own macros name.
  void add(clang::SourceLocation location, std::string name, std::string_view kind) {
    if (whose_.numpy(location) || !whose_.user(location)) return;
    found_.uses.push_back({whose_.place(location), std::move(name), std::string(kind), node_});
  }

  void note_name(const clang::TypedefNameDecl& name) {
    const clang::RecordDecl* record = name.getUnderlyingType()->getAsRecordDecl();
    if (record != nullptr && whose_.numpy(name.getLocation()))
      names_.try_emplace(record->getCanonicalDecl(), name.getName());
  }

  std::string name_of(const clang::RecordDecl& record) const {
    const auto found = names_.find(record.getCanonicalDecl());
    return found != names_.end() ? found->second : record.getNameAsString();
  }

  // The outermost of NumPy's macros that the call stands in: import_array is what the user wrote.
  std::string written_name(clang::SourceLocation location, llvm::StringRef callee) const {
    std::string name = callee.str();
    while (location.isMacroID()) {
      if (whose_.sources().isMacroBodyExpansion(location) && whose_.numpy(location))
        name = clang::Lexer::getImmediateMacroName(location, whose_.sources(), context_.getLangOpts()).str();
      location = whose_.sources().getImmediateMacroCallerLoc(location);
    }
    return name;
  }

  bool is_ignored(const clang::Expr& call) const {
    clang::DynTypedNode node = clang::DynTypedNode::create(call);
    for (;;) {
      const auto parents = context_.getParents(node);
      if (parents.size() != 1) return false;
      const auto* expression = parents[0].get<clang::Expr>();
      const auto* cast = llvm::dyn_cast_or_null<clang::CastExpr>(expression);
      if (expression != nullptr && !llvm::isa<clang::ParenExpr>(expression) && cast == nullptr &&
          !llvm::isa<clang::FullExpr>(expression))
        return false;
      if (expression == nullptr) return parents[0].get<clang::CompoundStmt>() != nullptr;
      node = parents[0];
    }
  }

  clang::ASTContext& context_;
  Whose whose_;
  SourceObservations& found_;
  std::map<const clang::Decl*, std::string> names_;  // of records, as their typedef says
  std::map<std::string, SourceNode> nodes_;
  const clang::FunctionDecl* function_ = nullptr;
  std::string node_;
};

}  // namespace

void collect_tree_uses(clang::ASTContext& context, const std::string& root, SourceObservations& found) {
  Collector(context, root, found).run();
}

}  // namespace abicheck::source_scan
