#include "build_files/macros.h"

#include <algorithm>

#include "base/text.h"
#include "base/words.h"
#include "build_files/names.h"
#include "build_files/sources.h"
#include "build_files/text.h"

namespace abicheck {

namespace {

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
      const std::string ending = "/" + std::string(base_name(name));
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

bool is_macro_of_numpy(std::string_view word) {
  constexpr std::string_view kPrefix = "NPY_";
  return (word.starts_with(kPrefix) && word.size() > kPrefix.size()) || word == "PY_ARRAY_UNIQUE_SYMBOL" ||
         word == "PY_UFUNC_UNIQUE_SYMBOL";
}

bool is_quote(char c) {
  return c == '"' || c == '\'';
}

class Reader {
 public:
  Reader(const std::map<std::string, std::string>& texts, const std::string& path, const std::string& text)
      : texts_(texts), path_(path), text_(read_build_text(path, text)), calls_(read_build_calls(path, text_)) {
    for (const BuildCall& call : calls_)
      files_.push_back(call.sources ? files_of_tree(texts_, path_, *call.sources) : std::nullopt);
  }

  void read(std::vector<BuildMacro>& macros) {
    for_each_word(text_.code, [&](std::string_view word, std::size_t at) {
      if (is_macro_of_numpy(word)) read_tuple(word, at, macros);
    });
    // '-DNPY_NO_DEPRECATED_API=NPY_1_9_API_VERSION'
    for_each_word(text_.code, [&](std::string_view word, std::size_t at) {
      const bool option = at > 0 && text_.code[at - 1] == '-' && word.starts_with('D');
      if (option && is_macro_of_numpy(word.substr(1)))
        add(word.substr(1), at + 1, number_behind(at + word.size()), macros);
    });
    for (const BuildCall& call : calls_) {
      if (!call.only_definitions) continue;
      for_each_word(std::string_view(text_.code).substr(0, call.end).substr(call.begin),
                    [&](std::string_view word, std::size_t at) {
                      at += call.begin;
                      if (is_macro_of_numpy(word)) add(word, at, number_behind(at + word.size()), macros);
                    });
    }
  }

 private:
  // define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")]
  void read_tuple(std::string_view word, std::size_t at, std::vector<BuildMacro>& macros) {
    const std::string_view code = text_.code;
    if (at == 0 || !is_quote(code[at - 1])) return;
    std::size_t before = at - 1;
    while (before > 0 && is_space(code[before - 1])) --before;
    std::size_t next = at + word.size();
    if (before == 0 || code[before - 1] != '(' || next == code.size() || !is_quote(code[next])) return;
    next = behind_blanks(code, next + 1);
    if (!stands_at(code, next, ",")) return;
    next = behind_blanks(code, next + 1);
    std::optional<std::string> value;
    if (next < code.size() && is_quote(code[next])) {
      const std::size_t end = code.find_first_of("\"'", next + 1);
      if (end == std::string_view::npos) return;
      value = code.substr(next + 1, end - next - 1);
      next = end + 1;
    } else if (code.substr(next, behind_word(code, next) - next) == "None") {
      next = behind_word(code, next);
    } else {
      return;
    }
    next = behind_blanks(code, next);
    if (stands_at(code, next, ",")) next = behind_blanks(code, next + 1);
    if (stands_at(code, next, ")")) add(word, at, std::move(value), macros);
  }

  // =NPY_1_9_API_VERSION
  std::optional<std::string> number_behind(std::size_t at) const {
    const std::string_view code = text_.code;
    const std::size_t end = stands_at(code, at, "=") ? behind_word(code, at + 1) : at + 1;
    return end == at + 1 ? std::nullopt : std::optional<std::string>(code.substr(at + 1, end - at - 1));
  }

  void add(std::string_view name, std::size_t at, std::optional<std::string> value, std::vector<BuildMacro>& macros) {
    if (!seen_.insert(at).second) return;
    BuildMacro macro{path_, at, std::string(name), std::move(value), std::nullopt};
    if (const std::size_t call = call_at(at); call < calls_.size()) {
      macro.sources = files_[call];
      if (!macro.sources) macro.not_for = sources_of_others(call);
    }
    macros.push_back(std::move(macro));
  }

  // The innermost; the number of all calls where there is none.
  std::size_t call_at(std::size_t at) const {
    std::size_t inner = calls_.size();
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      const bool here = calls_[i].begin <= at && at < calls_[i].end;
      if (here && (inner == calls_.size() || calls_[i].begin > calls_[inner].begin)) inner = i;
    }
    return inner;
  }

  std::set<std::string> sources_of_others(std::size_t one) const {
    std::set<std::string> all;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (i != one && files_[i]) all.insert(files_[i]->begin(), files_[i]->end());
    }
    return all;
  }

  const std::map<std::string, std::string>& texts_;
  const std::string& path_;
  BuildText text_;
  std::vector<BuildCall> calls_;
  std::vector<std::optional<std::set<std::string>>> files_;  // of each call; nothing where they are not known
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
