#include "source_scan/tree_uses.h"

#include <clang/AST/RecursiveASTVisitor.h>

#include <map>
#include <set>

#include "source_scan/api_calls.h"
#include "source_scan/clang_unit.h"
#include "source_scan/constant_uses.h"
#include "source_scan/function_flow.h"
#include "source_scan/replaceable_members.h"

namespace abicheck::source_scan {

namespace {

// Whoever has an object of this type made it to be registered.
constexpr llvm::StringLiteral kOwnStructure = "PyArray_Descr";

std::string_view kind_of(const clang::ValueDecl& declaration) {
  if (llvm::isa<clang::FunctionDecl>(declaration)) return "function";
  return llvm::isa<clang::EnumConstantDecl>(declaration) ? "enumerator" : "variable";
}

class TreeCollector : public clang::RecursiveASTVisitor<TreeCollector> {
 public:
  TreeCollector(clang::ASTContext& context, const Roots& roots, const VersionBlocks& blocks,
                const PreprocessorUses& seen_before, SourceObservations& found)
      : context_(context),
        whose_(context.getSourceManager(), roots),
        text_(whose_, blocks, context.getLangOpts()),
        replaceable_(whose_, text_, context),
        names_of_api_(whose_, context.getLangOpts()),
        blocks_(blocks),
        seen_before_(seen_before),
        found_(found) {}

  // Templates are looked at as they are instantiated: only then are their names known.
  bool shouldVisitTemplateInstantiations() const { return true; }

  void run() {
    for (std::size_t i = 0; i < found_.uses.size(); ++i)
      found_.uses[i].guarded = blocks_.is_guarded(whose_, seen_before_.places[i]);
    note_names(*context_.getTranslationUnitDecl());
    for (clang::Decl* declaration : context_.getTranslationUnitDecl()->decls()) {
      if (whose_.user(declaration->getLocation())) TraverseDecl(declaration);
    }
    drop_renamed();
    replaceable_.write(found_);
  }

  bool dataTraverseStmtPre(clang::Stmt* statement) {
    around_.push_back(statement);
    return true;
  }
  bool dataTraverseStmtPost(clang::Stmt*) {
    around_.pop_back();
    return true;
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
  bool TraverseCXXDestructorDecl(clang::CXXDestructorDecl* function) {
    return around(function, [&] { return RecursiveASTVisitor::TraverseCXXDestructorDecl(function); });
  }
  bool TraverseCXXConversionDecl(clang::CXXConversionDecl* function) {
    return around(function, [&] { return RecursiveASTVisitor::TraverseCXXConversionDecl(function); });
  }
  bool TraverseVarDecl(clang::VarDecl* variable) {
    if (function_ != nullptr || !variable->hasInit()) return RecursiveASTVisitor::TraverseVarDecl(variable);
    const std::string outer = node_;
    node_ = variable->getQualifiedNameAsString();
    const bool on = RecursiveASTVisitor::TraverseVarDecl(variable);
    node_ = outer;
    return on;
  }

  // What is around an expression is visited before it.
  bool VisitBinaryOperator(clang::BinaryOperator* operation) {
    if (operation->isAssignmentOp()) member_is(operation->getLHS(), "written");
    return see(*operation);
  }
  bool VisitUnaryOperator(clang::UnaryOperator* operation) {
    if (operation->isIncrementDecrementOp()) member_is(operation->getSubExpr(), "written");
    if (operation->getOpcode() == clang::UO_AddrOf) member_is(operation->getSubExpr(), "address");
    return true;
  }
  bool VisitVarDecl(clang::VarDecl* variable) {
    note_descriptor(*variable);
    return see(*variable);
  }
  bool VisitForStmt(clang::ForStmt* loop) { return see(*loop); }
  bool VisitCaseStmt(clang::CaseStmt* label) { return see(*label); }

  bool VisitDeclRefExpr(clang::DeclRefExpr* use) {
    see(*use);
    const clang::ValueDecl& target = *use->getDecl();
    if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(&target)) note_undeclared(*function);
    if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(&target); variable && !variable->hasGlobalStorage())
      return true;
    const auto* field = llvm::dyn_cast<clang::FieldDecl>(&target);
    if (field != nullptr && whose_.numpy(field->getLocation())) {
      add(use->getLocation(), member_name(*field), "member", "address");
    } else if (whose_.numpy(target.getLocation())) {
      add(use->getLocation(), target.getName().str(), kind_of(target));
    }
    return true;
  }

  bool VisitMemberExpr(clang::MemberExpr* use) {
    const auto* field = llvm::dyn_cast<clang::FieldDecl>(use->getMemberDecl());
    if (field == nullptr || !whose_.numpy(field->getLocation())) {
      if (use->getMemberLoc().isMacroID()) replaceable_.see_other(use->getMemberLoc());
      return true;
    }
    const clang::QualType base =
        use->isArrow() ? use->getBase()->getType()->getPointeeType() : use->getBase()->getType();
    const std::string structure = name_of(base, *field->getParent());
    const bool own = !use->isArrow() && structure == kOwnStructure &&
                     llvm::isa<clang::DeclRefExpr>(use->getBase()->IgnoreParenImpCasts());
    const auto how = how_.find(use);
    const std::string name = structure + "." + field->getNameAsString();
    add(use->getMemberLoc(), name, "member", own ? "own" : how != how_.end() ? how->second : "read");
    if (!own && is_users(use->getMemberLoc())) {
      const bool dependent = function_ != nullptr && function_->isDependentContext();
      const bool instantiated = function_ != nullptr && function_->isTemplateInstantiation();
      replaceable_.see(*use, name, around_, dependent, instantiated);
    }
    return true;
  }
  bool VisitCXXDependentScopeMemberExpr(clang::CXXDependentScopeMemberExpr* use) {
    if (use->getMemberLoc().isMacroID()) replaceable_.see_other(use->getMemberLoc());
    return true;
  }

  bool VisitDesignatedInitExpr(clang::DesignatedInitExpr* list) {
    for (const clang::DesignatedInitExpr::Designator& one : list->designators()) {
      const clang::FieldDecl* field = one.isFieldDesignator() ? one.getFieldDecl() : nullptr;
      if (field != nullptr && whose_.numpy(field->getLocation()))
        add(one.getFieldLoc(), member_name(*field), "member", "own");
    }
    return true;
  }

  // Two numbers for a complex one: a structure's members, or what only clang takes for its real and imaginary part.
  bool VisitInitListExpr(clang::InitListExpr* list) {
    if (context_.getLangOpts().CPlusPlus || list->getNumInits() != 2 || !whose_.user(list->getBeginLoc())) return true;
    const auto* name = list->getType()->getAs<clang::TypedefType>();
    if (name == nullptr || !whose_.numpy(name->getDecl()->getLocation())) return true;
    const std::string type = name->getDecl()->getNameAsString();
    if (llvm::StringRef(type).starts_with("npy_c"))
      found_.initializers.push_back({whose_.place(list->getBeginLoc()), type, "type", node_});
    return true;
  }

  bool VisitTypedefTypeLoc(clang::TypedefTypeLoc use) {
    const clang::TypedefNameDecl& name = *use.getTypedefNameDecl();
    if (whose_.numpy(name.getLocation())) add(use.getBeginLoc(), name.getNameAsString(), "type");
    return true;
  }

  bool VisitRecoveryExpr(clang::RecoveryExpr*) {
    broken_ = true;
    return true;
  }

  bool VisitCallExpr(clang::CallExpr* call) {
    see(*call);
    followed_ = followed_ || is_worth_following(*call, names_of_api_);
    return true;
  }

 private:
  // C drops values of a list for which the structure has no members.
  void note_descriptor(const clang::VarDecl& variable) {
    const bool listed = variable.hasInit() && llvm::isa<clang::InitListExpr>(variable.getInit());
    if (!listed || context_.getLangOpts().CPlusPlus || !whose_.user(variable.getLocation())) return;
    const auto* name = variable.getType()->getAs<clang::TypedefType>();
    if (name == nullptr || !whose_.numpy(name->getDecl()->getLocation()) || name->getDecl()->getName() != kOwnStructure)
      return;
    found_.initializers.push_back({whose_.place(variable.getLocation()), kOwnStructure.str(), "type", node_, "own",
                                   blocks_.is_guarded(whose_, variable.getTypeSpecStartLoc())});
  }

  template <typename Node>
  bool see(const Node& node) {
    if (constants_ != nullptr) constants_->see(node);
    return true;
  }

  template <typename Traverse>
  bool around(clang::FunctionDecl* function, Traverse traverse) {
    const clang::FunctionDecl* outer_function = std::exchange(function_, function);
    const std::string outer = node_;
    if (function->isThisDeclarationADefinition()) node_ = function->getQualifiedNameAsString();
    const bool outer_followed = std::exchange(followed_, false);
    const bool outer_broken = std::exchange(broken_, false);
    ConstantUses constants(names_of_api_, blocks_, context_);
    ConstantUses* outer_constants = std::exchange(constants_, &constants);
    const bool on = traverse();
    constants.write(node_, found_);
    constants_ = outer_constants;
    if (followed_ && !broken_ && function->isThisDeclarationADefinition() && !function->isDependentContext())
      follow_function(*function, node_, names_of_api_, found_);
    followed_ = outer_followed;
    broken_ = outer_broken;
    function_ = outer_function;
    node_ = outer;
    return on;
  }

  // A macro that is no more than another name stands for what NumPy or the system declares by it. Where nobody does, it
  // only got in the way of a name of the user's: #define fortran fortran_
  void drop_renamed() {
    for (const Renaming& one : seen_before_.renamings) {
      const auto found = context_.getTranslationUnitDecl()->lookup(one.to);
      const bool declared = llvm::any_of(found, [&](const clang::NamedDecl* declaration) {
        return declaration->isImplicit() || !whose_.user(declaration->getLocation());
      });
      if (!declared)
        llvm::erase_if(found_.uses, [&](const NameUse& use) { return use.kind == "macro" && use.name == one.name; });
    }
  }

  // Not what NumPy's own macros name.
  bool is_users(clang::SourceLocation location) const { return !whose_.numpy(location) && whose_.user(location); }

  void add(clang::SourceLocation location, std::string name, std::string_view kind, std::string how = "") {
    if (!is_users(location)) return;
    found_.uses.push_back({whose_.place(location), std::move(name), std::string(kind), node_, std::move(how),
                           blocks_.is_guarded(whose_, location)});
  }

  void member_is(const clang::Expr* expression, const char* how) {
    if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(expression->IgnoreParens())) how_[member] = how;
  }

  // In C++ they stand in extern "C" { ... }.
  void note_names(const clang::DeclContext& declarations) {
    for (const clang::Decl* declaration : declarations.decls()) {
      if (const auto* name = llvm::dyn_cast<clang::TypedefNameDecl>(declaration)) note_name(*name);
      if (const auto* block = llvm::dyn_cast<clang::LinkageSpecDecl>(declaration)) note_names(*block);
    }
  }

  // C before C99 declares a function by its first call; of later ones clang itself tells.
  void note_undeclared(const clang::FunctionDecl& function) {
    if (context_.getLangOpts().C99 || context_.getLangOpts().CPlusPlus) return;
    if (!function.isImplicit() || function.getBuiltinID() != 0 || !undeclared_.insert(&function).second) return;
    const std::string name = function.getNameAsString();
    found_.diagnostics.push_back(
        {whose_.place(function.getLocation()), "error", "call to undeclared function '" + name + "'", {name}, true});
  }

  void note_name(const clang::TypedefNameDecl& name) {
    const clang::RecordDecl* record = name.getUnderlyingType()->getAsRecordDecl();
    if (record != nullptr && whose_.numpy(name.getLocation()))
      names_.try_emplace(record->getCanonicalDecl(), name.getName());
  }

  std::string member_name(const clang::FieldDecl& field) const {
    return name_of({}, *field.getParent()) + "." + field.getNameAsString();
  }

  // As the user names the type, if that is a name of NumPy's: PyArrayObject and not the structure behind it.
  std::string name_of(clang::QualType type, const clang::RecordDecl& record) const {
    while (const auto* name = type.isNull() ? nullptr : type->getAs<clang::TypedefType>()) {
      if (whose_.numpy(name->getDecl()->getLocation())) return name->getDecl()->getNameAsString();
      type = name->desugar();
    }
    const auto found = names_.find(record.getCanonicalDecl());
    return found != names_.end() ? found->second : record.getNameAsString();
  }

  clang::ASTContext& context_;
  Whose whose_;
  UserText text_;
  ReplaceableMembers replaceable_;
  ApiNames names_of_api_;
  const VersionBlocks& blocks_;
  const PreprocessorUses& seen_before_;
  SourceObservations& found_;
  std::set<const clang::FunctionDecl*> undeclared_;
  std::map<const clang::Decl*, std::string> names_;  // of records, as their typedef says
  const clang::FunctionDecl* function_ = nullptr;
  std::string node_;
  std::vector<const clang::Stmt*> around_;               // the expression that is looked at, and what it is a part of
  std::map<const clang::MemberExpr*, std::string> how_;  // what is around it does to it
  ConstantUses* constants_ = nullptr;
  bool broken_ = false;    // there is an error in the function around
  bool followed_ = false;  // the function around has a call for which it is followed
};

}  // namespace

void collect_tree_uses(clang::ASTContext& context, const Roots& roots, const VersionBlocks& blocks,
                       const PreprocessorUses& seen_before, SourceObservations& found) {
  TreeCollector(context, roots, blocks, seen_before, found).run();
}

}  // namespace abicheck::source_scan
