#include "base/build_macros.h"

#include <algorithm>
#include <regex>

#include "base/build_file.h"
#include "base/build_sources.h"
#include "base/build_text.h"

namespace abicheck {

namespace {

#define NUMPY_MACRO R"re((NPY_\w+|PY_(?:ARRAY|UFUNC)_UNIQUE_SYMBOL))re"

std::string parent_of(const std::string& folder) {
  const auto slash = folder.rfind('/');
  return slash == std::string::npos ? "" : folder.substr(0, slash);
}

// Names in a build file start from its folder, or from that of the setup.py that calls it.
std::string file_of_tree(const std::map<std::string, std::string>& texts, const std::string& build_file,
                         std::string name) {
  while (name.starts_with("./")) name.erase(0, 2);
  for (std::string folder = parent_of(build_file);; folder = parent_of(folder)) {
    std::string path = folder;
    std::string rest = name;
    for (; rest.starts_with("../") && !path.empty(); rest.erase(0, 3)) path = parent_of(path);
    path = path.empty() ? rest : path + "/" + rest;
    if (texts.count(path) != 0) return path;
    if (folder.empty()) return "";
  }
}

// Nothing if a name may mean a file that stands elsewhere. One that no file of the tree has is made by the build.
std::optional<std::set<std::string>> files_of_tree(const std::map<std::string, std::string>& texts,
                                                   const std::string& build_file,
                                                   const std::vector<std::string>& names) {
  std::set<std::string> files;
  for (const std::string& name : names) {
    const std::string path = file_of_tree(texts, build_file, name);
    if (path.empty()) {
      const std::string ending = "/" + name.substr(name.rfind('/') + 1);
      const bool elsewhere =
          std::any_of(texts.begin(), texts.end(), [&](const auto& one) { return ("/" + one.first).ends_with(ending); });
      if (elsewhere) return std::nullopt;
      continue;
    }
    files.insert(path);
    if (!path.ends_with(".pyx")) continue;
    // What Cython made of it.
    for (const char* suffix : {".c", ".cpp", ".cxx", ".cc"}) {
      const std::string made = path.substr(0, path.size() - 4) + suffix;
      if (texts.count(made) != 0) files.insert(made);
    }
  }
  return files;
}

class Reader {
 public:
  Reader(const std::map<std::string, std::string>& texts, const std::string& path, const std::string& text)
      : texts_(texts), path_(path), text_(read_build_text(path, text)), calls_(read_build_calls(path, text_)) {}

  void read(std::vector<BuildMacro>& macros) {
    // define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")], '-DNPY_NO_DEPRECATED_API=NPY_1_9_API_VERSION'
    static const std::regex kTuple(R"re(\(\s*["'])re" NUMPY_MACRO
                                   R"re(["']\s*,\s*(?:["']([^"']*)["']|(?:None))\s*,?\s*\))re");
    static const std::regex kOption("-D" NUMPY_MACRO R"re((?:=(\w+))?)re");
    static const std::regex kDefinition("\\b" NUMPY_MACRO R"re((?:=(\w+))?)re");
    const std::string& code = text_.code;
    find(kTuple, 0, code.size(), macros);
    find(kOption, 0, code.size(), macros);
    for (const BuildCall& call : calls_) {
      if (call.only_definitions) find(kDefinition, call.begin, call.end, macros);
    }
  }

 private:
  void find(const std::regex& form, std::size_t begin, std::size_t end, std::vector<BuildMacro>& macros) {
    const auto from = text_.code.begin();
    std::sregex_iterator one(from + static_cast<std::ptrdiff_t>(begin), from + static_cast<std::ptrdiff_t>(end), form);
    for (; one != std::sregex_iterator(); ++one) {
      const std::size_t at = begin + static_cast<std::size_t>(one->position(1));
      if (!seen_.insert(at).second) continue;
      BuildMacro macro{path_, at, (*one)[1], std::nullopt, std::nullopt};
      if (const BuildCall* call = call_at(at)) {
        if (call->sources) macro.sources = files_of_tree(texts_, path_, *call->sources);
        if (!macro.sources) macro.not_for = sources_of_others(*call);
      }
      if ((*one)[2].matched) macro.value = (*one)[2].str();
      macros.push_back(std::move(macro));
    }
  }

  const BuildCall* call_at(std::size_t at) const {
    const BuildCall* inner = nullptr;
    for (const BuildCall& call : calls_) {
      if (call.begin <= at && at < call.end && (inner == nullptr || call.begin > inner->begin)) inner = &call;
    }
    return inner;
  }

  std::set<std::string> sources_of_others(const BuildCall& one) const {
    std::set<std::string> all;
    for (const BuildCall& call : calls_) {
      if (&call == &one || !call.sources) continue;
      if (auto files = files_of_tree(texts_, path_, *call.sources)) all.merge(*files);
    }
    return all;
  }

  const std::map<std::string, std::string>& texts_;
  const std::string& path_;
  BuildText text_;
  std::vector<BuildCall> calls_;
  std::set<std::size_t> seen_;
};

}  // namespace

std::vector<BuildMacro> read_build_macros(const std::map<std::string, std::string>& texts) {
  std::vector<BuildMacro> macros;
  for (const auto& [path, text] : texts) {
    if (!may_hold_arguments(path)) continue;
    if (text.find("NPY_") == std::string::npos && text.find("_UNIQUE_SYMBOL") == std::string::npos) continue;
    Reader(texts, path, text).read(macros);
  }
  return macros;
}

std::string without_comments(std::string_view path, std::string_view text) {
  return read_build_text(path, text).code;
}

}  // namespace abicheck
