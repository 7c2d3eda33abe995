#include "cli/propose_fixes.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "cython/generated_code.h"
#include "rules/rule_table.h"
#include "rules/source_judge.h"

namespace abicheck {

namespace {

namespace fs = std::filesystem;

// A fix may bring to light what an error has hidden.
constexpr int kMostPasses = 5;

// What is fixed has to compile with NumPy 1.x and 2.x, whichever is asked for: the newest release of each ABI.
std::vector<Target> newest_of_each_abi(const AbiDatabase& database) {
  std::vector<Target> targets;
  std::set<std::uint32_t> seen;
  const auto& minors = database.minors();
  for (auto minor = minors.rbegin(); minor != minors.rend(); ++minor) {
    const std::string& release = minor->releases.back();
    if (!seen.insert(database.facts_for(release).abi).second) continue;
    targets.push_back({release, {release}, minor->minor, false});
  }
  return targets;
}

// Paths of one file may differ: src/../include/x.h.
std::string real_path(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(path, error);
  return error ? fs::path(path).lexically_normal().native() : real.native();
}

struct Errors {
  std::size_t count = 0;
  bool unknown = false;
  bool without_import = false;
  std::map<std::string, std::size_t> symbols;  // what the compiler complains of, and how often
  std::vector<const Finding*> findings;
};

bool is_about_import(std::string_view rule) {
  return rule == rule::kImportMissing || rule == rule::kImportNotReached || rule == rule::kImportElsewhere;
}

using ErrorsOfUnits = std::map<std::pair<std::string, std::string>, Errors>;  // by unit and target

ErrorsOfUnits errors_of(const FileReport& file) {
  ErrorsOfUnits all;
  for (const SourceReport& source : file.sources) {
    for (const auto& [target, verdict] : source.verdicts) {
      Errors& errors = all[{source.path, target}];
      for (const Finding& finding : verdict.findings) {
        const bool build = finding.severity == Severity::kError && finding.when == When::kBuild;
        errors.count += build ? 1 : 0;
        if (build && !finding.symbol.empty()) ++errors.symbols[finding.symbol];
        errors.unknown = errors.unknown || finding.rule == rule::kNotParsed;
        // Accessors need what import_array() fills, which members did not.
        const bool import = finding.severity == Severity::kError && is_about_import(finding.rule);
        errors.without_import = errors.without_import || import;
        if (build || import || finding.rule == rule::kNotParsed) errors.findings.push_back(&finding);
      }
    }
  }
  return all;
}

std::size_t count_in(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + word.size())) ++count;
  return count;
}

class Proposer {
 public:
  Proposer(const Input& input, SourceContext context) : input_(input), context_(std::move(context)) {
    context_.also = newest_of_each_abi(context_.database);
  }

  Proposal run() {
    SourceOutcome outcome = scan_sources(input_, context_);
    proposal_.problems = std::move(outcome.problems);
    if (!outcome.file) return std::move(proposal_);
    proposal_.root = outcome.tree.root;
    proposal_.on_disk = outcome.tree.on_disk;
    before_ = outcome.tree.texts;
    for (const auto& [path, text] : before_) paths_[real(path)] = path;
    const FileReport first = std::move(*outcome.file);
    const ErrorsOfUnits errors = errors_of(first);
    std::optional<FileReport> now = first;
    for (int pass = 0; pass < kMostPasses && now && change(*now); ++pass) {
      now = scan();
      while (now && !files_.empty() && leave_out(errors, errors_of(*now))) now = scan();
    }
    for (auto& [path, file] : files_) proposal_.files.push_back(std::move(file));
    return std::move(proposal_);
  }

 private:
  // The path that findings name is the one that clang was given.
  std::string real(const std::string& path) const {
    if (!proposal_.on_disk) return path;
    return real_path(proposal_.root.empty() ? path : proposal_.root + "/" + path);
  }
  std::string path_in_tree(const std::string& shown) const {
    const auto found = paths_.find(proposal_.on_disk ? real_path(shown) : shown);
    return found == paths_.end() ? "" : found->second;
  }

  std::optional<FileReport> scan() {
    context_.changed.clear();
    for (const auto& [path, file] : files_) context_.changed[path] = file.after;
    return scan_sources(input_, context_).file;
  }

  // Files of the tree that are written by hand, and not by Cython.
  bool may_change(const std::string& path) const {
    return !path.empty() && left_.count(path) == 0 &&
           !read_generated_code(SourceTree{"", {{path, before_.at(path)}}}, path);
  }

  std::vector<Finding> fixable(const FileReport& report) {
    std::vector<Finding> findings;
    std::map<std::string, std::string> paths;
    std::map<std::string, bool> may;
    const auto path_of = [&](const std::string& shown) -> const std::string& {
      const auto [path, is_new] = paths.try_emplace(shown);
      if (is_new) path->second = path_in_tree(shown);
      return path->second;
    };
    for (const SourceReport& source : report.sources) {
      for (const auto& [target, verdict] : source.verdicts) {
        const bool asked = std::none_of(context_.also.begin(), context_.also.end(),
                                        [&, &key = target](const Target& also) { return also.key == key; });
        for (const Finding& finding : verdict.findings) {
          if (finding.fix.empty() || !(asked || is_asked(target))) continue;
          const std::string& path = path_of(finding.fix.front().front().begin.file);
          const auto [allowed, is_new] = may.try_emplace(path);
          if (is_new) allowed->second = may_change(path);
          if (!allowed->second) continue;
          findings.push_back(finding);
          for (SourceChange& change : findings.back().fix) {
            for (SourceEdit& edit : change) edit.begin.file = edit.end.file = path;
          }
        }
      }
    }
    return findings;
  }

  bool is_asked(const std::string& key) const {
    return std::any_of(context_.targets.begin(), context_.targets.end(),
                       [&](const Target& target) { return target.key == key; });
  }

  // Whether there was anything to change.
  bool change(const FileReport& report) {
    std::map<std::string, std::string> texts = before_;
    for (const auto& [path, file] : files_) texts[path] = file.after;
    const auto folder = proposal_.on_disk ? std::optional(proposal_.root) : std::nullopt;
    Result<std::vector<FixedText>> fixed = fix_texts(fixable(report), texts, folder);
    if (!fixed) {
      proposal_.problems.push_back(fixed.error());
      return false;
    }
    for (FixedText& one : *fixed) {
      FixedText& file = files_.try_emplace(one.path, FixedText{one.path, one.before, "", 0, 0}).first->second;
      file.after = std::move(one.after);
      file.applied += one.applied;
      file.left_out = one.left_out;
    }
    return !fixed->empty();
  }

  // Whether the fixes have put in what does not compile. Other errors may have been hidden by those that are mended.
  bool is_put_in(const Finding& finding, const Errors& before, const Errors& now) const {
    const auto count = now.symbols.find(finding.symbol);
    if (count == now.symbols.end()) return false;
    const auto old = before.symbols.find(finding.symbol);
    if (old != before.symbols.end() && old->second >= count->second) return false;
    return std::any_of(files_.begin(), files_.end(), [&](const auto& changed) {
      const FixedText& file = changed.second;
      return count_in(file.after, finding.symbol) > count_in(file.before, finding.symbol);
    });
  }

  // Of a unit that has become worse the files in which its errors stand stay as they were, or else the unit itself, or
  // else all. Whether there was one.
  bool leave_out(const ErrorsOfUnits& before, const ErrorsOfUnits& now) {
    std::map<std::string, std::string> why;  // by path
    for (const auto& [key, errors] : now) {
      const auto old = before.find(key);
      if (old == before.end()) continue;
      std::vector<const Finding*> findings = errors.findings;
      const auto others = std::stable_partition(
          findings.begin(), findings.end(),
          [&, &now_there = errors](const Finding* finding) { return is_put_in(*finding, old->second, now_there); });
      const bool worse = others != findings.begin() || errors.count > old->second.count ||
                         (errors.unknown && !old->second.unknown) ||
                         (errors.without_import && !old->second.without_import);
      if (!worse) continue;
      std::map<std::string, std::string> blamed;
      std::string message;
      for (const Finding* finding : findings) {
        if (message.empty()) message = finding->message;
        const std::string path = finding->place ? path_in_tree(finding->place->file) : "";
        if (files_.count(path) != 0) blamed.emplace(path, finding->message);
      }
      const std::string unit = path_in_tree(key.first);
      if (blamed.empty() && files_.count(unit) != 0) blamed.emplace(unit, message);
      if (blamed.empty()) {
        for (const auto& [path, file] : files_) blamed.emplace(path, message);
      }
      why.merge(blamed);
    }
    for (const auto& [path, message] : why) {
      files_.erase(path);
      left_.insert(path);
      proposal_.notes.push_back(path + ": it is left as it was, since with its fixes " + message);
    }
    return !why.empty();
  }

  const Input& input_;
  SourceContext context_;
  Proposal proposal_;
  std::map<std::string, std::string> before_;  // texts by path below the root
  std::map<std::string, std::string> paths_;   // below the root, by real path
  std::map<std::string, FixedText> files_;     // changed, by path below the root
  std::set<std::string> left_;                 // no more to be changed
};

}  // namespace

Proposal propose_fixes(const Input& input, const SourceContext& context) {
  return Proposer(input, context).run();
}

}  // namespace abicheck
