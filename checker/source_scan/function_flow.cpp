#include "source_scan/function_flow.h"

#include <clang/AST/ASTContext.h>
#include <clang/Analysis/CFG.h>
#include <llvm/ADT/BitVector.h>

#include <algorithm>
#include <deque>

#include "source_scan/array_roles.h"

namespace abicheck::source_scan {

namespace {

// They take the array over, or end what WRITEBACKIFCOPY began.
constexpr llvm::StringLiteral kEnding[] = {
    "PyArray_ResolveWritebackIfCopy", "PyArray_DiscardWritebackIfCopy", "PyArray_XDECREF_ERR",        "PyArray_Return",
    "PyArray_SetBaseObject",          "PyArray_SetWritebackIfCopyBase", "PyArray_SetUpdateIfCopyBase"};
constexpr llvm::StringLiteral kRelease = "PyEval_SaveThread";
constexpr llvm::StringLiteral kTaking[] = {"PyEval_RestoreThread", "PyEval_AcquireThread", "PyEval_AcquireLock",
                                           "PyGILState_Ensure", "PyGILState_Release"};
constexpr llvm::StringLiteral kDefaultInteger = "NPY_DEFAULT_INT";
constexpr llvm::StringLiteral kErrorLook = "PyErr_Occurred";

llvm::StringRef callee_of(const clang::CallExpr& call) {
  const clang::FunctionDecl* callee = call.getDirectCallee();
  return callee != nullptr && callee->getDeclName().isIdentifier() ? callee->getName() : "";
}

// What holds at one point: which pointers (by their maker) nothing has looked at, which arrays are still to be ended,
// and the call that released the GIL on every way here; null when the GIL is held.
struct State {
  llvm::BitVector fresh, open;
  const clang::CallExpr* released = nullptr;

  // Whether anything is new.
  bool join(const State& other) {
    const llvm::BitVector old_fresh = fresh, old_open = open;
    fresh |= other.fresh;
    open |= other.open;
    const bool held = released != nullptr && other.released == nullptr;
    if (held) released = nullptr;
    return held || fresh != old_fresh || open != old_open;
  }
};

class Flow {
 public:
  Flow(const clang::FunctionDecl& function, const std::string& name, const ApiNames& names, SourceObservations& found)
      : context_(function.getASTContext()), function_(function), name_(name), names_(names), found_(found) {}

  void run() {
    clang::CFG::BuildOptions options;
    options.setAlwaysAdd(clang::Stmt::DeclRefExprClass)
        .setAlwaysAdd(clang::Stmt::CallExprClass)
        .setAlwaysAdd(clang::Stmt::BinaryOperatorClass)
        .setAlwaysAdd(clang::Stmt::ImplicitCastExprClass)
        .setAlwaysAdd(clang::Stmt::UnaryOperatorClass);
    graph_ = clang::CFG::buildCFG(&function_, function_.getBody(), &context_, options);
    if (graph_ == nullptr) return;
    roles_ = find_array_roles(function_.getBody(), names_, context_);
    trusted_.resize(roles_.makers.size());
    left_.resize(roles_.makers.size());
    settle();
    report_ = true;
    for (const clang::CFGBlock* block : *graph_) {
      if (reached_[block->getBlockID()]) leave(*block, through(*block));
    }
    write();
  }

 private:
  struct Trusted {
    std::optional<SourcePlace> place;
    std::string by;
  };

  void settle() {
    State nothing{llvm::BitVector(roles_.makers.size()), llvm::BitVector(roles_.makers.size()), nullptr};
    in_.assign(graph_->getNumBlockIDs(), nothing);
    reached_.assign(graph_->getNumBlockIDs(), false);
    std::deque<const clang::CFGBlock*> open{&graph_->getEntry()};
    reached_[graph_->getEntry().getBlockID()] = true;
    while (!open.empty()) {
      const clang::CFGBlock& block = *open.front();
      open.pop_front();
      const State out = through(block);
      for (unsigned i = 0; i < block.succ_size(); ++i) {
        const clang::CFGBlock* next = (block.succ_begin() + i)->getReachableBlock();
        if (next == nullptr) continue;
        const unsigned id = next->getBlockID();
        const State edge = on_edge(block, i, out);
        const bool first = !reached_[id];
        if (first) in_[id] = edge;
        reached_[id] = true;
        if (first || in_[id].join(edge)) open.push_back(next);
      }
    }
  }

  // Where the condition says that a pointer is null there is no array.
  State on_edge(const clang::CFGBlock& block, unsigned successor, State state) const {
    if (block.succ_size() != 2) return state;
    const NullTest test = null_test(block.getLastCondition(), context_);
    if (test.variable != nullptr && (successor == 0) == test.null_if_true) drop(test.variable, state);
    return state;
  }

  State through(const clang::CFGBlock& block) {
    State state = in_[block.getBlockID()];
    for (const clang::CFGElement& element : block) {
      const auto statement = element.getAs<clang::CFGStmt>();
      if (!statement) continue;
      const clang::Stmt* what = statement->getStmt();
      if (const auto* use = llvm::dyn_cast<clang::DeclRefExpr>(what)) {
        see_use(*use, state);
      } else if (const auto* call = llvm::dyn_cast<clang::CallExpr>(what)) {
        see_call(*call, state);
      } else if (const auto* operation = llvm::dyn_cast<clang::BinaryOperator>(what)) {
        see_assignment(operation, state);
      } else if (const auto* declaration = llvm::dyn_cast<clang::DeclStmt>(what)) {
        for (const clang::Decl* one : declaration->decls()) {
          if (const auto made = roles_.made_at.find(one); made != roles_.made_at.end()) make(made->second, state);
        }
      }
    }
    return state;
  }

  void see_use(const clang::DeclRefExpr& use, State& state) {
    const auto* variable = llvm::dyn_cast<clang::VarDecl>(use.getDecl());
    if (variable == nullptr || (state.fresh.none() && state.open.none())) return;
    const auto found = roles_.uses.find(&use);
    const VariableUse how = found == roles_.uses.end() ? VariableUse{} : found->second;
    if (how.role == Role::kTarget) return;
    const bool ends = how.role == Role::kOther ||
                      (how.role == Role::kArgument && llvm::is_contained(kEnding, llvm::StringRef(how.name)));
    for (unsigned i = 0; i < roles_.makers.size(); ++i) {
      if (roles_.makers[i].variable != variable) continue;
      if (report_ && how.role == Role::kTrusted && state.fresh[i]) note_trusted(i, use, how.name);
      state.fresh.reset(i);
      if (ends) state.open.reset(i);
    }
  }

  void note_trusted(unsigned maker, const clang::DeclRefExpr& use, const std::string& by) {
    const SourcePlace place = names_.whose().place(use.getLocation());
    if (!trusted_[maker].place || place < *trusted_[maker].place) trusted_[maker] = {place, by};
  }

  void see_assignment(const clang::BinaryOperator* operation, State& state) {
    if (const auto made = roles_.made_at.find(operation); made != roles_.made_at.end())
      return make(made->second, state);
    const auto other = roles_.assigned.find(operation);
    if (other != roles_.assigned.end()) drop(other->second, state);
  }

  void make(unsigned maker, State& state) {
    drop(roles_.makers[maker].variable, state);
    if (roles_.makers[maker].plain) state.fresh.set(maker);
    state.open.set(maker);
  }

  void drop(const clang::VarDecl* variable, State& state) const {
    for (unsigned i = 0; i < roles_.makers.size(); ++i) {
      if (roles_.makers[i].variable != variable) continue;
      state.fresh.reset(i);
      state.open.reset(i);
    }
  }

  void see_call(const clang::CallExpr& call, State& state) {
    const llvm::StringRef name = callee_of(call);
    if (name == kErrorLook) state.fresh.reset();
    if (llvm::is_contained(kTaking, name)) state.released = nullptr;
    if (report_ && state.released != nullptr) note_unlocked(call, *state.released);
    if (name == kRelease) state.released = &call;
  }

  void note_unlocked(const clang::CallExpr& call, const clang::CallExpr& released) {
    auto api = names_.call(call);
    if (!api) return;
    const Whose& whose = names_.whose();
    found_.unlocked.push_back({whose.place(call.getBeginLoc()), std::move(api->written), std::move(api->name),
                               api->table, names_.outermost(released.getBeginLoc(), kRelease.str()),
                               whose.place(released.getBeginLoc()), name_});
  }

  // What is still to be ended where the function ends. What does not come back ends nothing.
  void leave(const clang::CFGBlock& block, const State& state) {
    const bool last = llvm::is_contained(block.succs(), &graph_->getExit());
    if (!last || block.hasNoReturnElement()) return;
    clang::SourceLocation at = function_.getBody()->getEndLoc();
    for (const clang::CFGElement& element : block) {
      const auto statement = element.getAs<clang::CFGStmt>();
      if (statement && llvm::isa<clang::ReturnStmt>(statement->getStmt())) at = statement->getStmt()->getBeginLoc();
    }
    const SourcePlace place = names_.whose().place(at);
    for (const unsigned maker : state.open.set_bits()) {
      if (!left_[maker] || place < *left_[maker]) left_[maker] = place;
    }
  }

  void write() {
    const Whose& whose = names_.whose();
    for (unsigned i = 0; i < roles_.makers.size(); ++i) {
      const Maker& maker = roles_.makers[i];
      if (!whose.user(maker.call->getBeginLoc())) continue;
      ArrayMade made;
      made.place = whose.place(maker.call->getBeginLoc());
      made.name = maker.api.written;
      made.api = maker.api.name;
      for (const clang::Expr* argument : maker.call->arguments()) made.arguments.push_back(constant(*argument));
      made.type = type_number(*maker.call);
      made.variable = maker.variable->getNameAsString();
      made.function = name_;
      made.trusted = trusted_[i].place;
      made.trusted_by = trusted_[i].by;
      made.read_as = roles_.read_as.lookup(maker.variable);
      made.left = left_[i];
      found_.arrays.push_back(std::move(made));
    }
  }

  std::optional<std::int64_t> constant(const clang::Expr& expression) const {
    if (expression.isValueDependent() || !expression.getType()->isIntegralOrEnumerationType()) return std::nullopt;
    clang::Expr::EvalResult value;
    if (!expression.EvaluateAsInt(value, context_)) return std::nullopt;
    return value.Val.getInt().getExtValue();
  }

  // PyArray_DescrFromType(NPY_LONG) among the arguments, where the user wrote the number's name.
  std::string type_number(const clang::CallExpr& call) const {
    for (const clang::Expr* argument : call.arguments()) {
      const auto* inner = llvm::dyn_cast<clang::CallExpr>(argument->IgnoreParenCasts());
      const clang::Expr* number = argument;
      if (inner != nullptr && inner->getNumArgs() == 1 && names_.call(*inner)) number = inner->getArg(0);
      const std::string macro = names_.written(number->getBeginLoc(), "");
      if (macro == kDefaultInteger) return macro;
      const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(number->IgnoreParenCasts());
      if (name == nullptr || !llvm::isa<clang::EnumConstantDecl>(name->getDecl())) continue;
      const Whose& whose = names_.whose();
      if (whose.numpy(name->getDecl()->getLocation()) && !whose.numpy(name->getLocation()))
        return name->getDecl()->getNameAsString();
    }
    return "";
  }

  clang::ASTContext& context_;
  const clang::FunctionDecl& function_;
  const std::string& name_;
  const ApiNames& names_;
  SourceObservations& found_;
  std::unique_ptr<clang::CFG> graph_;
  ArrayRoles roles_;
  std::vector<State> in_;      // by block
  std::vector<bool> reached_;  // by block
  std::vector<Trusted> trusted_;
  std::vector<std::optional<SourcePlace>> left_;
  bool report_ = false;  // everything is settled
};

}  // namespace

bool is_worth_following(const clang::CallExpr& call, const ApiNames& names) {
  if (call.getDirectCallee() != nullptr) return callee_of(call) == kRelease;
  if (!call.getType()->isPointerType()) return false;
  const auto api = names.call(call);
  return api && is_maker(call, *api);
}

void follow_function(const clang::FunctionDecl& function, const std::string& name, const ApiNames& names,
                     SourceObservations& found) {
  Flow(function, name, names, found).run();
}

}  // namespace abicheck::source_scan
