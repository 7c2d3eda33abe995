#include "source_scan/api_flow.h"

#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Lex/Lexer.h>

#include <algorithm>
#include <map>
#include <set>

#include "source_scan/api_tables.h"
#include "source_scan/step_list.h"
#include "source_scan/unit_nodes.h"
#include "source_scan/version_guards.h"

namespace abicheck::source_scan {

namespace {

constexpr llvm::StringLiteral kRunDefinition = "PyModuleDef_Init";
// Whether a label or a case stands in it.
bool may_be_jumped_to(const clang::Stmt& statement) {
  if (llvm::isa<clang::LabelStmt, clang::SwitchCase>(statement)) return true;
  return llvm::any_of(statement.children(),
                      [](const clang::Stmt* inner) { return inner != nullptr && may_be_jumped_to(*inner); });
}

class Collector : public clang::RecursiveASTVisitor<Collector> {
 public:
  using Base = clang::RecursiveASTVisitor<Collector>;

  Collector(clang::ASTContext& context, const Roots& roots, const VersionBlocks& blocks, SourceObservations& found)
      : context_(context),
        whose_(context.getSourceManager(), roots),
        blocks_(blocks),
        tables_(context, whose_),
        found_(found),
        nodes_(context) {}

  // Templates are looked at as they are instantiated, and constructors that nobody wrote run as well.
  bool shouldVisitTemplateInstantiations() const { return true; }
  bool shouldVisitImplicitCode() const { return true; }

  void run() {
    if (tables_.all().empty() && !has_init_function(*context_.getTranslationUnitDecl())) return;
    for (clang::Decl* declaration : context_.getTranslationUnitDecl()->decls()) {
      if (whose_.user(declaration->getLocation())) TraverseDecl(declaration);
    }
    add_dropped();
    found_.tables = tables_.all();
    std::sort(found_.accesses.begin(), found_.accesses.end());
    found_.accesses.erase(std::unique(found_.accesses.begin(), found_.accesses.end()), found_.accesses.end());
    nodes_.write(found_);
  }

  bool TraverseFunctionDecl(clang::FunctionDecl* function) {
    return around(function, [&] { return Base::TraverseFunctionDecl(function); });
  }
  bool TraverseCXXMethodDecl(clang::CXXMethodDecl* function) {
    return around(function, [&] { return Base::TraverseCXXMethodDecl(function); });
  }
  bool TraverseCXXConstructorDecl(clang::CXXConstructorDecl* function) {
    return around(function, [&] { return Base::TraverseCXXConstructorDecl(function); });
  }
  bool TraverseCXXDestructorDecl(clang::CXXDestructorDecl* function) {
    return around(function, [&] { return Base::TraverseCXXDestructorDecl(function); });
  }
  bool TraverseCXXConversionDecl(clang::CXXConversionDecl* function) {
    return around(function, [&] { return Base::TraverseCXXConversionDecl(function); });
  }

  bool TraverseVarDecl(clang::VarDecl* variable) {
    if (variable->getDeclContext()->isDependentContext()) return true;
    if (node_ != nullptr || !variable->hasInit() || llvm::isa<clang::ParmVarDecl>(variable))
      return Base::TraverseVarDecl(variable);
    UnitNode& node = enter(*variable);
    node.steps = nodes_.run_by_python(*variable);
    node.is_root |= context_.DeclMustBeEmitted(variable);
    node.at_load |= node.is_root && context_.getLangOpts().CPlusPlus && !variable->hasConstantInitialization();
    const bool on = Base::TraverseVarDecl(variable);
    node_ = nullptr;
    return on;
  }

  bool TraverseIfStmt(clang::IfStmt* statement) {
    const RunningGuards guards = running_guards(*statement->getCond(), tables_, context_);
    WalkUpFromIfStmt(statement);
    if (!TraverseStmt(statement->getInit()) || !TraverseStmt(statement->getConditionVariableDeclStmt()) ||
        !TraverseStmt(statement->getCond()))
      return false;
    if (steps_.is_sure()) steps_.next_statement();
    return steps_.unsure([&] {
      return traverse_guarded(statement->getThen(), guards.then) &&
             traverse_guarded(statement->getElse(), guards.otherwise);
    });
  }
  bool TraverseConditionalOperator(clang::ConditionalOperator* choice) {
    const RunningGuards guards = running_guards(*choice->getCond(), tables_, context_);
    return TraverseStmt(choice->getCond()) && steps_.unsure([&] {
      return traverse_guarded(choice->getTrueExpr(), guards.then) &&
             traverse_guarded(choice->getFalseExpr(), guards.otherwise);
    });
  }
  bool TraverseBinaryOperator(clang::BinaryOperator* binary) {
    if (!binary->isLogicalOp()) return Base::TraverseBinaryOperator(binary);
    const RunningGuards guards = running_guards(*binary->getLHS(), tables_, context_);
    const std::uint32_t guard = binary->getOpcode() == clang::BO_LAnd ? guards.then : guards.otherwise;
    return TraverseStmt(binary->getLHS()) && steps_.unsure([&] { return traverse_guarded(binary->getRHS(), guard); });
  }
  bool TraverseBinaryConditionalOperator(clang::BinaryConditionalOperator* choice) {
    return steps_.unsure([&] { return Base::TraverseBinaryConditionalOperator(choice); });
  }
  bool TraverseGenericSelectionExpr(clang::GenericSelectionExpr* choice) {
    return steps_.unsure([&] { return Base::TraverseGenericSelectionExpr(choice); });
  }
  bool TraverseChooseExpr(clang::ChooseExpr* choice) {
    return steps_.unsure([&] { return Base::TraverseChooseExpr(choice); });
  }
  bool TraverseStmtExpr(clang::StmtExpr* block) {
    return steps_.unsure([&] { return Base::TraverseStmtExpr(block); });
  }
  bool TraverseLambdaExpr(clang::LambdaExpr* lambda) {
    return steps_.unsure([&] { return Base::TraverseLambdaExpr(lambda); });
  }
  bool TraverseCXXNoexceptExpr(clang::CXXNoexceptExpr*) { return true; }
  // if (PyArray_RUNTIME_VERSION < NPY_2_0_API_VERSION) return -1; guards what follows.
  bool TraverseCompoundStmt(clang::CompoundStmt* block) {
    const std::uint32_t outer = guard_;
    const bool outer_behind = behind_return_;
    bool on = true;
    for (clang::Stmt* statement : block->body()) {
      discard(statement);
      if (behind_return_ && may_be_jumped_to(*statement)) behind_return_ = false;
      on = on && traverse_in_order(statement);
      behind_return_ |= llvm::isa<clang::ReturnStmt>(statement);
      const auto* choice = llvm::dyn_cast<clang::IfStmt>(statement);
      if (choice == nullptr || choice->getElse() != nullptr || !leaves(choice->getThen())) continue;
      guard_ = std::max(guard_, running_guards(*choice->getCond(), tables_, context_).otherwise);
    }
    guard_ = outer;
    behind_return_ = outer_behind;
    return on;
  }
  // Not evaluated.
  bool TraverseUnaryExprOrTypeTraitExpr(clang::UnaryExprOrTypeTraitExpr*) { return true; }

  bool VisitIfStmt(clang::IfStmt* statement) {
    discard(statement->getThen());
    discard(statement->getElse());
    return true;
  }
  bool VisitForStmt(clang::ForStmt* loop) { return discard(loop->getBody()); }
  bool VisitWhileStmt(clang::WhileStmt* loop) { return discard(loop->getBody()); }
  bool VisitDoStmt(clang::DoStmt* loop) { return discard(loop->getBody()); }
  bool VisitSwitchCase(clang::SwitchCase* label) { return discard(label->getSubStmt()); }
  bool VisitLabelStmt(clang::LabelStmt* label) { return discard(label->getSubStmt()); }

  bool VisitArraySubscriptExpr(clang::ArraySubscriptExpr* expression) {
    const auto read = tables_.slot_read(*expression);
    if (!read) return true;
    seen_.insert(read->table);
    add(expression->getExprLoc(), TableAccess::Kind::kSlot, tables_.find(*read->table->getDecl())->symbol, read->slot);
    return true;
  }
  // Looking at the pointer itself, as in PyArray_API == NULL, is neither.
  bool VisitImplicitCastExpr(clang::ImplicitCastExpr* cast) {
    const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(cast->getSubExpr()->IgnoreParens());
    if (cast->getCastKind() != clang::CK_LValueToRValue || name == nullptr) return true;
    const ApiVariable* variable = tables_.find(*name->getDecl());
    if (variable != nullptr && !variable->is_version && seen_.insert(name).second) looked_at_errors();
    return true;
  }

  bool VisitDeclRefExpr(clang::DeclRefExpr* use) {
    const clang::ValueDecl& target = *use->getDecl();
    if (const ApiVariable* variable = tables_.find(target)) {
      if (variable->is_version) add(use->getLocation(), TableAccess::Kind::kVersion, variable->symbol, -1);
      if (!variable->is_version && seen_.count(use) == 0)
        add(use->getLocation(), TableAccess::Kind::kFill, variable->symbol, -1);
      return true;
    }
    if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(&target)) {
      if (of_numpy(*function)) {
        use_inline(*function, use->getLocation());
      } else if (function->getDeclName().isIdentifier() && function->getName() == "PyErr_Occurred") {
        looked_at_errors();
      }
      lead_to(function);
    } else if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(&target)) {
      if (variable->isFileVarDecl() || variable->isStaticDataMember()) lead_to(variable);
    }
    return true;
  }
  bool VisitMemberExpr(clang::MemberExpr* use) {
    const clang::ValueDecl* member = use->getMemberDecl();
    if (llvm::isa<clang::FunctionDecl, clang::VarDecl>(member)) lead_to(member);
    return true;
  }
  bool VisitCXXConstructExpr(clang::CXXConstructExpr* expression) {
    lead_to(expression->getConstructor());
    const clang::CXXRecordDecl* record = expression->getConstructor()->getParent();
    if (const clang::CXXDestructorDecl* destructor = record->getDestructor()) lead_to(destructor);
    if (record->isPolymorphic()) lead_to_virtual(*record);
    return true;
  }
  bool VisitCXXInheritedCtorInitExpr(clang::CXXInheritedCtorInitExpr* expression) {
    lead_to(expression->getConstructor());
    return true;
  }
  bool VisitLambdaExpr(clang::LambdaExpr* lambda) {
    lead_to(lambda->getCallOperator());
    return true;
  }
  bool VisitCXXDefaultArgExpr(clang::CXXDefaultArgExpr* expression) { return TraverseStmt(expression->getExpr()); }
  bool VisitCXXDefaultInitExpr(clang::CXXDefaultInitExpr* expression) { return TraverseStmt(expression->getExpr()); }

  bool VisitCallExpr(clang::CallExpr* call) {
    const clang::FunctionDecl* callee = call->getDirectCallee();
    if (callee != nullptr) note_call(*call, *callee);
    if (inner_ != nullptr || function_ == nullptr || callee == nullptr) return true;
    if (!of_numpy(*callee)) {
      if (discarded_.count(call) != 0 && !callee->getReturnType()->isVoidType() && whose_.user(callee->getLocation()))
        dropped_here_.push_back({callee->getCanonicalDecl(), import_call(*call, callee->getName())});
      return true;
    }
    for (const TableAccess& access : accesses_of(*callee)) {
      if (access.kind != TableAccess::Kind::kFill) continue;
      ImportCall found = import_call(*call, callee->getName());
      found.symbol = access.symbol;
      imports_here_.push_back(std::move(found));
    }
    return true;
  }

  bool VisitReturnStmt(clang::ReturnStmt* statement) {
    if (inner_ != nullptr || function_ == nullptr) return true;
    const clang::Expr* value = statement->getRetValue();
    if (!whose_.numpy(statement->getReturnLoc())) {
      clang::Expr::EvalResult number;
      if (value != nullptr && !value->isValueDependent() && value->getType()->isIntegralOrEnumerationType() &&
          value->EvaluateAsInt(number, context_))
        returns_zero_ |= number.Val.getInt() == 0;
      return true;
    }
    if (value == nullptr || is_users(value->IgnoreParenImpCasts()->getBeginLoc())) return true;
    macro_returns_.insert(whose_.place(statement->getReturnLoc()));
    return true;
  }

 private:
  template <typename Traverse>
  bool around(clang::FunctionDecl* function, Traverse traverse) {
    if (function->isDependentContext()) return true;
    if (!function->isThisDeclarationADefinition()) return traverse();
    const auto outer = std::tuple(function_, node_, guard_, returns_zero_, behind_return_);
    StepList outer_steps = std::exchange(steps_, {});
    const std::vector<ImportCall> outer_imports = std::exchange(imports_here_, {});
    const std::vector<Dropped> outer_dropped = std::exchange(dropped_here_, {});
    const std::set<SourcePlace> outer_returns = std::exchange(macro_returns_, {});
    function_ = function;
    guard_ = 0;
    behind_return_ = false;
    returns_zero_ = function->isMain();
    UnitNode& node = enter(*function);
    node.is_root |= context_.DeclMustBeEmitted(function);
    node.at_load |= function->hasAttr<clang::ConstructorAttr>();
    const bool on = traverse();
    finish_imports(function->getReturnType());
    nodes_.at(node_).steps = steps_.take();
    steps_ = std::move(outer_steps);
    std::tie(function_, node_, guard_, returns_zero_, behind_return_) = outer;
    imports_here_ = outer_imports;
    dropped_here_ = outer_dropped;
    macro_returns_ = outer_returns;
    return on;
  }

  ImportCall import_call(const clang::CallExpr& call, llvm::StringRef callee) {
    ImportCall found;
    found.place = whose_.place(call.getBeginLoc());
    found.name = written_name(call.getBeginLoc(), callee);
    found.function = function_->getQualifiedNameAsString();
    found.returns = function_->getReturnType().getAsString();
    found.ignored = discarded_.count(&call) != 0;
    found.node = nodes_.name_of(node_);
    return found;
  }

  void finish_imports(clang::QualType returns) {
    for (ImportCall& call : imports_here_) {
      if (macro_returns_.count(call.place) != 0) {
        call.macro_returns = returns->isVoidType()                            ? "nothing"
                             : returns->isPointerType()                       ? "pointer"
                             : returns->isIntegralOrUnscopedEnumerationType() ? "number"
                                                                              : "other";
        call.zero_is_success = returns_zero_;
      }
      // The macros return from it; who calls _import_array() itself may have dealt with what it says.
      if (!returns->isVoidType() && llvm::StringRef(call.name).starts_with("import_"))
        importing_.insert({node_, call.symbol});
      found_.imports.push_back(std::move(call));
    }
    dropped_.insert(dropped_.end(), std::make_move_iterator(dropped_here_.begin()),
                    std::make_move_iterator(dropped_here_.end()));
  }

  // Calls of the user's own functions that import and return whether they could.
  void add_dropped() {
    for (auto& [callee, call] : dropped_) {
      const auto importing = importing_.find(callee);
      if (importing == importing_.end()) continue;
      call.symbol = importing->second;
      found_.imports.push_back(std::move(call));
    }
  }

  // One of the statements of a block: whether it is surely done, and what follows it.
  bool traverse_in_order(clang::Stmt* statement) {
    if (!steps_.is_sure()) return TraverseStmt(statement);
    steps_.next_statement();
    const bool plain =
        llvm::isa<clang::Expr, clang::DeclStmt, clang::ReturnStmt, clang::CompoundStmt, clang::IfStmt, clang::NullStmt>(
            statement);
    const bool on = plain ? TraverseStmt(statement) : steps_.unsure([&] { return TraverseStmt(statement); });
    if (llvm::isa<clang::ReturnStmt>(statement) || may_be_jumped_to(*statement)) steps_.end();
    return on;
  }

  bool traverse_guarded(clang::Stmt* statement, std::uint32_t guard) {
    const std::uint32_t outer = guard_;
    guard_ = std::max(guard_, guard);
    const bool on = TraverseStmt(statement);
    guard_ = outer;
    return on;
  }

  // Nothing looks at what the expression gives.
  bool discard(const clang::Stmt* statement) {
    if (const auto* expression = llvm::dyn_cast_or_null<clang::Expr>(statement)) {
      if (const auto* full = llvm::dyn_cast<clang::FullExpr>(expression)) expression = full->getSubExpr();
      discarded_.insert(expression->IgnoreParenCasts());
    }
    return true;
  }

  // Who asks afterwards whether there is an error has not ignored it.
  void looked_at_errors() {
    if (inner_ != nullptr || node_ == nullptr) return;
    nodes_.at(node_).looks_at_errors = true;
    for (ImportCall& call : imports_here_) call.ignored = false;
    dropped_here_.clear();
  }

  // Also PyDataType_ELSIZE, whose name a macro of NumPy's puts together.
  bool of_numpy(const clang::FunctionDecl& function) const {
    return whose_.numpy(whose_.sources().getFileLoc(function.getLocation()));
  }

  UnitNode& enter(const clang::Decl& declaration) {
    node_ = declaration.getCanonicalDecl();
    return nodes_.at(node_);
  }

  // Functions of NumPy's headers are not nodes: what they do counts as done where they are called.
  void lead_to(const clang::Decl* target) {
    if (inner_ != nullptr || node_ == nullptr || !whose_.user(target->getLocation())) return;
    const clang::Decl* key = target->getCanonicalDecl();
    if (key == node_) return;
    nodes_.at(node_).leads_to.insert(key);
    steps_.add(SourceStep::Kind::kMention, nodes_.name_of(key));
  }

  // What is called is no mere mention any more.
  void note_call(const clang::CallExpr& call, const clang::FunctionDecl& callee) {
    if (inner_ != nullptr || node_ == nullptr || !steps_.is_sure()) return;
    const clang::Decl* run = callee.getCanonicalDecl();
    const clang::Expr* through = call.getCallee();
    if (callee.getDeclName().isIdentifier() && callee.getName() == kRunDefinition && call.getNumArgs() == 1) {
      through = call.getArg(0);
      const clang::ValueDecl* definition = named_in(*through);
      run = definition == nullptr ? nullptr : definition->getCanonicalDecl();
    }
    if (run == nullptr || run == node_ || !whose_.user(run->getLocation())) return;
    steps_.add(SourceStep::Kind::kCall, nodes_.name_of(run));
  }

  // An object's type says which functions a virtual call may reach.
  void lead_to_virtual(const clang::CXXRecordDecl& record) {
    for (const clang::CXXMethodDecl* method : record.methods()) {
      if (method->isVirtual()) lead_to(method);
    }
    for (const clang::CXXBaseSpecifier& base : record.bases()) {
      if (const clang::CXXRecordDecl* parent = base.getType()->getAsCXXRecordDecl()) lead_to_virtual(*parent);
    }
  }

  void add(clang::SourceLocation location, TableAccess::Kind kind, const std::string& symbol, int slot) {
    TableAccess access;
    access.kind = kind;
    access.symbol = symbol;
    access.slot = slot;
    access.guard = std::max(guard_, block_guard(location));
    access.asks_running = guard_ != 0;
    if (inner_ != nullptr) {
      inner_->push_back(std::move(access));
    } else if (node_ != nullptr) {
      access.is_behind_return = behind_return_;
      access.place = whose_.place(location);
      access.node = nodes_.name_of(node_);
      note_access(access);
      found_.accesses.push_back(std::move(access));
    }
  }

  // What an inline function of NumPy's reads it may read only now and then.
  void note_access(const TableAccess& access) {
    if (access.kind == TableAccess::Kind::kFill) steps_.add(SourceStep::Kind::kFill, access.symbol);
    if (access.kind == TableAccess::Kind::kSlot && access.through.empty() && guard_ == 0 && steps_.is_sure())
      steps_.add(SourceStep::Kind::kSlot, access.symbol, access.place, access.slot);
  }

  void use_inline(const clang::FunctionDecl& function, clang::SourceLocation location) {
    const std::uint32_t guard = std::max(guard_, block_guard(location));
    for (TableAccess access : accesses_of(function)) {
      access.guard = std::max(access.guard, guard);
      access.asks_running |= guard_ != 0;
      if (inner_ != nullptr) {
        inner_->push_back(std::move(access));
      } else if (node_ != nullptr) {
        access.place = whose_.place(location);
        access.node = nodes_.name_of(node_);
        access.through = function.getName().str();
        access.is_behind_return = behind_return_;
        note_access(access);
        found_.accesses.push_back(std::move(access));
      }
    }
  }

  // What an inline function of NumPy's headers does with the tables; one that fills a table looks at it only to check.
  const std::vector<TableAccess>& accesses_of(const clang::FunctionDecl& function) {
    const auto [found, is_new] = inline_.try_emplace(function.getCanonicalDecl());
    const clang::FunctionDecl* definition = nullptr;
    if (!is_new || !function.hasBody(definition)) return found->second;
    std::vector<TableAccess> accesses;
    std::vector<TableAccess>* outer = std::exchange(inner_, &accesses);
    const std::uint32_t outer_guard = std::exchange(guard_, 0);
    StepList outer_steps = std::exchange(steps_, {});
    TraverseStmt(definition->getBody());
    steps_ = std::move(outer_steps);
    inner_ = outer;
    guard_ = outer_guard;
    const auto fills = [](const TableAccess& access) { return access.kind == TableAccess::Kind::kFill; };
    if (std::any_of(accesses.begin(), accesses.end(), fills))
      std::erase_if(accesses, [&](const TableAccess& access) { return !fills(access); });
    return found->second = std::move(accesses);
  }

  // By #if around the place, or around the macro that brought the text there.
  std::uint32_t block_guard(clang::SourceLocation location) const {
    const clang::SourceManager& sources = whose_.sources();
    std::uint32_t guard = 0;
    for (;;) {
      const clang::SourceLocation spelled = sources.getSpellingLoc(location);
      if (!sources.getFilename(spelled).ends_with("_api.h")) guard = std::max(guard, blocks_.around(sources, spelled));
      if (location.isFileID()) return guard;
      location = sources.getImmediateMacroCallerLoc(location);
    }
  }

  bool is_users(clang::SourceLocation location) const {
    const clang::SourceLocation spelled = whose_.sources().getSpellingLoc(location);
    return !whose_.numpy(spelled) && whose_.user(spelled);
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

  static bool has_init_function(const clang::DeclContext& declarations) {
    return llvm::any_of(declarations.decls(), [](const clang::Decl* declaration) {
      if (const auto* linkage = llvm::dyn_cast<clang::LinkageSpecDecl>(declaration)) return has_init_function(*linkage);
      const auto* function = llvm::dyn_cast<clang::FunctionDecl>(declaration);
      return function != nullptr && function->getDeclName().isIdentifier() &&
             function->getName().starts_with("PyInit_");
    });
  }

  clang::ASTContext& context_;
  Whose whose_;
  const VersionBlocks& blocks_;
  ApiTables tables_;
  SourceObservations& found_;

  UnitNodes nodes_;
  std::map<const clang::Decl*, std::vector<TableAccess>> inline_;  // of NumPy's inline functions
  std::vector<TableAccess>* inner_ = nullptr;                      // while one of these is looked at

  const clang::FunctionDecl* function_ = nullptr;
  const clang::Decl* node_ = nullptr;
  std::uint32_t guard_ = 0;
  bool returns_zero_ = false;
  bool behind_return_ = false;  // in statements of a block behind its return
  struct Dropped {
    const clang::Decl* callee;
    ImportCall call;
  };
  StepList steps_;                        // of the function
  std::vector<ImportCall> imports_here_;  // of the function
  std::vector<Dropped> dropped_here_;     // calls in it whose result nothing looks at
  std::vector<Dropped> dropped_;
  std::map<const clang::Decl*, std::string> importing_;  // functions that return something, with the table's symbol
  std::set<SourcePlace> macro_returns_;
  std::set<const clang::Expr*> discarded_;
  std::set<const clang::DeclRefExpr*> seen_;  // names of tables that were looked at in what they stand in
};

}  // namespace

void collect_api_flow(clang::ASTContext& context, const Roots& roots, const VersionBlocks& blocks,
                      SourceObservations& found) {
  Collector(context, roots, blocks, found).run();
}

}  // namespace abicheck::source_scan
