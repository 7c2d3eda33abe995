#include "source_scan/preprocessor_uses.h"

#include <clang/Lex/MacroArgs.h>

#include "source_scan/clang_unit.h"

namespace abicheck::source_scan {

namespace {

// What NumPy's headers look at.
constexpr llvm::StringLiteral kSwitches[] = {"NPY_TARGET_VERSION",       "NPY_NO_DEPRECATED_API",
                                             "PY_ARRAY_UNIQUE_SYMBOL",   "PY_UFUNC_UNIQUE_SYMBOL",
                                             "NO_IMPORT_ARRAY",          "NO_IMPORT",
                                             "NO_IMPORT_UFUNC",          "NUMPY_IMPORT_ARRAY_RETVAL",
                                             "NPY_API_SYMBOL_ATTRIBUTE", "NPY_FEATURE_VERSION"};

class Collector : public clang::PPCallbacks {
 public:
  Collector(const clang::Preprocessor& preprocessor, std::string root, SourceObservations& found,
            std::vector<Renaming>& renamings)
      : preprocessor_(preprocessor),
        whose_(preprocessor.getSourceManager(), std::move(root)),
        found_(found),
        renamings_(renamings) {}

  void MacroExpands(const clang::Token& name, const clang::MacroDefinition& definition, clang::SourceRange,
                    const clang::MacroArgs*) override {
    use(name, definition);
  }

  void MacroDefined(const clang::Token& name, const clang::MacroDirective* directive) override {
    const llvm::StringRef text = name.getIdentifierInfo()->getName();
    const clang::MacroInfo* info = directive->getMacroInfo();
    const bool command_line = whose_.sources().isWrittenInCommandLineFile(name.getLocation());
    if (llvm::find(kSwitches, text) == std::end(kSwitches)) return;
    if (!command_line && !whose_.user(name.getLocation())) return;
    std::string value;
    for (const clang::Token& token : info->tokens()) value += preprocessor_.getSpelling(token);
    SourcePlace place = command_line ? SourcePlace{} : whose_.place(name.getLocation());
    found_.defines.push_back({std::move(place), text.str(), std::move(value)});
  }

  void InclusionDirective(clang::SourceLocation hash, const clang::Token&, llvm::StringRef name, bool,
                          clang::CharSourceRange, clang::OptionalFileEntryRef, llvm::StringRef, llvm::StringRef,
                          const clang::Module*, bool, clang::SrcMgr::CharacteristicKind) override {
    if (name.starts_with("numpy/") && whose_.user(hash))
      found_.uses.push_back({whose_.place(hash), name.str(), "header", ""});
  }

  // Asking for a version is no use of it. The macros of a condition have been expanded when this is called.
  void If(clang::SourceLocation, clang::SourceRange condition, ConditionValueKind) override { forget(condition); }
  void Elif(clang::SourceLocation, clang::SourceRange condition, ConditionValueKind, clang::SourceLocation) override {
    forget(condition);
  }

 private:
  void forget(clang::SourceRange condition) {
    const SourcePlace begin = whose_.place(condition.getBegin());
    const SourcePlace end = whose_.place(condition.getEnd());
    while (!found_.uses.empty() && found_.uses.back().kind == "macro") {
      const SourcePlace& last = found_.uses.back().place;
      if (last.file != begin.file || last.line < begin.line || last.line > end.line) break;
      found_.uses.pop_back();
    }
  }

  void use(const clang::Token& name, const clang::MacroDefinition& definition) {
    const clang::MacroInfo* info = definition.getMacroInfo();
    if (info == nullptr || !whose_.numpy(info->getDefinitionLoc()) || !written_by_user(name.getLocation())) return;
    found_.uses.push_back({whose_.place(name.getLocation()), name.getIdentifierInfo()->getName().str(), "macro", ""});
    note_renaming(found_.uses.back().name, *info);
  }

  void note_renaming(const std::string& name, const clang::MacroInfo& info) {
    if (!info.isObjectLike() || info.getNumTokens() != 1) return;
    const clang::IdentifierInfo* to = info.getReplacementToken(0).getIdentifierInfo();
    const bool plain = to != nullptr && !to->hasMacroDefinition() && to->getBuiltinID() == 0 &&
                       info.getReplacementToken(0).is(clang::tok::identifier);
    const bool known = llvm::any_of(renamings_, [&](const Renaming& one) { return one.name == name; });
    if (plain && !known) renamings_.push_back({name, to});
  }

  // Also through macros of the user's own, but not those that NumPy's macros expand to.
  bool written_by_user(clang::SourceLocation location) const {
    return !whose_.numpy(location) && whose_.user(location);
  }

  const clang::Preprocessor& preprocessor_;
  Whose whose_;
  SourceObservations& found_;
  std::vector<Renaming>& renamings_;
};

}  // namespace

std::unique_ptr<clang::PPCallbacks> collect_preprocessor_uses(const clang::Preprocessor& preprocessor, std::string root,
                                                              SourceObservations& found,
                                                              std::vector<Renaming>& renamings) {
  return std::make_unique<Collector>(preprocessor, std::move(root), found, renamings);
}

}  // namespace abicheck::source_scan
