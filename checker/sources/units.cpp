#include "sources/units.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "input/file_kind.h"
#include "input/source_archive.h"

namespace abicheck {

namespace {

namespace fs = std::filesystem;

struct Include {
  std::string name;
  bool quoted = false;
};

// The directives of a text, conditions aside: what some platform includes is searched for as well.
std::vector<Include> includes_of(const std::string& text) {
  std::vector<Include> found;
  for (std::size_t at = text.find("include"); at != std::string::npos; at = text.find("include", at + 1)) {
    std::size_t before = at;
    while (before > 0 && (text[before - 1] == ' ' || text[before - 1] == '\t')) --before;
    if (before == 0 || text[before - 1] != '#') continue;
    std::size_t from = at + 7;
    while (from < text.size() && (text[from] == ' ' || text[from] == '\t')) ++from;
    if (from >= text.size() || (text[from] != '"' && text[from] != '<')) continue;
    const char close = text[from] == '"' ? '"' : '>';
    const std::size_t end = text.find_first_of(std::string{close, '\n'}, from + 1);
    if (end == std::string::npos || text[end] != close) continue;
    found.push_back({text.substr(from + 1, end - from - 1), close == '"'});
  }
  return found;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string joined(const std::string& folder, const std::string& name) {
  return fs::path(folder.empty() ? name : folder + "/" + name).lexically_normal().native();
}

std::size_t common_length(const std::string& a, const std::string& b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

class Finder {
 public:
  Finder(const SourceTree& tree, const CompileOptions& options) : tree_(tree), options_(options) {
    for (const auto& [path, text] : tree.texts) by_name_[std::string(base_name(path))].push_back(path);
    read_macros();
  }

  std::vector<SourceUnit> find() {
    std::vector<SourceUnit> units;
    for (const auto& [path, text] : tree_.texts) {
      if (!is_source_name(path) || path.ends_with(".pyx")) continue;
      const Closure closure = closure_of(path);
      const bool has_init =
          text.find("PyInit_") != std::string::npos || text.find("PyMODINIT_FUNC") != std::string::npos;
      if (!closure.numpy && !has_init) continue;
      units.push_back({path, arguments_for(closure)});
    }
    const bool any =
        std::any_of(units.begin(), units.end(), [&](const SourceUnit& u) { return closure_of(u.path).numpy; });
    if (!any) units.clear();
    return units;
  }

  std::vector<std::string> arguments_of(const std::string& path) { return arguments_for(closure_of(path)); }

 private:
  // Folders below the root, in the order in which includes asked for them.
  struct Closure {
    bool numpy = false;
    std::vector<std::string> quoted;
    std::vector<std::string> system;
  };

  Closure closure_of(const std::string& path) const {
    Closure closure;
    std::set<std::string> seen{path};
    std::vector<std::string> open{path};
    while (!open.empty()) {
      const std::string file = std::move(open.back());
      open.pop_back();
      for (const Include& include : includes_of(tree_.texts.at(file))) {
        if (include.name.starts_with("numpy/")) closure.numpy = true;
        const std::string found = resolve(file, path, include, closure);
        if (!found.empty() && seen.insert(found).second) open.push_back(found);
      }
    }
    return closure;
  }

  // The file of the tree that an include means: beside the file that includes it, or the nearest one whose path ends
  // so.
  std::string resolve(const std::string& file, const std::string& unit, const Include& include,
                      Closure& closure) const {
    const std::string beside = joined(folder_of(file), include.name);
    if (include.quoted && tree_.texts.count(beside) != 0) return beside;
    const auto named = by_name_.find(std::string(base_name(include.name)));
    if (named == by_name_.end()) return "";
    const std::string suffix = "/" + fs::path(include.name).lexically_normal().native();
    std::string best;
    for (const std::string& path : named->second) {
      if (!("/" + path).ends_with(suffix)) continue;
      if (best.empty() || common_length(path, unit) > common_length(best, unit)) best = path;
    }
    if (best.empty()) return "";
    const std::string with_slash = "/" + best;
    std::string folder = with_slash.substr(0, with_slash.size() - suffix.size());
    if (!folder.empty()) folder.erase(0, 1);
    std::vector<std::string>& folders = include.quoted ? closure.quoted : closure.system;
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) folders.push_back(folder);
    return best;
  }

  std::string on_disk(const std::string& folder) const {
    if (tree_.root.empty()) return folder.empty() ? "." : folder;
    return folder.empty() ? tree_.root : tree_.root + "/" + folder;
  }

  // Headers of the tree that are asked for between angle brackets must not stand before the system's of the same name.
  std::vector<std::string> arguments_for(const Closure& closure) const {
    std::vector<std::string> arguments;
    for (const std::string& folder : closure.quoted) arguments.push_back("-I" + on_disk(folder));
    if (!options_.python_headers.empty()) arguments.push_back("-I" + options_.python_headers);
    for (const std::string& folder : closure.system) arguments.push_back("-idirafter" + on_disk(folder));
    arguments.insert(arguments.end(), macros_.begin(), macros_.end());
    arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
    return arguments;
  }

  // define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")], '-DNPY_NO_DEPRECATED_API=NPY_1_9_API_VERSION'
  void read_macros() {
    static const std::regex kTuple(
        R"re(\(\s*["'](NPY_\w+|PY_(?:ARRAY|UFUNC)_UNIQUE_SYMBOL)["']\s*,\s*(?:["']([^"']*)["']|(None))\s*,?\s*\))re");
    static const std::regex kOption(R"re(-D(NPY_\w+|PY_(?:ARRAY|UFUNC)_UNIQUE_SYMBOL)(?:=(\w+))?)re");
    std::set<std::string> seen;
    for (const auto& [path, text] : tree_.texts) {
      const std::string_view name = base_name(path);
      if (name != "setup.py" && name != "meson.build" && name != "CMakeLists.txt") continue;
      for (const std::regex& form : {kTuple, kOption}) {
        for (std::sregex_iterator one(text.begin(), text.end(), form), end; one != end; ++one) {
          const std::string macro = (*one)[1];
          if (!seen.insert(macro).second) continue;
          macros_.push_back("-D" + macro + ((*one)[2].matched ? "=" + (*one)[2].str() : ""));
        }
      }
    }
  }

  const SourceTree& tree_;
  const CompileOptions& options_;
  std::map<std::string, std::vector<std::string>> by_name_;
  std::vector<std::string> macros_;
};

}  // namespace

std::vector<SourceUnit> find_units(const SourceTree& tree, const CompileOptions& options) {
  return Finder(tree, options).find();
}

}  // namespace abicheck
