#include "source_scan/replaceable_names.h"

#include <clang/Lex/Lexer.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>

namespace abicheck::source_scan {

namespace {

constexpr llvm::StringLiteral kNumpyIsKnown = "NPY_ABI_VERSION";
// A number that code gives for something else.
constexpr llvm::StringLiteral kMostDimensions = "NPY_MAXDIMS";
constexpr std::size_t kMostAliases = 8;

}  // namespace

class NameCollector : public clang::PPCallbacks {
 public:
  NameCollector(const clang::Preprocessor& preprocessor, const Roots& roots, ReplaceableNames& found)
      : preprocessor_(preprocessor),
        sources_(preprocessor.getSourceManager()),
        whose_(preprocessor.getSourceManager(), roots),
        found_(found) {}

  void MacroExpands(const clang::Token& name, const clang::MacroDefinition& definition, clang::SourceRange,
                    const clang::MacroArgs*) override {
    const clang::MacroInfo* info = definition.getMacroInfo();
    const clang::SourceLocation at = name.getLocation();
    if (info == nullptr || !whose_.numpy(info->getDefinitionLoc()) || whose_.numpy(at) || !whose_.user(at)) return;
    std::vector<std::string> aliases = aliases_of(*info);
    if (aliases.empty() && name.getIdentifierInfo()->getName() != kMostDimensions) return;
    found_.names_.push_back({at, name.getIdentifierInfo()->getName().str(), std::move(aliases)});
  }

  void InclusionDirective(clang::SourceLocation hash, const clang::Token&, llvm::StringRef name, bool,
                          clang::CharSourceRange range, clang::OptionalFileEntryRef, llvm::StringRef, llvm::StringRef,
                          const clang::Module*, bool, clang::SrcMgr::CharacteristicKind) override {
    if (!whose_.user(hash)) return;
    const bool of_numpy = name.starts_with("numpy/");
    includes_[sources_.getFileID(hash)] = {sources_.getFileOffset(hash), of_numpy || !knows_numpy()};
    if (!of_numpy || range.getBegin().isMacroID()) return;
    const clang::SourceLocation begin = range.getBegin().getLocWithOffset(1);
    found_.headers_.push_back(
        {hash, clang::CharSourceRange::getCharRange(begin, begin.getLocWithOffset(static_cast<int>(name.size()))),
         name.str()});
  }

  void FileChanged(clang::SourceLocation at, FileChangeReason reason, clang::SrcMgr::CharacteristicKind,
                   clang::FileID) override {
    if (!whose_.user(at)) return;
    if (reason == EnterFile && knows_numpy()) {
      const clang::FileID file = sources_.getFileID(at);
      found_.files_[file].lines.push_back({first_line(file), false});
    }
    if (reason == ExitFile) included(sources_.getFileID(at));
  }
  void FileSkipped(const clang::FileEntryRef&, const clang::Token& name, clang::SrcMgr::CharacteristicKind) override {
    included(sources_.getFileID(name.getLocation()));
  }

  void If(clang::SourceLocation at, clang::SourceRange, ConditionValueKind) override { open(at); }
  void Ifdef(clang::SourceLocation at, const clang::Token&, const clang::MacroDefinition&) override { open(at); }
  void Ifndef(clang::SourceLocation at, const clang::Token&, const clang::MacroDefinition&) override { open(at); }
  void Elif(clang::SourceLocation at, clang::SourceRange, ConditionValueKind, clang::SourceLocation) override {
    next(at);
  }
  void Elifdef(clang::SourceLocation at, const clang::Token&, const clang::MacroDefinition&) override { next(at); }
  void Elifdef(clang::SourceLocation at, clang::SourceRange, clang::SourceLocation) override { next(at); }
  void Elifndef(clang::SourceLocation at, const clang::Token&, const clang::MacroDefinition&) override { next(at); }
  void Elifndef(clang::SourceLocation at, clang::SourceRange, clang::SourceLocation) override { next(at); }
  void Else(clang::SourceLocation at, clang::SourceLocation) override { next(at); }
  void Endif(clang::SourceLocation at, clang::SourceLocation) override {
    if (open_.empty()) return;
    const auto [begin, start] = open_.back();
    next(at);
    open_.pop_back();
    const auto file = found_.files_.find(sources_.getFileID(at));
    if (file == found_.files_.end() || !knows_numpy()) return;
    std::vector<ReplaceableNames::Line>& lines = file->second.lines;
    const bool below = std::any_of(lines.begin(), lines.end(), [first = start](const ReplaceableNames::Line& line) {
      return line.below_numpy && line.offset > first;
    });
    lines.push_back({next_line(sources_.getFileID(at), sources_.getFileOffset(at)), below});
  }

 private:
  struct Include {
    unsigned offset = 0;
    bool may_bring_numpy = false;
  };
  struct Open {
    clang::SourceLocation branch;
    unsigned begin;  // of the first branch
  };

  bool knows_numpy() const {
    return preprocessor_.getMacroInfo(preprocessor_.getIdentifierInfo(kNumpyIsKnown)) != nullptr;
  }

  void included(clang::FileID file) {
    const auto include = includes_.find(file);
    if (include == includes_.end() || !knows_numpy()) return;
    found_.files_[file].lines.push_back({next_line(file, include->second.offset), include->second.may_bring_numpy});
  }

  void open(clang::SourceLocation at) { open_.push_back({at, sources_.getFileOffset(at)}); }
  void next(clang::SourceLocation at) {
    if (open_.empty()) return;
    if (whose_.user(at))
      found_.files_[sources_.getFileID(at)].branches.push_back(
          {sources_.getFileOffset(open_.back().branch), sources_.getFileOffset(at)});
    open_.back().branch = at;
  }

  unsigned next_line(clang::FileID file, unsigned offset) const {
    const llvm::StringRef text = sources_.getBufferData(file);
    const std::size_t end = text.find('\n', offset);
    return static_cast<unsigned>(end == llvm::StringRef::npos ? text.size() : end + 1);
  }

  // Below the comments at the top, and #pragma once or #ifndef NAME, #define NAME.
  unsigned first_line(clang::FileID file) const {
    const llvm::StringRef text = sources_.getBufferData(file);
    clang::Lexer lexer(sources_.getLocForStartOfFile(file), preprocessor_.getLangOpts(), text.begin(), text.begin(),
                       text.end());
    std::vector<clang::Token> tokens(6);
    for (clang::Token& token : tokens) lexer.LexFromRawLexer(token);
    const auto is = [&](std::size_t i, llvm::StringRef word) {
      return tokens[i].is(clang::tok::raw_identifier) && tokens[i].getRawIdentifier() == word;
    };
    if (tokens[0].is(clang::tok::hash) && is(1, "pragma") && is(2, "once"))
      return next_line(file, sources_.getFileOffset(tokens[2].getLocation()));
    const bool guard = tokens[0].is(clang::tok::hash) && is(1, "ifndef") && is(4, "define") &&
                       tokens[2].is(clang::tok::raw_identifier) && is(5, tokens[2].getRawIdentifier());
    if (guard) return next_line(file, sources_.getFileOffset(tokens[5].getLocation()));
    const unsigned offset = sources_.getFileOffset(tokens[0].getLocation());
    const std::size_t before = text.take_front(offset).rfind('\n');
    return static_cast<unsigned>(before == llvm::StringRef::npos ? 0 : before + 1);
  }

  // #define CONTIGUOUS NPY_CONTIGUOUS, and what that stands for in turn.
  std::vector<std::string> aliases_of(const clang::MacroInfo& macro) const {
    std::vector<std::string> aliases;
    for (const clang::MacroInfo* info = &macro; info != nullptr && aliases.size() < kMostAliases;) {
      if (!info->isObjectLike() || info->getNumTokens() != 1) break;
      const clang::IdentifierInfo* to = info->getReplacementToken(0).getIdentifierInfo();
      if (to == nullptr) break;
      aliases.push_back(to->getName().str());
      info = preprocessor_.getMacroInfo(to);
    }
    return aliases;
  }

  const clang::Preprocessor& preprocessor_;
  const clang::SourceManager& sources_;
  Whose whose_;
  ReplaceableNames& found_;
  std::map<clang::FileID, Include> includes_;  // the last of each file
  std::vector<Open> open_;                     // only those whose branches are not skipped as a whole
};

std::unique_ptr<clang::PPCallbacks> ReplaceableNames::collect(const clang::Preprocessor& preprocessor,
                                                              const Roots& roots, ReplaceableNames& found) {
  return std::make_unique<NameCollector>(preprocessor, roots, found);
}

void ReplaceableNames::write(const Whose& whose, const UserText& text, SourceObservations& found) const {
  const auto add = [&](Replaceable one, std::optional<clang::CharSourceRange> range) {
    // What ## put together stands nowhere.
    if (!range || !text.may_change(range->getBegin()) || text.text(*range) != one.name) {
      one.problem = "its text does not stand in a file of the user's, or where only some versions of NumPy are meant";
    } else {
      one.text = text.span(*range);
    }
    found.replaceable.push_back(std::move(one));
  };
  for (const Name& name : names_) {
    Replaceable one;
    one.place = whose.place(name.at);
    one.name = name.name;
    const clang::SourceLocation at = text.written(name.at);
    one.in_macro = at.isMacroID();
    one.aliases = name.aliases;
    add(std::move(one), text.range(at, at, at));
  }
  for (const Header& header : headers_) {
    Replaceable one;
    one.place = whose.place(header.hash);
    one.name = header.name;
    add(std::move(one), header.in_quotes);
  }
}

void ReplaceableNames::write_below_numpy(const Whose& whose, const std::set<std::string, std::less<>>& with_line_above,
                                         SourceObservations& found) const {
  const clang::SourceManager& sources = whose.sources();
  // Text of a macro matters where it is used.
  std::map<std::string, std::vector<SourcePlace>> changes;
  for (const Replaceable& one : found.replaceable) {
    const bool named = one.name == kMostDimensions || with_line_above.count(one.name) != 0;
    if (!one.problem.empty() || (one.how.empty() && !named)) continue;
    std::vector<SourcePlace>& places = changes[one.text.begin.file];
    if (one.place.file == one.text.begin.file) places.push_back(one.place);
  }
  for (const auto& [id, file] : files_) {
    const clang::SourceLocation start = sources.getLocForStartOfFile(id);
    const auto here = changes.find(whose.place(start).file);
    if (here == changes.end()) continue;
    std::vector<unsigned> offsets;
    for (const SourcePlace& place : here->second) {
      const clang::SourceLocation at = sources.translateLineCol(id, place.line, place.column);
      offsets.push_back(sources.getFileOffset(at));
    }
    changes.erase(here);  // of a file that is included twice the first time counts
    const auto fits = [&, &branches = file.branches](const Line& line) {
      const bool above = std::all_of(offsets.begin(), offsets.end(), [&](unsigned at) { return line.offset <= at; });
      return above && std::all_of(branches.begin(), branches.end(), [&](const Branch& branch) {
               if (line.offset <= branch.begin || line.offset > branch.end) return true;
               return std::all_of(offsets.begin(), offsets.end(),
                                  [&](unsigned at) { return branch.begin < at && at < branch.end; });
             });
    };
    const Line* best = nullptr;
    for (const Line& line : file.lines) {
      if (fits(line) && (best == nullptr || line.below_numpy || (!best->below_numpy && line.offset < best->offset)))
        best = &line;
    }
    if (best != nullptr)
      found.below_numpy.push_back(whose.place(start.getLocWithOffset(static_cast<int>(best->offset))));
  }
}

}  // namespace abicheck::source_scan
