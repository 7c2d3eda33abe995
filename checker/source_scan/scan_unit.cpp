#include "source_scan/scan_unit.h"

#include <clang/Frontend/CompilerInstance.h>
#include <clang/Frontend/FrontendAction.h>
#include <clang/Tooling/Tooling.h>
#include <llvm/Support/MemoryBuffer.h>
#include <llvm/Support/VirtualFileSystem.h>

#include "source_scan/clang_unit.h"
#include "source_scan/preprocessor_uses.h"
#include "source_scan/tree_uses.h"

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

class Messages : public clang::DiagnosticConsumer {
 public:
  explicit Messages(SourceObservations& found) : found_(found) {}

  void HandleDiagnostic(clang::DiagnosticsEngine::Level level, const clang::Diagnostic& message) override {
    DiagnosticConsumer::HandleDiagnostic(level, message);
    if (level < clang::DiagnosticsEngine::Error) return;
    llvm::SmallString<256> text;
    message.FormatDiagnostic(text);
    SourcePlace place;
    if (message.hasSourceManager() && message.getLocation().isValid())
      place = Whose(message.getSourceManager(), "").place(message.getLocation());
    found_.diagnostics.push_back({std::move(place), level == clang::DiagnosticsEngine::Fatal ? "fatal" : "error",
                                  text.str().str(), quoted_in(text)});
  }

 private:
  SourceObservations& found_;
};

class Consumer : public clang::ASTConsumer {
 public:
  Consumer(std::string root, SourceObservations& found) : root_(std::move(root)), found_(found) {}
  void HandleTranslationUnit(clang::ASTContext& context) override { collect_tree_uses(context, root_, found_); }

 private:
  std::string root_;
  SourceObservations& found_;
};

class Action : public clang::ASTFrontendAction {
 public:
  Action(std::string root, SourceObservations& found) : root_(std::move(root)), found_(found) {}

  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& compiler, llvm::StringRef) override {
    // What follows a header that is missing, often one that a build would make, still shows what it uses of NumPy.
    compiler.getDiagnostics().setFatalsAsError(true);
    compiler.getPreprocessor().addPPCallbacks(collect_preprocessor_uses(compiler.getPreprocessor(), root_, found_));
    return std::make_unique<Consumer>(root_, found_);
  }

 private:
  std::string root_;
  SourceObservations& found_;
};

bool is_cplusplus(llvm::StringRef path) {
  return path.ends_with(".cpp") || path.ends_with(".cc") || path.ends_with(".cxx") || path.ends_with(".C") ||
         path.ends_with(".c++");
}

}  // namespace

SourceObservations scan_unit(const Unit& unit, const HeaderSet& headers,
                             const std::map<std::string, std::string>& files) {
  SourceObservations found;
  const std::string root = headers.folder.empty() ? kVirtualRoot : headers.folder;
  auto memory = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  for (const auto& [path, text] : headers.files)
    memory->addFile(root + "/" + path, 0, llvm::MemoryBuffer::getMemBuffer(text, path, true));
  for (const auto& [path, text] : files) memory->addFile(path, 0, llvm::MemoryBuffer::getMemBuffer(text, path, true));
  auto everything = llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(llvm::vfs::getRealFileSystem());
  everything->pushOverlay(memory);
  auto manager = llvm::makeIntrusiveRefCnt<clang::FileManager>(clang::FileSystemOptions(), everything);

  std::vector<std::string> command{is_cplusplus(unit.path) ? "clang++" : "clang",
                                   "-fsyntax-only",
                                   "-w",
                                   "-ferror-limit=0",
                                   "-resource-dir",
                                   ABICHECK_CLANG_RESOURCES,
                                   "-I" + root};
  command.insert(command.end(), unit.arguments.begin(), unit.arguments.end());
  command.push_back(unit.path);
  Messages messages(found);
  clang::tooling::ToolInvocation run(command, std::make_unique<Action>(root, found), manager.get());
  run.setDiagnosticConsumer(&messages);
  run.run();
  return found;
}

}  // namespace abicheck::source_scan
