#include "sources/units.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "base/build_file.h"
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
    bool any = false;
    for (const auto& [path, text] : tree_.texts) {
      if (!is_source_name(path) || is_cython_name(path)) continue;
      const Closure closure = closure_of(path);
      const bool has_init =
          text.find("PyInit_") != std::string::npos || text.find("PyMODINIT_FUNC") != std::string::npos;
      any = any || closure.numpy;
      if (closure.numpy || has_init || options_.every_source) units.push_back({path, arguments_for(closure)});
    }
    if (!any && !options_.every_source) units.clear();
    return units;
  }

 private:
  // Folders below the root, in the order in which includes asked for them.
  struct Closure {
    bool numpy = false;
    std::vector<std::string> quoted;
    std::vector<std::string> system;
    std::vector<std::string> packages;   // on disk
    std::vector<std::string> libraries;  // as well
  };

  static void add_once(std::vector<std::string>& folders, const std::string& folder) {
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) folders.push_back(folder);
  }

  const std::vector<Include>& includes_in(const std::string& path) {
    const auto [entry, fresh] = includes_.try_emplace(path);
    if (fresh) entry->second = includes_of(tree_.texts.at(path));
    return entry->second;
  }

  Closure closure_of(const std::string& path) {
    Closure closure;
    std::set<std::string> seen{path};
    std::vector<std::string> open{path};
    while (!open.empty()) {
      const std::string file = std::move(open.back());
      open.pop_back();
      for (const Include& include : includes_in(file)) {
        if (include.name.starts_with("numpy/")) closure.numpy = true;
        const std::string found = resolve(file, path, include, closure);
        if (!found.empty() && seen.insert(found).second) open.push_back(found);
        if (found.empty() && !look_in_packages(include.name, closure)) look_in_libraries(include.name, closure);
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
    std::string name = fs::path(include.name).lexically_normal().native();
    std::size_t up = 0;
    for (; name.starts_with("../"); name.erase(0, 3)) ++up;
    const std::string suffix = "/" + name;
    std::string best;
    for (const std::string& path : named->second) {
      if (!("/" + path).ends_with(suffix)) continue;
      if (best.empty() || common_length(path, unit) > common_length(best, unit)) best = path;
    }
    if (best.empty()) return "";
    const std::string with_slash = "/" + best;
    std::string folder = with_slash.substr(0, with_slash.size() - suffix.size());
    if (!folder.empty()) folder.erase(0, 1);
    if (up > 0) folder = below(folder, up, unit);
    add_once(include.quoted ? closure.quoted : closure.system, folder);
    return best;
  }

  // A folder `levels` below another from which "../" leads there, on the way to the unit where possible.
  std::string below(const std::string& folder, std::size_t levels, const std::string& unit) const {
    const std::string start = folder.empty() ? "" : folder + "/";
    const auto cut = [&](const std::string& path) -> std::string {
      if (!path.starts_with(start)) return "";
      std::size_t end = start.size();
      for (std::size_t i = 0; i < levels; ++i) {
        end = path.find('/', i == 0 ? end : end + 1);
        if (end == std::string::npos) return "";
      }
      return path.substr(0, end);
    };
    std::string found = cut(unit);
    for (auto it = tree_.texts.lower_bound(start); found.empty() && it != tree_.texts.end(); ++it) {
      if (!it->first.starts_with(start)) break;
      found = cut(it->first);
    }
    return found.empty() ? folder : found;
  }

  // <pybind11/numpy.h> of the package pybind11 is pybind11/include/pybind11/numpy.h.
  bool look_in_packages(const std::string& name, Closure& closure) {
    const std::string package = name.substr(0, name.find('/'));
    if (package == name || package == "numpy") return package != name;
    const auto [entry, fresh] = package_folders_.try_emplace(package);
    for (const std::string& packages : options_.packages) {
      if (!fresh || !entry->second.empty()) break;
      const std::string folder = packages + "/" + package + "/include";
      std::error_code ignored;
      if (fs::is_directory(folder + "/" + package, ignored)) entry->second = folder;
    }
    if (!entry->second.empty()) add_once(closure.packages, entry->second);
    return !entry->second.empty();
  }

  // <ft2build.h> is /usr/include/freetype2/ft2build.h.
  void look_in_libraries(const std::string& name, Closure& closure) {
    const auto [entry, fresh] = library_folders_.try_emplace(name);
    if (fresh) entry->second = library_folder(name);
    if (!entry->second.empty()) add_once(closure.libraries, entry->second);
  }

  std::string library_folder(const std::string& name) const {
    const auto has = [&](const std::string& folder) {
      std::error_code ignored;
      return !folder.empty() && fs::exists(folder + "/" + name, ignored);
    };
    const std::string own[] = {"/usr/local/include", "/usr/include", options_.python_headers};
    if (std::any_of(std::begin(own), std::end(own), has)) return "";
    const auto found = std::find_if(options_.libraries.begin(), options_.libraries.end(), has);
    return found == options_.libraries.end() ? "" : *found;
  }

  std::string on_disk(const std::string& folder) const {
    if (tree_.root.empty()) return folder.empty() ? "." : folder;
    return folder.empty() ? tree_.root : tree_.root + "/" + folder;
  }

  // Headers of the tree that are asked for between angle brackets must not stand before the system's of the same name.
  // What the user gives comes first where the first counts, and last where the last does.
  std::vector<std::string> arguments_for(const Closure& closure) const {
    std::vector<std::string> arguments = macros_;
    arguments.insert(arguments.end(), options_.arguments.begin(), options_.arguments.end());
    for (const std::string& folder : closure.quoted) arguments.push_back("-I" + on_disk(folder));
    for (const std::string& folder : closure.packages) arguments.push_back("-I" + folder);
    if (!options_.python_headers.empty()) arguments.insert(arguments.end(), {"-isystem", options_.python_headers});
    for (const std::string& folder : closure.system) arguments.push_back("-idirafter" + on_disk(folder));
    for (const std::string& folder : closure.libraries) arguments.push_back("-idirafter" + folder);
    return arguments;
  }

  // define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")], '-DNPY_NO_DEPRECATED_API=NPY_1_9_API_VERSION'
  void read_macros() {
    static const std::regex kTuple(
        R"re(\(\s*["'](NPY_\w+|PY_(?:ARRAY|UFUNC)_UNIQUE_SYMBOL)["']\s*,\s*(?:["']([^"']*)["']|(None))\s*,?\s*\))re");
    static const std::regex kOption(R"re(-D(NPY_\w+|PY_(?:ARRAY|UFUNC)_UNIQUE_SYMBOL)(?:=(\w+))?)re");
    std::set<std::string> seen;
    for (const auto& [path, text] : tree_.texts) {
      if (!may_hold_arguments(path)) continue;
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
  std::map<std::string, std::vector<Include>> includes_;  // by path
  std::map<std::string, std::string> package_folders_;    // by name of the package; empty: none
  std::map<std::string, std::string> library_folders_;    // by name of the header; empty: none
  std::vector<std::string> macros_;
};

}  // namespace

std::vector<SourceUnit> find_units(const SourceTree& tree, const CompileOptions& options) {
  return Finder(tree, options).find();
}

}  // namespace abicheck
