#include "source_scan/clang_unit.h"

#include <llvm/ADT/SmallString.h>
#include <llvm/Support/Path.h>

namespace abicheck::source_scan {

Whose::Whose(const clang::SourceManager& sources, const Roots& roots)
    : sources_(sources), numpy_(roots.numpy + "/numpy/"), archive_(roots.archive) {
  for (const std::string& folder : roots.own) own_.push_back(folder + "/");
}

bool Whose::numpy(clang::SourceLocation location) const {
  return location.isValid() && sources_.getFilename(sources_.getSpellingLoc(location)).starts_with(numpy_);
}

bool Whose::user(clang::SourceLocation location) const {
  if (location.isInvalid()) return false;
  const clang::SourceLocation file = sources_.getFileLoc(location);
  const llvm::StringRef name = sources_.getFilename(file);
  if (name.empty() || numpy(file)) return false;
  return !sources_.isInSystemHeader(file) ||
         llvm::any_of(own_, [&](const std::string& folder) { return name.starts_with(folder); });
}

SourcePlace Whose::place(clang::SourceLocation location) const {
  const clang::SourceLocation file = sources_.getFileLoc(location);
  return {shown(sources_.getFilename(file)), sources_.getSpellingLineNumber(file),
          sources_.getSpellingColumnNumber(file)};
}

std::string Whose::shown(llvm::StringRef path) const {
  llvm::SmallString<128> name(path);
  if (path.contains("/../")) llvm::sys::path::remove_dots(name, true);  // of "../src/x.h" beside its includer
  llvm::StringRef rest = name;
  rest.consume_front(archive_);
  return rest.str();
}

}  // namespace abicheck::source_scan
