#include "source_scan/switches.h"

#include "source_scan/macro_value.h"

namespace abicheck::source_scan {

namespace {

// What NumPy's headers look at.
constexpr llvm::StringLiteral kSwitches[] = {"NPY_TARGET_VERSION",       "NPY_NO_DEPRECATED_API",
                                             "PY_ARRAY_UNIQUE_SYMBOL",   "PY_UFUNC_UNIQUE_SYMBOL",
                                             "NO_IMPORT_ARRAY",          "NO_IMPORT",
                                             "NO_IMPORT_UFUNC",          "NUMPY_IMPORT_ARRAY_RETVAL",
                                             "NPY_API_SYMBOL_ATTRIBUTE", "NPY_FEATURE_VERSION"};

class SwitchCollector : public clang::PPCallbacks {
 public:
  SwitchCollector(const clang::Preprocessor& preprocessor, const Roots& roots, SourceObservations& found)
      : preprocessor_(preprocessor), whose_(preprocessor.getSourceManager(), roots), found_(found) {}

  void MacroDefined(const clang::Token& name, const clang::MacroDirective* directive) override {
    const llvm::StringRef text = name.getIdentifierInfo()->getName();
    if (llvm::find(kSwitches, text) == std::end(kSwitches)) return;
    if (text == "NPY_FEATURE_VERSION" && whose_.numpy(name.getLocation()))
      found_.feature_version = value_of_macro(preprocessor_, text).number;
    const bool command_line = whose_.sources().isWrittenInCommandLineFile(name.getLocation());
    if (!command_line && !whose_.user(name.getLocation())) return;
    std::string value;
    for (const clang::Token& token : directive->getMacroInfo()->tokens()) value += preprocessor_.getSpelling(token);
    SourcePlace place = command_line ? SourcePlace{} : whose_.place(name.getLocation());
    found_.defines.push_back({std::move(place), text.str(), std::move(value), std::nullopt, {}});
  }

  // Their names mean something only behind NumPy's headers.
  void EndOfMainFile() override {
    for (SwitchDefine& define : found_.defines) {
      if (!define.name.starts_with("NPY_")) continue;
      MacroValue value = value_of_macro(preprocessor_, define.name);
      define.number = value.number;
      define.undefined = std::move(value.undefined);
    }
  }

 private:
  const clang::Preprocessor& preprocessor_;
  Whose whose_;
  SourceObservations& found_;
};

}  // namespace

std::unique_ptr<clang::PPCallbacks> collect_switches(const clang::Preprocessor& preprocessor, const Roots& roots,
                                                     SourceObservations& found) {
  return std::make_unique<SwitchCollector>(preprocessor, roots, found);
}

}  // namespace abicheck::source_scan
