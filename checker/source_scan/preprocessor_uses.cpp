#include "source_scan/preprocessor_uses.h"

#include <clang/Lex/MacroArgs.h>
#include <llvm/Support/Path.h>

#include <iterator>
#include <utility>

#include "source_scan/clang_unit.h"

namespace abicheck::source_scan {

namespace {

constexpr llvm::StringLiteral kSourceSuffixes[] = {".c", ".cc", ".cpp", ".cxx", ".C", ".c++"};

class UseCollector : public clang::PPCallbacks {
 public:
  UseCollector(const clang::SourceManager& sources, const Roots& roots, SourceObservations& found,
               PreprocessorUses& more)
      : whose_(sources, roots), found_(found), more_(more) {}

  void MacroExpands(const clang::Token& name, const clang::MacroDefinition& definition, clang::SourceRange,
                    const clang::MacroArgs*) override {
    use(name, definition);
  }

  void InclusionDirective(clang::SourceLocation hash, const clang::Token&, llvm::StringRef name, bool,
                          clang::CharSourceRange, clang::OptionalFileEntryRef file, llvm::StringRef, llvm::StringRef,
                          const clang::Module*, bool, clang::SrcMgr::CharacteristicKind) override {
    if (!whose_.user(hash)) return;
    if (name.starts_with("numpy/")) add(hash, name.str(), "header");
    const bool source = llvm::any_of(kSourceSuffixes, [&](auto suffix) { return name.ends_with(suffix); });
    if (!source || !file) return;
    found_.included_sources.push_back(whose_.shown(file->getName()));
  }

  // Asking for a version is no use of it. The macros of a condition have been expanded when this is called, and what it
  // asks with `defined` has been told.
  void If(clang::SourceLocation, clang::SourceRange condition, ConditionValueKind) override {
    forget(condition);
    conditions_.push_back(std::exchange(asked_, {}));
  }
  void Elif(clang::SourceLocation, clang::SourceRange condition, ConditionValueKind, clang::SourceLocation) override {
    forget(condition);
    ask_also();
  }
  void Defined(const clang::Token& name, const clang::MacroDefinition& definition, clang::SourceRange) override {
    ask(name, definition);
  }
  void Ifdef(clang::SourceLocation, const clang::Token& name, const clang::MacroDefinition& definition) override {
    ask(name, definition);
    conditions_.push_back(std::exchange(asked_, {}));
  }
  void Ifndef(clang::SourceLocation where, const clang::Token& name,
              const clang::MacroDefinition& definition) override {
    Ifdef(where, name, definition);
  }
  void Elifdef(clang::SourceLocation, const clang::Token& name, const clang::MacroDefinition& definition) override {
    ask(name, definition);
    ask_also();
  }
  void Elifndef(clang::SourceLocation where, const clang::Token& name,
                const clang::MacroDefinition& definition) override {
    Elifdef(where, name, definition);
  }
  void Endif(clang::SourceLocation end, clang::SourceLocation) override {
    if (conditions_.empty()) return;
    for (AbsentMacro& one : conditions_.back()) {
      one.end = whose_.place(end).line;
      found_.absent_macros.push_back(std::move(one));
    }
    conditions_.pop_back();
  }

 private:
  void ask(const clang::Token& name, const clang::MacroDefinition& definition) {
    if (definition || !written_by_user(name.getLocation())) return;
    asked_.push_back({whose_.place(name.getLocation()), name.getIdentifierInfo()->getName().str()});
  }

  void ask_also() {
    if (!conditions_.empty())
      conditions_.back().insert(conditions_.back().end(), std::make_move_iterator(asked_.begin()),
                                std::make_move_iterator(asked_.end()));
    asked_.clear();
  }

  void forget(clang::SourceRange condition) {
    const SourcePlace begin = whose_.place(condition.getBegin());
    const SourcePlace end = whose_.place(condition.getEnd());
    while (!found_.uses.empty() && found_.uses.back().kind == "macro") {
      const SourcePlace& last = found_.uses.back().place;
      if (last.file != begin.file || last.line < begin.line || last.line > end.line) break;
      found_.uses.pop_back();
      more_.places.pop_back();
    }
  }

  void use(const clang::Token& name, const clang::MacroDefinition& definition) {
    const clang::MacroInfo* info = definition.getMacroInfo();
    if (info == nullptr || !whose_.numpy(info->getDefinitionLoc()) || !written_by_user(name.getLocation())) return;
    add(name.getLocation(), name.getIdentifierInfo()->getName().str(), "macro");
    note_renaming(found_.uses.back().name, *info);
  }

  void add(clang::SourceLocation location, std::string name, const char* kind) {
    found_.uses.push_back({whose_.place(location), std::move(name), kind, ""});
    more_.places.push_back(location);
  }

  void note_renaming(const std::string& name, const clang::MacroInfo& info) {
    if (!info.isObjectLike() || info.getNumTokens() != 1) return;
    const clang::IdentifierInfo* to = info.getReplacementToken(0).getIdentifierInfo();
    const bool plain = to != nullptr && !to->hasMacroDefinition() && to->getBuiltinID() == 0 &&
                       info.getReplacementToken(0).is(clang::tok::identifier);
    const bool known = llvm::any_of(more_.renamings, [&](const Renaming& one) { return one.name == name; });
    if (plain && !known) more_.renamings.push_back({name, to});
  }

  // Also through macros of the user's own, but not those that NumPy's macros expand to.
  bool written_by_user(clang::SourceLocation location) const {
    return !whose_.numpy(location) && whose_.user(location);
  }

  Whose whose_;
  SourceObservations& found_;
  PreprocessorUses& more_;
  std::vector<AbsentMacro> asked_;                    // by the condition that is being read
  std::vector<std::vector<AbsentMacro>> conditions_;  // by those around what is being read
};

}  // namespace

std::unique_ptr<clang::PPCallbacks> collect_preprocessor_uses(const clang::Preprocessor& preprocessor,
                                                              const Roots& roots, SourceObservations& found,
                                                              PreprocessorUses& more) {
  return std::make_unique<UseCollector>(preprocessor.getSourceManager(), roots, found, more);
}

}  // namespace abicheck::source_scan
