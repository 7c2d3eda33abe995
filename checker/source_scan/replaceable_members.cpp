#include "source_scan/replaceable_members.h"

#include <clang/AST/ExprCXX.h>
#include <clang/AST/StmtCXX.h>
#include <llvm/ADT/StringExtras.h>

namespace abicheck::source_scan {

namespace {

using Around = llvm::ArrayRef<const clang::Stmt*>;

// The innermost that is no parenthesis; what is around it is left in `around`.
const clang::Stmt* next(Around& around) {
  while (!around.empty()) {
    const clang::Stmt* one = around.back();
    around = around.drop_back();
    if (!llvm::isa<clang::ParenExpr, clang::ExprWithCleanups, clang::ConstantExpr>(one)) return one;
  }
  return nullptr;
}

bool is_arithmetic(clang::BinaryOperatorKind kind) {
  switch (kind) {
    case clang::BO_Mul:
    case clang::BO_Div:
    case clang::BO_Rem:
    case clang::BO_Add:
    case clang::BO_Sub:
    case clang::BO_And:
    case clang::BO_Or:
    case clang::BO_Xor:
      return true;
    default:
      return false;
  }
}

bool is_integer_cast(const clang::Expr& cast) {
  const auto* implicit = llvm::dyn_cast<clang::ImplicitCastExpr>(&cast);
  return implicit != nullptr &&
         (implicit->getCastKind() == clang::CK_IntegralCast || implicit->getCastKind() == clang::CK_NoOp);
}

class Types {
 public:
  explicit Types(const clang::ASTContext& context) : context_(context), cplusplus_(context.getLangOpts().CPlusPlus) {}

  // Whether a wider integer in the place of this expression could show: as one of the arguments after "...", or where
  // C++ takes the type of a variable or a function from it.
  bool shows(const clang::Stmt* child, Around around) const {
    const bool in_lambda =
        llvm::any_of(around, [](const clang::Stmt* one) { return llvm::isa<clang::LambdaExpr>(one); });
    while (const clang::Stmt* parent = next(around)) {
      if (const auto* cast = llvm::dyn_cast<clang::ImplicitCastExpr>(parent)) {
        if (!is_integer_cast(*cast)) return false;  // to a floating point number, a truth value
        child = cast;
        continue;
      }
      if (const auto* operation = llvm::dyn_cast<clang::BinaryOperator>(parent)) {
        const bool goes_on = is_arithmetic(operation->getOpcode()) && !operation->getType()->isPointerType();
        const bool shift = operation->isShiftOp() && within(operation->getLHS(), child);
        const bool comma = operation->getOpcode() == clang::BO_Comma && within(operation->getRHS(), child);
        if (!goes_on && !shift && !comma) return false;
        child = operation;
        continue;
      }
      if (const auto* choice = llvm::dyn_cast<clang::ConditionalOperator>(parent)) {
        if (within(choice->getCond(), child)) return false;
        child = choice;
        continue;
      }
      if (const auto* unary = llvm::dyn_cast<clang::UnaryOperator>(parent)) {
        if (unary->getOpcode() == clang::UO_LNot) return false;
        child = unary;
        continue;
      }
      if (const auto* call = llvm::dyn_cast<clang::CallExpr>(parent)) return cplusplus_ || shows_in(*call, child);
      if (const auto* declared = llvm::dyn_cast<clang::DeclStmt>(parent)) return cplusplus_ && deduces(*declared);
      if (llvm::isa<clang::ExplicitCastExpr, clang::ArraySubscriptExpr>(parent)) return false;
      if (llvm::isa<clang::InitListExpr>(parent)) return cplusplus_;
      if (llvm::isa<clang::ReturnStmt>(parent)) return in_lambda;
      if (!llvm::isa<clang::Expr>(parent)) return false;  // a condition, a statement of its own
      return true;
    }
    return cplusplus_;  // the initializer of a variable that is in no function
  }

 private:
  static bool within(const clang::Expr* side, const clang::Stmt* child) {
    return side == child || side->IgnoreParens() == child;
  }

  static bool shows_in(const clang::CallExpr& call, const clang::Stmt* child) {
    const clang::QualType callee = call.getCallee()->getType();
    const clang::QualType pointee = callee->isPointerType() ? callee->getPointeeType() : callee;
    const auto* type = pointee->getAs<clang::FunctionProtoType>();
    if (type == nullptr) return true;
    for (unsigned i = 0; i < call.getNumArgs() && i < type->getNumParams(); ++i) {
      if (within(call.getArg(i), child)) return false;
    }
    return true;
  }

  static bool deduces(const clang::DeclStmt& declared) {
    return llvm::any_of(declared.decls(), [](const clang::Decl* one) {
      const auto* variable = llvm::dyn_cast<clang::VarDecl>(one);
      return variable == nullptr || variable->getType()->getContainedAutoType() != nullptr ||
             variable->getType()->isReferenceType() || variable->getInitStyle() != clang::VarDecl::CInit;
    });
  }

  const clang::ASTContext& context_;
  bool cplusplus_;
};

// Nobody looks at the value of the expression.
bool is_statement(const clang::Stmt* expression, Around around) {
  while (!around.empty() && llvm::isa<clang::ParenExpr, clang::ExprWithCleanups>(around.back())) {
    expression = around.back();
    around = around.drop_back();
  }
  if (around.empty()) return false;
  const clang::Stmt* parent = around.back();
  if (llvm::isa<clang::CompoundStmt>(parent)) {
    const bool value = around.size() > 1 && llvm::isa<clang::StmtExpr>(around[around.size() - 2]);
    return !value || llvm::cast<clang::CompoundStmt>(parent)->body_back() != expression;
  }
  if (const auto* choice = llvm::dyn_cast<clang::IfStmt>(parent))
    return choice->getThen() == expression || choice->getElse() == expression;
  if (const auto* loop = llvm::dyn_cast<clang::ForStmt>(parent))
    return loop->getBody() == expression || loop->getInc() == expression || loop->getInit() == expression;
  if (const auto* loop = llvm::dyn_cast<clang::WhileStmt>(parent)) return loop->getBody() == expression;
  if (const auto* loop = llvm::dyn_cast<clang::DoStmt>(parent)) return loop->getBody() == expression;
  if (const auto* loop = llvm::dyn_cast<clang::CXXForRangeStmt>(parent)) return loop->getBody() == expression;
  if (const auto* label = llvm::dyn_cast<clang::SwitchCase>(parent)) return label->getSubStmt() == expression;
  return llvm::isa<clang::LabelStmt>(parent);
}

// Whether the same text twice does the same: no calls, no assignments, no macros.
bool is_plain(const clang::Expr& expression) {
  if (expression.getBeginLoc().isMacroID() || expression.getEndLoc().isMacroID()) return false;
  const clang::Expr* plain = expression.IgnoreParenImpCasts();
  if (llvm::isa<clang::DeclRefExpr, clang::IntegerLiteral, clang::CXXThisExpr>(plain)) return true;
  if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(plain))
    return member->isImplicitAccess() || is_plain(*member->getBase());
  if (const auto* element = llvm::dyn_cast<clang::ArraySubscriptExpr>(plain))
    return is_plain(*element->getLHS()) && is_plain(*element->getRHS());
  if (const auto* unary = llvm::dyn_cast<clang::UnaryOperator>(plain))
    return !unary->isIncrementDecrementOp() && is_plain(*unary->getSubExpr());
  const auto* binary = llvm::dyn_cast<clang::BinaryOperator>(plain);
  return binary != nullptr && is_arithmetic(binary->getOpcode()) && is_plain(*binary->getLHS()) &&
         is_plain(*binary->getRHS());
}

bool names_numpy(const clang::Expr& expression, const Whose& whose) {
  const clang::Expr* plain = expression.IgnoreParenImpCasts();
  const auto* member = llvm::dyn_cast<clang::MemberExpr>(plain);
  if (member != nullptr && whose.numpy(member->getMemberDecl()->getLocation())) return true;
  return llvm::any_of(plain->children(), [&](const clang::Stmt* child) {
    const auto* part = llvm::dyn_cast_or_null<clang::Expr>(child);
    return part != nullptr && names_numpy(*part, whose);
  });
}

// "value", "typed", "cast" or "mask" of what is read; empty when it is not.
std::string how_read(const clang::Stmt* parent, Around around, const clang::ASTContext& context) {
  const auto* load = llvm::dyn_cast_or_null<clang::ImplicitCastExpr>(parent);
  if (load == nullptr || load->getCastKind() != clang::CK_LValueToRValue) return "";
  Around outer = around;
  const clang::Stmt* user = next(outer);
  if (load->getType()->isPointerType()) {
    if (llvm::isa_and_nonnull<clang::CStyleCastExpr, clang::CXXReinterpretCastExpr>(user)) return "cast";
    const auto* cast = llvm::dyn_cast_or_null<clang::ImplicitCastExpr>(user);
    return cast != nullptr && cast->getType()->isVoidPointerType() ? "cast" : "value";
  }
  while (user != nullptr && llvm::isa<clang::Expr>(user) && is_integer_cast(*llvm::cast<clang::Expr>(user)))
    user = next(outer);
  const Types types(context);
  const auto* mask = llvm::dyn_cast_or_null<clang::BinaryOperator>(user);
  if (mask != nullptr && mask->getOpcode() == clang::BO_And && !types.shows(mask, outer)) return "mask";
  return load->getType()->isIntegerType() && types.shows(load, around) ? "typed" : "value";
}

}  // namespace

void ReplaceableMembers::see_other(clang::SourceLocation member) {
  const clang::SourceLocation at = text_.written(member);
  if (at.isMacroID()) others_.insert(text_.sources().getSpellingLoc(at));
}

void ReplaceableMembers::see(const clang::MemberExpr& use, std::string name, Around around, bool dependent,
                             bool instantiated) {
  // A list in braces is visited as it was written, too, where nothing is converted yet.
  for (const clang::Stmt* one : around) {
    const auto* list = llvm::dyn_cast<clang::InitListExpr>(one);
    if (list != nullptr && list->isSyntacticForm() && list->getSemanticForm() != nullptr) return;
  }
  const clang::SourceLocation at = text_.written(use.getMemberLoc());
  Seen& seen = seen_[text_.sources().getSpellingLoc(at)];
  seen.in_pattern = seen.in_pattern || !instantiated;
  if (dependent && !instantiated) return;
  Replaceable found = describe(use, around);
  found.place = whose_.place(use.getMemberLoc());
  found.name = std::move(name);
  seen.as.insert(std::move(found));
}

namespace {

Replaceable not_possible(std::string why) {
  Replaceable found;
  found.problem = std::move(why);
  return found;
}

}  // namespace

Replaceable ReplaceableMembers::describe(const clang::MemberExpr& use, Around around) const {
  const clang::SourceLocation at = text_.written(use.getMemberLoc());
  if (!text_.may_change(text_.sources().getSpellingLoc(at)))
    return not_possible("it stands where only some versions of NumPy are meant, or in a file of somebody else's");
  const auto name = text_.range(at, at, at);
  const auto base =
      use.isImplicitAccess() ? std::nullopt : text_.range(use.getBase()->getBeginLoc(), use.getBase()->getEndLoc(), at);
  if (!name || !base) return not_possible("a macro makes it of several pieces");
  const auto between = clang::CharSourceRange::getCharRange(base->getEnd(), name->getBegin());
  if (text_.text(between).trim(" \t\r\n\\") != (use.isArrow() ? "->" : "."))
    return not_possible("more than an arrow or a dot stands before the member's name");

  Replaceable found;
  found.text = text_.span(clang::CharSourceRange::getCharRange(base->getEnd(), name->getEnd()));
  found.in_macro = at.isMacroID();
  found.base = text_.span(*base);
  found.arrow = use.isArrow();
  const clang::QualType type = use.isArrow() ? use.getBase()->getType()->getPointeeType() : use.getBase()->getType();
  if (type.isVolatileQualified()) return not_possible("what it is a member of is volatile");
  found.base_const = type.isConstQualified();
  found.base_comma = has_comma_of_its_own(text_.text(*base));
  const bool ascii = llvm::all_of(text_.text(*base), [](char c) { return llvm::isASCII(c); });
  if (ascii && !found.in_macro && is_plain(*use.getBase()) && !names_numpy(*use.getBase(), whose_))
    found.base_text = text_.text(*base).str();

  around = around.drop_back();
  const clang::Stmt* parent = next(around);
  found.how = how_read(parent, around, context_);
  if (!found.how.empty()) return found;
  const auto* address = llvm::dyn_cast_or_null<clang::UnaryOperator>(parent);
  if (address != nullptr && address->getOpcode() == clang::UO_AddrOf) return not_possible("its address is taken");
  const auto* assign = llvm::dyn_cast_or_null<clang::BinaryOperator>(parent);
  if (assign == nullptr || !assign->isAssignmentOp() || assign->getLHS()->IgnoreParens() != &use)
    return not_possible(address != nullptr ? "it is counted up or down in place"
                                           : "more is done with it than reading or setting its value");
  if (!is_statement(assign, around)) return not_possible("the value of its assignment is used");
  found.how = "set";
  found.operation = assign->getOpcodeStr().str();
  const clang::Expr* value = assign->getRHS();
  const auto* inverted = llvm::dyn_cast<clang::UnaryOperator>(value->IgnoreImpCasts());
  if (found.operation == "&=" && inverted != nullptr && inverted->getOpcode() == clang::UO_Not) {
    found.operation = "&= ~";
    value = inverted->getSubExpr();
  }
  const auto range = text_.range(value->getBeginLoc(), value->getEndLoc(), at);
  if (!range) return not_possible("a macro makes it of several pieces");
  const auto before = clang::CharSourceRange::getCharRange(name->getEnd(), range->getBegin());
  std::string operation;
  for (const char c : text_.text(before)) {
    if (!llvm::isSpace(c) && c != '\\') operation += c;
  }
  const std::string wanted = found.operation == "&= ~" ? "&=~" : found.operation;
  if (operation != wanted) return not_possible("a comment or a parenthesis stands in its assignment");
  if (has_comma_of_its_own(text_.text(*range))) return not_possible("a comma stands in the value that is assigned");
  found.value = text_.span(*range);
  return found;
}

void ReplaceableMembers::write(SourceObservations& found) const {
  for (const auto& [at, seen] : seen_) {
    if (seen.as.empty()) continue;
    const auto add = [&](const Replaceable& one, std::string problem) {
      found.replaceable.push_back(one);
      if (!problem.empty()) {
        found.replaceable.back() = Replaceable{one.place, one.name, std::move(problem)};
      }
    };
    // All uses of one text want the same, but for the place where the user reads them.
    std::set<Replaceable> wanted;
    for (Replaceable one : seen.as) {
      one.place = {};
      wanted.insert(std::move(one));
    }
    const bool foreign = others_.count(at) != 0;
    for (const Replaceable& one : seen.as) {
      if (!one.problem.empty()) {
        add(one, one.problem);
      } else if (!seen.in_pattern) {
        add(one, "another instantiation of the template may not mean NumPy's member");
      } else if (foreign || wanted.size() > 1) {
        add(one, "the same text means something else at another place");
      } else {
        add(one, "");
      }
    }
  }
  for (const clang::SourceLocation at : others_) found.other_members.push_back(whose_.place(at));
}

}  // namespace abicheck::source_scan
