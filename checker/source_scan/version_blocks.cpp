#include "source_scan/version_blocks.h"

#include <clang/Lex/Lexer.h>
#include <llvm/ADT/StringExtras.h>

#include <algorithm>

#include "source_scan/macro_value.h"

namespace abicheck::source_scan {

namespace {

constexpr llvm::StringLiteral kApiVersions[] = {"NPY_FEATURE_VERSION", "NPY_API_VERSION", "NPY_TARGET_VERSION"};
constexpr llvm::StringLiteral kOtherVersions[] = {"NPY_VERSION", "NPY_ABI_VERSION", "PyArray_RUNTIME_VERSION"};
constexpr llvm::StringLiteral kFunctions[] = {"PyArray_",   "PyDataType_", "PyDataMem_", "PyUFunc_",
                                              "PyTypeNum_", "NpyIter_",    "NpyString_"};

template <typename List>
bool is_one_of(llvm::StringRef name, const List& list) {
  return llvm::find(list, name) != std::end(list);
}

// NPY_2_0_API_VERSION, which only headers have that know this version.
bool is_version_name(llvm::StringRef name) {
  return name.starts_with("NPY_") && name.ends_with("_API_VERSION") && name.size() > 5 && llvm::isDigit(name[4]);
}

// What both branches of a condition may count on.
struct Guards {
  std::uint32_t then = 0, otherwise = 0;
};

class BlockCollector : public clang::PPCallbacks {
 public:
  BlockCollector(const clang::Preprocessor& preprocessor, const Roots& roots, VersionBlocks& found)
      : preprocessor_(preprocessor), whose_(preprocessor.getSourceManager(), roots), found_(found) {}

  void If(clang::SourceLocation at, clang::SourceRange condition, ConditionValueKind) override {
    open(at, guards_of(condition));
  }
  void Ifdef(clang::SourceLocation at, const clang::Token& name, const clang::MacroDefinition&) override {
    open(at, guards_of_name(at, name));
  }
  void Ifndef(clang::SourceLocation at, const clang::Token& name, const clang::MacroDefinition&) override {
    open(at, swapped(guards_of_name(at, name)));
  }
  void Elif(clang::SourceLocation at, clang::SourceRange condition, ConditionValueKind,
            clang::SourceLocation) override {
    next(at, guards_of(condition));
  }
  void Elifdef(clang::SourceLocation at, const clang::Token& name, const clang::MacroDefinition&) override {
    next(at, guards_of_name(at, name));
  }
  void Elifdef(clang::SourceLocation at, clang::SourceRange, clang::SourceLocation) override { next(at, {}); }
  void Elifndef(clang::SourceLocation at, const clang::Token& name, const clang::MacroDefinition&) override {
    next(at, swapped(guards_of_name(at, name)));
  }
  void Elifndef(clang::SourceLocation at, clang::SourceRange, clang::SourceLocation) override { next(at, {}); }
  void Else(clang::SourceLocation at, clang::SourceLocation) override { next(at, {}); }
  void Endif(clang::SourceLocation at, clang::SourceLocation) override {
    if (open_.empty()) return;
    close(at);
    const Open& all = open_.back();
    // What NumPy's headers declare for some versions only is needed by who uses it; of two declarations one always is
    // there.
    if (all.has_alternative || !whose_.numpy(at)) {
      for (const Block& block : all.blocks) found_.add(block.file, block.begin, block.end, block.guard);
    }
    open_.pop_back();
  }

 private:
  struct Block {
    clang::FileID file;
    unsigned begin, end;
    std::uint32_t guard;
  };
  struct Open {
    clang::SourceLocation begin;  // of the branch
    std::uint32_t guard, otherwise;
    bool has_alternative = false;
    std::vector<Block> blocks = {};
  };

  static Guards swapped(Guards guards) { return {guards.otherwise, guards.then}; }

  void open(clang::SourceLocation at, Guards guards) { open_.push_back({at, guards.then, guards.otherwise}); }

  void next(clang::SourceLocation at, Guards guards) {
    if (open_.empty()) return;
    close(at);
    Open& branch = open_.back();
    branch.has_alternative = true;
    branch.begin = at;
    branch.guard = std::max(branch.otherwise, guards.then);
    branch.otherwise = std::max(branch.otherwise, guards.otherwise);
  }

  void close(clang::SourceLocation at) {
    Open& branch = open_.back();
    if (branch.guard == 0) return;
    const auto [file, begin] = whose_.sources().getDecomposedLoc(branch.begin);
    const auto [same, end] = whose_.sources().getDecomposedLoc(at);
    if (file == same) branch.blocks.push_back({file, begin, end, branch.guard});
  }

  // Headers of NumPy ask whether their own names are there for other reasons.
  Guards guards_of_name(clang::SourceLocation at, const clang::Token& token) const {
    const llvm::StringRef name = token.getIdentifierInfo()->getName();
    if (whose_.numpy(at)) return {};
    const bool function = llvm::any_of(kFunctions, [&](auto prefix) { return name.starts_with(prefix); });
    const bool version = is_version_name(name) || is_one_of(name, kApiVersions) || is_one_of(name, kOtherVersions);
    return version || function ? Guards{kAnyVersion, version ? kAnyVersion : 0} : Guards{};
  }

  // Names, numbers and operators.
  std::vector<std::string> tokens_of(clang::SourceRange range) const {
    llvm::StringRef text = clang::Lexer::getSourceText(clang::CharSourceRange::getTokenRange(range), whose_.sources(),
                                                       preprocessor_.getLangOpts());
    const auto is_word = [](char c) { return llvm::isAlnum(c) || c == '_'; };
    std::vector<std::string> tokens;
    while (!text.empty()) {
      llvm::StringRef token = text.take_while(is_word);
      if (token.empty()) token = text.take_while([](char c) { return llvm::StringRef("<>=!&|").contains(c); });
      if (token.empty()) {
        text = text.drop_front();
        continue;
      }
      tokens.push_back(token.str());
      text = text.drop_front(token.size());
    }
    return tokens;
  }

  Guards guards_of(clang::SourceRange condition) const {
    if (condition.isInvalid()) return {};
    const std::vector<std::string> tokens = tokens_of(condition);
    const auto has = [&](std::string_view text) {
      return std::find(tokens.begin(), tokens.end(), text) != tokens.end();
    };
    Guards guards;
    bool understood = false;
    bool mentioned = false;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      mentioned = mentioned || is_version_name(tokens[i]) || is_one_of(tokens[i], kOtherVersions);
      if (!is_one_of(tokens[i], kApiVersions)) continue;
      mentioned = true;
      if (i + 2 >= tokens.size()) continue;
      const auto number = value_of_token(preprocessor_, tokens[i + 2]).number;
      if (!number) continue;
      const std::string& compare = tokens[i + 1];
      understood = understood || compare == ">=" || compare == ">" || compare == "<" || compare == "<=";
      if (compare == ">=") guards.then = std::max(guards.then, *number);
      if (compare == ">") guards.then = std::max(guards.then, *number + 1);
      if (compare == "<" && !has("&&")) guards.otherwise = *number;
      if (compare == "<=" && !has("&&")) guards.otherwise = *number + 1;
    }
    if (!mentioned) return {};
    return understood && !has("||") && !has("!") ? guards : Guards{kAnyVersion, kAnyVersion};
  }

  const clang::Preprocessor& preprocessor_;
  Whose whose_;
  VersionBlocks& found_;
  std::vector<Open> open_;  // only those whose branches are not skipped as a whole
};

}  // namespace

void VersionBlocks::add(clang::FileID file, unsigned begin, unsigned end, std::uint32_t guard) {
  blocks_[file].push_back({begin, end, guard});
}

std::uint32_t VersionBlocks::around(const clang::SourceManager& sources, clang::SourceLocation spelled) const {
  const auto [file, offset] = sources.getDecomposedLoc(spelled);
  const auto blocks = blocks_.find(file);
  std::uint32_t guard = 0;
  if (blocks == blocks_.end()) return guard;
  for (const Block& block : blocks->second) {
    if (block.begin <= offset && offset < block.end) guard = std::max(guard, block.guard);
  }
  return guard;
}

bool VersionBlocks::is_guarded(const Whose& whose, clang::SourceLocation location) const {
  const clang::SourceManager& sources = whose.sources();
  for (;;) {
    const clang::SourceLocation spelled = sources.getSpellingLoc(location);
    if (!whose.numpy(spelled) && around(sources, spelled) != 0) return true;
    if (location.isFileID()) return false;
    location = sources.getImmediateMacroCallerLoc(location);
  }
}

std::unique_ptr<clang::PPCallbacks> collect_version_blocks(const clang::Preprocessor& preprocessor, const Roots& roots,
                                                           VersionBlocks& found) {
  return std::make_unique<BlockCollector>(preprocessor, roots, found);
}

}  // namespace abicheck::source_scan
