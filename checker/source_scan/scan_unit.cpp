#include "source_scan/scan_unit.h"

#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendAction.h>
#include <clang/Lex/Lexer.h>
#include <clang/Tooling/Tooling.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/Path.h>

#include "source_scan/api_flow.h"
#include "source_scan/clang_unit.h"
#include "source_scan/preprocessor_uses.h"
#include "source_scan/replaceable_names.h"
#include "source_scan/switches.h"
#include "source_scan/tree_uses.h"
#include "source_scan/version_blocks.h"

namespace abicheck::source_scan {

namespace {

constexpr char kVirtualRoot[] = "/abicheck/headers";  // where headers stand that come as texts

std::vector<std::string> quoted_in(llvm::StringRef text) {
  std::vector<std::string> found;
  for (;;) {
    text = text.drop_until([](char c) { return c == '\''; }).drop_front(text.empty() ? 0 : 1);
    const std::size_t end = text.find('\'');
    if (end == llvm::StringRef::npos) return found;
    found.push_back(text.take_front(end).str());
    text = text.drop_front(end + 1);
  }
}

// Clang makes errors of some warnings: other compilers, and its older versions, do not, and it goes on as if nothing
// were wrong.
bool is_only_a_warning(const clang::Diagnostic& message) {
  return message.getDiags()->getDiagnosticIDs()->isBuiltinWarningOrExtension(message.getID());
}

class Messages : public clang::DiagnosticConsumer {
 public:
  Messages(const Roots& roots, SourceObservations& found) : roots_(roots), found_(found) {}

  void HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& message) override {
    DiagnosticConsumer::HandleDiagnostic(level, message);
    if (level < clang::DiagnosticsEngine::Error) return;
    llvm::SmallString<256> text;
    message.FormatDiagnostic(text);
    SourcePlace place;
    if (message.hasSourceManager() && message.getLocation().isValid())
      place = place_for_user(message.getSourceManager(), message.getLocation());
    found_.diagnostics.push_back({std::move(place), level == clang::DiagnosticsEngine::Fatal ? "fatal" : "error",
                                  text.str().str(), quoted_in(text), is_only_a_warning(message)});
    if (message.hasSourceManager() && message.getLocation().isMacroID())
      name_macro(message.getSourceManager(), message.getLocation(), found_.diagnostics.back());
  }

 private:
  // What NumPy's headers say of themselves is about the line that includes them.
  SourcePlace place_for_user(const clang::SourceManager& sources, clang::SourceLocation location) const {
    const Whose whose(sources, roots_);
    location = sources.getFileLoc(location);
    while (whose.numpy(location)) {
      const clang::SourceLocation from = sources.getIncludeLoc(sources.getFileID(location));
      if (from.isInvalid()) break;
      location = from;
    }
    return whose.place(location);
  }

  // int I; where complex.h has #define I _Complex_I
  void name_macro(const clang::SourceManager& sources, clang::SourceLocation location, SourceDiagnostic& found) const {
    if (!sources.isInSystemHeader(sources.getSpellingLoc(location))) return;
    found.macro_header = llvm::sys::path::filename(sources.getFilename(sources.getSpellingLoc(location))).str();
    while (location.isMacroID()) {
      found.macro = clang::Lexer::getImmediateMacroName(location, sources, clang::LangOptions()).str();
      location = sources.getImmediateExpansionRange(location).getBegin();
    }
  }

  const Roots& roots_;
  SourceObservations& found_;
};

class Consumer : public clang::ASTConsumer {
 public:
  Consumer(const Job& job, const Roots& roots, const VersionBlocks& blocks, const PreprocessorUses& seen_before,
           const ReplaceableNames& names, SourceObservations& found)
      : job_(job), roots_(roots), blocks_(blocks), seen_before_(seen_before), names_(names), found_(found) {}
  void HandleTranslationUnit(clang::ASTContext& context) override {
    collect_tree_uses(context, roots_, blocks_, seen_before_, found_);
    const Whose whose(context.getSourceManager(), roots_);
    names_.write(whose, UserText(whose, blocks_, context.getLangOpts()), found_);
    names_.write_below_numpy(whose, job_.names_with_line_above, found_);
    collect_api_flow(context, roots_, blocks_, found_);
  }

 private:
  const Job& job_;
  const Roots& roots_;
  const VersionBlocks& blocks_;
  const PreprocessorUses& seen_before_;
  const ReplaceableNames& names_;
  SourceObservations& found_;
};

class Action : public clang::ASTFrontendAction {
 public:
  Action(const Job& job, Roots roots, SourceObservations& found) : job_(job), roots_(std::move(roots)), found_(found) {}

  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& compiler, llvm::StringRef) override {
    // What follows a header that is missing, often one that a build would make, still shows what it uses of NumPy.
    compiler.getDiagnostics().setFatalsAsError(true);
    clang::Preprocessor& preprocessor = compiler.getPreprocessor();
    preprocessor.addPPCallbacks(collect_preprocessor_uses(preprocessor, roots_, found_, seen_before_));
    preprocessor.addPPCallbacks(collect_switches(preprocessor, roots_, found_));
    preprocessor.addPPCallbacks(collect_version_blocks(preprocessor, roots_, blocks_));
    preprocessor.addPPCallbacks(ReplaceableNames::collect(preprocessor, roots_, names_));
    return std::make_unique<Consumer>(job_, roots_, blocks_, seen_before_, names_, found_);
  }

 private:
  const Job& job_;
  Roots roots_;
  VersionBlocks blocks_;
  SourceObservations& found_;
  PreprocessorUses seen_before_;
  ReplaceableNames names_;
};

// Headers of the tree that are included like a system's.
std::vector<std::string> own_folders(const std::vector<std::string>& arguments) {
  constexpr llvm::StringLiteral kOption = "-idirafter";
  std::vector<std::string> folders;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    llvm::StringRef argument = arguments[i];
    if (!argument.consume_front(kOption)) continue;
    if (!argument.empty()) folders.push_back(argument.str());
    if (argument.empty() && i + 1 < arguments.size()) folders.push_back(arguments[i + 1]);
  }
  return folders;
}

bool is_cplusplus(llvm::StringRef path) {
  return path.ends_with(".cpp") || path.ends_with(".cc") || path.ends_with(".cxx") || path.ends_with(".C") ||
         path.ends_with(".c++");
}

std::string root_of(const HeaderSet& headers) {
  return headers.folder.empty() ? kVirtualRoot : headers.folder;
}

}  // namespace

const llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem>& UnitScanner::files_with(const HeaderSet& headers) {
  auto& files = files_[headers.id];
  if (files) return files;
  auto memory = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  const auto add = [&](const std::string& path, std::string_view text) {
    memory->addFile(path, 0, llvm::MemoryBuffer::getMemBuffer(text, path, true));
  };
  for (const auto& [path, text] : headers.files) add(root_of(headers) + "/" + path, text);
  for (const auto& [path, text] : job_.files) add(path, text);
  auto everything = llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(llvm::vfs::getRealFileSystem());
  everything->pushOverlay(memory);
  return files = everything;
}

SourceObservations UnitScanner::scan(const Unit& unit, const std::string& id) {
  SourceObservations found;
  const HeaderSet& headers = job_.headers.at(id);
  const std::string root = root_of(headers);
  auto manager = llvm::makeIntrusiveRefCnt<clang::FileManager>(clang::FileSystemOptions(), files_with(headers));

  std::vector<std::string> command{is_cplusplus(unit.path) ? "clang++" : "clang",
                                   "-fsyntax-only",
                                   "-w",
                                   "-ferror-limit=0",
                                   "-fno-spell-checking",  // costs as much as parsing where a header is missing
                                   "-resource-dir",
                                   ABICHECK_CLANG_RESOURCES,
                                   "-I" + root};
  command.insert(command.end(), unit.arguments.begin(), unit.arguments.end());
  command.push_back(unit.path);
  const Roots roots{root, own_folders(unit.arguments), job_.archive};
  Messages messages(roots, found);
  clang::tooling::ToolInvocation run(command, std::make_unique<Action>(job_, roots, found), manager.get());
  run.setDiagnosticConsumer(&messages);
  run.run();
  return found;
}

}  // namespace abicheck::source_scan
