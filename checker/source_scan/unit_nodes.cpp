#include "source_scan/unit_nodes.h"

#include <clang/Index/USRGeneration.h>

#include <algorithm>

#include "source_scan/step_list.h"

namespace abicheck::source_scan {

namespace {

constexpr llvm::StringLiteral kDefinition = "PyModuleDef";
constexpr llvm::StringLiteral kDefinitionSlot = "PyModuleDef_Slot";
constexpr int kRunSlot = 2;  // Py_mod_exec

bool is_record(clang::QualType type, llvm::StringRef name) {
  const clang::RecordDecl* record = type->getAsRecordDecl();
  return record != nullptr && record->getName() == name;
}

}  // namespace

const clang::ValueDecl* named_in(const clang::Expr& expression) {
  const clang::Expr* inner = expression.IgnoreParenCasts();
  if (const auto* address = llvm::dyn_cast<clang::UnaryOperator>(inner)) inner = address->getSubExpr();
  const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(inner->IgnoreParenCasts());
  return name == nullptr ? nullptr : name->getDecl();
}

std::vector<SourceStep> UnitNodes::run_by_python(const clang::VarDecl& variable) {
  const auto* values = llvm::dyn_cast<clang::InitListExpr>(variable.getInit()->IgnoreImplicit());
  if (values == nullptr) return {};
  StepList steps;
  const auto run = [&](const clang::ValueDecl* what) {
    steps.next_statement();
    if (what != nullptr) steps.add(SourceStep::Kind::kCall, name_of(what->getCanonicalDecl()));
  };
  const clang::ArrayType* array = variable.getType()->getAsArrayTypeUnsafe();
  const bool are_slots = array != nullptr && is_record(array->getElementType(), kDefinitionSlot);
  if (!are_slots && !is_record(variable.getType(), kDefinition)) return {};
  for (const clang::Expr* value : values->inits()) {
    const auto* slot = llvm::dyn_cast<clang::InitListExpr>(value->IgnoreImplicit());
    if (!are_slots) {
      const clang::ValueDecl* slots = named_in(*value);
      const clang::ArrayType* type = slots == nullptr ? nullptr : slots->getType()->getAsArrayTypeUnsafe();
      if (type != nullptr && is_record(type->getElementType(), kDefinitionSlot)) run(slots);
    } else if (slot != nullptr && slot->getNumInits() == 2) {
      clang::Expr::EvalResult kind;
      if (slot->getInit(0)->EvaluateAsInt(kind, context_) && kind.Val.getInt() == kRunSlot)
        run(named_in(*slot->getInit(1)));
    }
  }
  return steps.take();
}

const std::string& UnitNodes::name_of(const clang::Decl* declaration) {
  std::string& name = names_[declaration];
  if (!name.empty()) return name;
  const auto* named = llvm::cast<clang::NamedDecl>(declaration);
  const auto* function = llvm::dyn_cast<clang::FunctionDecl>(declaration);
  const auto* variable = llvm::dyn_cast<clang::VarDecl>(declaration);
  const bool plain = (function != nullptr && function->isExternC()) || (variable != nullptr && variable->isExternC());
  if (!context_.getLangOpts().CPlusPlus || plain) return name = named->getNameAsString();
  llvm::SmallString<128> usr;
  clang::index::generateUSRForDecl(declaration, usr);
  return name = usr.empty() ? named->getQualifiedNameAsString() : usr.str().str();
}

void UnitNodes::write(SourceObservations& found) {
  std::set<const clang::Decl*> entered;
  for (const auto& [key, node] : nodes_) entered.insert(node.leads_to.begin(), node.leads_to.end());
  std::vector<const clang::Decl*> open;
  for (auto& [key, node] : nodes_) {
    // Code that is not followed uses it: a template of the standard library, a scope's end.
    node.is_root |= key->isUsed(false) && entered.count(key) == 0;
    if (node.is_root) open.push_back(key);
  }
  std::set<const clang::Decl*> live(open.begin(), open.end());
  while (!open.empty()) {
    const clang::Decl* key = open.back();
    open.pop_back();
    const auto node = nodes_.find(key);
    if (node == nodes_.end()) continue;
    for (const clang::Decl* next : node->second.leads_to) {
      if (live.insert(next).second) open.push_back(next);
    }
  }
  // Inline functions of headers that nothing calls are not compiled.
  std::set<std::string> filling;
  for (const TableAccess& access : found.accesses) {
    if (access.kind == TableAccess::Kind::kFill) filling.insert(access.node);
  }
  for (const auto& [key, node] : nodes_) {
    if (live.count(key) == 0 && filling.count(name_of(key)) == 0) continue;
    SourceNode out;
    out.name = name_of(key);
    for (const clang::Decl* next : node.leads_to) out.leads_to.push_back(name_of(next));
    std::sort(out.leads_to.begin(), out.leads_to.end());
    out.is_static = !llvm::cast<clang::NamedDecl>(key)->isExternallyVisible();
    out.is_root = node.is_root;
    out.at_load = node.at_load;
    out.looks_at_errors = node.looks_at_errors;
    out.steps = node.steps;
    found.nodes.push_back(std::move(out));
  }
  std::sort(found.nodes.begin(), found.nodes.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
}

}  // namespace abicheck::source_scan
