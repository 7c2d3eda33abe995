#include "cython/read_source.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "cython/positions.h"
#include "cython/scope.h"
#include "cython/statements.h"
#include "cython/tree_files.h"

namespace abicheck {

namespace {

using Kind = CythonBlock::Kind;

constexpr int kIncludeDepth = 16;
constexpr std::array<std::string_view, 8> kImports{"import_array",           "_import_array",         "import_umath",
                                                   "_import_umath",          "import_ufunc",          "import_array1",
                                                   "PyArray_ImportNumPyAPI", "PyUFunc_ImportUFuncAPI"};
// Words before the type of what is declared.
constexpr std::array<std::string_view, 14> kModifiers{"cdef",   "cpdef",  "ctypedef", "public", "readonly",
                                                      "api",    "inline", "const",    "extern", "volatile",
                                                      "static", "struct", "packed",   "final"};

template <typename List>
bool is_one_of(std::string_view word, const List& list) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

// "numpy/arrayobject.h"; old sources write "arrayobject.h" as well.
bool is_header_of_numpy(std::string_view header) {
  return header.starts_with("numpy/") || header.ends_with("arrayobject.h") || header.ends_with("ufuncobject.h");
}

class Reader {
 public:
  explicit Reader(const SourceTree& tree) : tree_(tree) {}

  CythonSource read(const std::string& path) {
    const std::string pxd = path.ends_with(".pyx") ? path.substr(0, path.size() - 4) + ".pxd" : "";
    if (tree_.texts.count(pxd) != 0) read_silently(pxd);
    read_file(path, 0);
    settle_declared();
    return std::move(found_);
  }

 private:
  // What a .pxd says is true of its .pyx; what is found in it is said of the .pxd itself.
  void read_silently(const std::string& path) {
    silent_ = true;
    read_file(path, 0);
    silent_ = false;
  }

  void read_file(const std::string& path, int depth) {
    const std::string outer = std::exchange(file_, path);
    const std::size_t outer_blocks = scope_.begin_file();
    const CythonText text = read_statements(tree_.texts.at(path));
    if (text.unended_string != 0) problem("a string does not end", text.unended_string);
    for (const CythonStatement& statement : text.statements) {
      scope_.leave(statement.indent);
      read_statement(statement, depth);
    }
    scope_.end_file(outer_blocks);
    file_ = outer;
  }

  void problem(const std::string& what, unsigned line) {
    if (silent_ || !found_.problem.empty()) return;
    found_.problem = what;
    found_.problem_place = {file_, line, 1};
  }

  SourcePlace place(const CythonToken& token) const { return {file_, token.line, token.column}; }

  void read_statement(const CythonStatement& statement, int depth) {
    const CythonTokens& tokens = statement.tokens;
    const CythonToken& first = tokens.front();
    if (first.is("cimport")) return read_cimport(tokens);
    if (first.is("import")) return read_import(tokens);
    if (first.is("from") && tokens.size() > 3) {
      const std::size_t what = behind_dotted(tokens, 1);
      if (what < tokens.size() && tokens[what].is("cimport")) return read_from(tokens, what);
    }
    if (first.is("include") && tokens.size() == 2 && tokens[1].kind == CythonToken::Kind::kString)
      return read_include(tokens[1], depth);
    if (first.is("IF") || first.is("ELIF") || first.is("ELSE")) return open(statement, Kind::kCondition);
    if (first.is("with") && tokens.size() > 1 && (tokens[1].is("nogil") || tokens[1].is("gil"))) {
      CythonBlock block = block_of(statement, Kind::kPlain);
      block.without_gil = tokens[1].is("nogil");
      return scope_.enter(std::move(block));
    }
    read_code(statement);
  }

  CythonBlock block_of(const CythonStatement& statement, Kind kind) const {
    CythonBlock block;
    block.kind = kind;
    block.indent = statement.indent;
    block.without_gil = scope_.without_gil();
    block.of_numpy = scope_.of_numpy();
    return block;
  }
  void open(const CythonStatement& statement, Kind kind) {
    if (statement.opens_block) scope_.enter(block_of(statement, kind));
  }

  // cimport numpy, cython as cy, numpy as np
  void read_cimport(const CythonTokens& tokens) {
    for (std::size_t at = 1; at < tokens.size(); ++at) {
      const std::size_t end = behind_dotted(tokens, at);
      if (end == at) continue;
      const bool as = end + 1 < tokens.size() && tokens[end].is("as");
      const bool whole = end == at + 1;  // cimport numpy.random binds numpy too
      if (tokens[at].is("numpy") && (whole || !as)) {
        scope_.modules.insert(std::string(as ? tokens[end + 1].text : tokens[at].text));
        if (whole) note_cimport(tokens[at]);
      }
      at = as ? end + 1 : end;
    }
  }

  void note_cimport(const CythonToken& token) {
    if (!silent_ && found_.cimport.file.empty()) found_.cimport = place(token);
  }

  void read_import(const CythonTokens& tokens) {
    for (std::size_t at = 1; at < tokens.size(); ++at) {
      const std::size_t end = behind_dotted(tokens, at);
      if (end == at) continue;
      const bool as = end + 1 < tokens.size() && tokens[end].is("as");
      if (tokens[at].is("numpy")) scope_.python.insert(std::string(as ? tokens[end + 1].text : tokens[at].text));
      at = as ? end + 1 : end;
    }
  }

  // from numpy cimport (ndarray, int_t as INT)
  void read_from(const CythonTokens& tokens, std::size_t what) {
    if (what != 2 || !tokens[1].is("numpy")) return;
    note_cimport(tokens[1]);
    for (std::size_t at = what + 1; at < tokens.size(); ++at) {
      if (tokens[at].is("*")) scope_.star = true;
      if (!tokens[at].is_name()) continue;
      const bool as = at + 2 < tokens.size() && tokens[at + 1].is("as");
      const std::string name(tokens[at].text);
      scope_.names[std::string(as ? tokens[at + 2].text : tokens[at].text)] = name;
      use(tokens[at], name, CythonHow::kCimported, false);
      if (as) at += 2;
    }
  }

  void read_include(const CythonToken& token, int depth) {
    const std::string path = included_file(tree_, file_, token.text);
    if (path.empty() && scope_.is_in(Kind::kCondition)) return;
    if (path.empty()) return problem(std::string(token.text) + ", which it includes, is not there", token.line);
    if (depth < kIncludeDepth) read_file(path, depth + 1);
  }

  void use(const CythonToken& token, const std::string& name, CythonHow how, bool or_python) {
    if (silent_ || scope_.is_in(Kind::kCondition)) return;
    found_.uses.push_back({place(token), name, how, or_python, scope_.without_gil(), scope_.function()});
  }
  void use_own(const CythonToken& token, const std::string& name, const char* kind) {
    if (silent_ || scope_.is_in(Kind::kCondition)) return;
    found_.own.push_back({place(token), name, kind, scope_.function()});
  }

  static bool is_declaring(Kind kind) {
    return kind == Kind::kExtern || kind == Kind::kDeclarations || kind == Kind::kStruct || kind == Kind::kFused;
  }

  // Everything else: declarations and what is done with them.
  void read_code(const CythonStatement& statement) {
    const CythonTokens& tokens = statement.tokens;
    const CythonToken& first = tokens.front();
    const Kind around = scope_.block().kind;
    if (around == Kind::kEnum) return declare_constants(tokens);
    const bool begins = first.is("cdef") || first.is("cpdef") || first.is("ctypedef");
    const bool declaration = begins || is_declaring(around);
    const std::optional<std::size_t> head = head_of_function(tokens, declaration);
    const bool definition = head && (first.is("def") || first.is("async") || declaration);
    const bool extern_head =
        begins && std::any_of(tokens.begin(), tokens.end(), [](const auto& t) { return t.is("extern"); });
    find_uses(tokens, type_positions(tokens, declaration && !extern_head, definition), declaration);
    if (statement.opens_block) return enter_block(statement, head, definition);
    if (!declaration) return;
    if (scope_.of_numpy() && head) declare_function(tokens, *head);
    if (!head) declare_variables(tokens, scope_.declares_members());
  }

  // The '(' of a function's parameters: def f(, cdef inline int *f(, in an extern block also object f "g"(
  static std::optional<std::size_t> head_of_function(const CythonTokens& tokens, bool declaration) {
    const bool python = tokens.front().is("def") || tokens.front().is("async");
    if (!python && !declaration) return std::nullopt;
    for (std::size_t i = 1; i < tokens.size(); ++i) {
      if (tokens[i].is("=") || tokens[i].is(",") || tokens[i].is("class")) return std::nullopt;
      if (tokens[i].is("[")) {
        i = behind_bracket(tokens, i) - 1;
      } else if (tokens[i].is("(")) {
        const bool named = tokens[i - 1].is_name() || tokens[i - 1].kind == CythonToken::Kind::kString;
        return named && i > (declaration && !python ? 1U : 0U) ? std::optional(i) : std::nullopt;
      }
    }
    return std::nullopt;
  }

  void enter_block(const CythonStatement& statement, std::optional<std::size_t> head, bool definition) {
    const CythonTokens& tokens = statement.tokens;
    const auto has = [&](std::string_view word) {
      return std::any_of(tokens.begin(), tokens.end(), [&](const auto& token) { return token.is(word); });
    };
    const CythonToken& first = tokens.front();
    const bool begins = first.is("cdef") || first.is("cpdef") || first.is("ctypedef");
    const bool declares = begins || is_declaring(scope_.block().kind);
    CythonBlock block = block_of(statement, Kind::kPlain);
    if (begins && has("extern")) {
      block.kind = Kind::kExtern;
      block.of_numpy = std::any_of(tokens.begin(), tokens.end(), [](const auto& token) {
        return token.kind == CythonToken::Kind::kString && is_header_of_numpy(token.text);
      });
      for (const CythonToken& token : tokens) note_header(token);
    } else if (first.is("class") || (declares && has("class"))) {
      block.kind = Kind::kClass;
      block.name = declare_type(tokens, "class");
    } else if (declares && has("fused")) {
      block.kind = Kind::kFused;
    } else if (declares && !head && has("enum")) {
      block.kind = Kind::kEnum;
    } else if (declares && !head && (has("struct") || has("union"))) {
      block.kind = Kind::kStruct;
      block.name = declare_type(tokens, has("struct") ? "struct" : "union");
    } else if (definition) {
      block.kind = Kind::kFunction;
      block.name = tokens[*head - 1].text;
      if (!silent_ && !first.is("def") && !first.is("async") && !first.is("cpdef")) found_.only_c.insert(block.name);
      block.without_gil = std::any_of(tokens.begin() + static_cast<std::ptrdiff_t>(behind_bracket(tokens, *head)),
                                      tokens.end(), [](const auto& token) { return token.is("nogil"); });
      scope_.enter(std::move(block));
      return declare_parameters(tokens, *head);
    } else if (tokens.size() <= 2 && begins) {
      block.kind = Kind::kDeclarations;  // cdef:, cdef public:
    }
    scope_.enter(std::move(block));
  }

  // A header of the tree may hide import_array() in a macro or a function.
  void note_header(const CythonToken& token) {
    if (silent_ || token.kind != CythonToken::Kind::kString) return;
    const std::string path = included_file(tree_, file_, token.text);
    if (!path.empty() && tree_.texts.at(path).find("import_array") != std::string::npos)
      found_.imports.push_back({place(token), "import_array", "", "", false});
  }

  // ctypedef class numpy.dtype [object PyArray_Descr]: what stands in it is said of the C structure.
  std::string declare_type(const CythonTokens& tokens, std::string_view word) {
    const auto at = static_cast<std::size_t>(
        std::find_if(tokens.begin(), tokens.end(), [&](const auto& token) { return token.is(word); }) - tokens.begin());
    const std::size_t end = behind_dotted(tokens, at + 1);
    if (!scope_.of_numpy() || end == at + 1) return "";
    const std::string name(tokens[end - 1].text);
    std::string structure = name;
    for (std::size_t i = end; i + 1 < tokens.size(); ++i) {
      if (tokens[i].is("object")) structure = tokens[i + 1].text;
      if (i == end && tokens[i].kind == CythonToken::Kind::kString) structure = tokens[i].text;
    }
    if (structure.starts_with("struct ")) structure.erase(0, 7);
    scope_.own.types[name] = structure;
    return structure;
  }

  void declare_function(const CythonTokens& tokens, std::size_t head) {
    const bool renamed = tokens[head - 1].kind == CythonToken::Kind::kString && head > 1;
    const CythonToken& name = tokens[renamed ? head - 2 : head - 1];
    if (name.is_name()) scope_.own.names[std::string(name.text)] = tokens[head - 1].text;
  }

  void declare_constants(const CythonTokens& tokens) {
    if (!scope_.of_numpy()) return;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (!tokens[i].is_name() || (i > 0 && !tokens[i - 1].is(","))) continue;
      const bool renamed = i + 1 < tokens.size() && tokens[i + 1].kind == CythonToken::Kind::kString;
      scope_.own.names[std::string(tokens[i].text)] = tokens[renamed ? i + 1 : i].text;
    }
  }

  // The type at `at`, which is moved behind it.
  CythonType read_type(const CythonTokens& tokens, std::size_t& at) const {
    while (at < tokens.size() && is_one_of(tokens[at].text, kModifiers)) ++at;
    const std::size_t begin = at;
    at = behind_dotted(tokens, at);
    const std::size_t parts = at - begin;
    CythonType type;
    if (parts == 3 && scope_.modules.count(tokens[begin].text) != 0) type.name = tokens[begin + 2].text;
    if (parts == 1) {
      const auto cimported = scope_.names.find(tokens[begin].text);
      const auto own = scope_.own.types.find(std::string(tokens[begin].text));
      if (cimported != scope_.names.end()) type.name = cimported->second;
      if (own != scope_.own.types.end()) type = {own->second, true};
    }
    if (at < tokens.size() && tokens[at].is("[")) {
      // A memoryview's members are not those of its items.
      const std::size_t end = behind_bracket(tokens, at);
      const bool view = std::any_of(tokens.begin() + static_cast<std::ptrdiff_t>(at),
                                    tokens.begin() + static_cast<std::ptrdiff_t>(end),
                                    [](const auto& token) { return token.is(":"); });
      if (view) type = {};
      at = end;
    }
    while (at < tokens.size() && (tokens[at].is("*") || tokens[at].is("**") || tokens[at].is("&"))) ++at;
    return type;
  }

  void declare_parameters(const CythonTokens& tokens, std::size_t head) {
    const std::size_t end = behind_bracket(tokens, head);
    for (std::size_t at = head + 1; at + 1 < end;) {
      const CythonType type = read_type(tokens, at);
      if (at < end && tokens[at].is_name()) {
        scope_.declare(std::string(tokens[at].text), type);
      } else if (at > head + 1 && tokens[at - 1].is_name()) {
        scope_.declare(std::string(tokens[at - 1].text), {});
      }
      at = behind_comma(tokens, at, end - 1);
    }
  }

  static std::size_t behind_comma(const CythonTokens& tokens, std::size_t at, std::size_t end) {
    while (at < end && !tokens[at].is(","))
      at = tokens[at].is("(") || tokens[at].is("[") || tokens[at].is("{") ? behind_bracket(tokens, at) : at + 1;
    return at + 1;
  }

  // cdef np.ndarray a, *b = f(x): in a struct, or a class of NumPy, members.
  void declare_variables(const CythonTokens& tokens, bool members) {
    std::size_t at = 0;
    const CythonType type = read_type(tokens, at);
    while (at < tokens.size()) {
      while (at < tokens.size() && (tokens[at].is("*") || tokens[at].is("**"))) ++at;
      if (at < tokens.size() && tokens[at].is_name()) {
        if (!members) scope_.declare(std::string(tokens[at].text), type);
        if (members && scope_.of_numpy()) declare_member(tokens, at);
      }
      at = behind_comma(tokens, at, tokens.size());
    }
  }

  void declare_member(const CythonTokens& tokens, std::size_t at) {
    const std::string structure = scope_.structure();
    if (structure.empty()) return;
    const bool renamed = at + 1 < tokens.size() && tokens[at + 1].kind == CythonToken::Kind::kString;
    const std::string name = structure + "." + std::string(tokens[at].text);
    const std::string c_name = structure + "." + std::string(tokens[renamed ? at + 1 : at].text);
    scope_.own.members[name] = c_name;
    if (!silent_) members_.push_back({{place(tokens[at]), c_name, "member", ""}, std::string(tokens[at].text)});
  }

  void find_uses(const CythonTokens& tokens, const std::vector<bool>& is_type, bool declaration) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const bool member = i > 0 && tokens[i - 1].is(".");
      if (!tokens[i].is_name()) continue;
      if (member) {
        untyped_.insert(std::string(tokens[i].text));
        continue;
      }
      const std::string word(tokens[i].text);
      const bool dot = i + 2 < tokens.size() && tokens[i + 1].is(".") && tokens[i + 2].is_name();
      find_import(tokens, i);
      if (dot && scope_.modules.count(word) != 0) {
        use(tokens[i + 2], std::string(tokens[i + 2].text), how_of(tokens, i + 2, is_type[i]),
            scope_.python.count(word) != 0);
      } else if (const CythonType* type = scope_.variable(word)) {
        find_member(tokens, i, *type, declaration);
      } else if (!is_keyword_argument(tokens, i)) {
        find_word(tokens, i, is_type[i]);
      }
    }
  }

  static CythonHow how_of(const CythonTokens& tokens, std::size_t name, bool is_type) {
    if (is_type) return CythonHow::kType;
    return name + 1 < tokens.size() && tokens[name + 1].is("(") ? CythonHow::kCalled : CythonHow::kValue;
  }

  static bool is_keyword_argument(const CythonTokens& tokens, std::size_t i) {
    return i > 0 && i + 1 < tokens.size() && tokens[i + 1].is("=") && (tokens[i - 1].is("(") || tokens[i - 1].is(","));
  }

  // A word that was cimported, or that the source declares as a function or constant of NumPy.
  void find_word(const CythonTokens& tokens, std::size_t i, bool is_type) {
    const std::string word(tokens[i].text);
    const CythonHow how = how_of(tokens, i, is_type);
    const auto cimported = scope_.names.find(word);
    // That it is missing is said where it is cimported.
    if (cimported != scope_.names.end())
      return use(tokens[i], cimported->second, is_type ? CythonHow::kValue : how, true);
    const auto own = scope_.own.names.find(word);
    if (own != scope_.own.names.end() && !scope_.of_numpy())
      return use_own(tokens[i], own->second, how == CythonHow::kCalled ? "function" : "variable");
    const bool could_be = how != CythonHow::kValue || word.starts_with("NPY_");
    if (scope_.star && could_be && !is_one_of(word, kModifiers) && own == scope_.own.names.end())
      use(tokens[i], word, how, false);
  }

  // import_array(), np.import_array(): of any module, since projects hand it on.
  void find_import(const CythonTokens& tokens, std::size_t i) {
    const std::size_t end = behind_dotted(tokens, i);
    if (end >= tokens.size() || !tokens[end].is("(") || !is_one_of(tokens[end - 1].text, kImports)) return;
    if (silent_ || scope_.of_numpy()) return;
    found_.imports.push_back({place(tokens[end - 1]), std::string(tokens[end - 1].text), scope_.function(), "", false});
  }

  // array.data, pointer[0].real
  void find_member(const CythonTokens& tokens, std::size_t i, const CythonType& type, bool declaration) {
    std::size_t at = i + 1;
    if (type.name.starts_with("npy_") && at < tokens.size() && tokens[at].is("[")) at = behind_bracket(tokens, at);
    if (at + 1 >= tokens.size() || !tokens[at].is(".") || !tokens[at + 1].is_name()) return;
    const CythonToken& member = tokens[at + 1];
    const std::string name = type.name + "." + std::string(member.text);
    if (type.own) {
      const auto own = scope_.own.members.find(name);
      if (own != scope_.own.members.end()) use_own(member, own->second, "member");
      return;
    }
    const bool last = at + 2 < tokens.size();
    const bool assigned = !declaration && i == 0 && last && tokens[at + 2].text.ends_with("=") &&
                          !tokens[at + 2].is("==") && !tokens[at + 2].is("!=") && !tokens[at + 2].is("<=") &&
                          !tokens[at + 2].is(">=");
    use(member, name, assigned ? CythonHow::kAssigned : CythonHow::kRead, false);
  }

  void settle_declared() {
    for (const auto& [declared, member] : members_) {
      const bool seen = std::any_of(found_.own.begin(), found_.own.end(),
                                    [&, &use = declared](const NameUse& own) { return own.name == use.name; });
      if (!seen && untyped_.count(member) != 0) found_.declared.push_back(declared);
    }
  }

  const SourceTree& tree_;
  CythonScope scope_;
  CythonSource found_;
  std::string file_;
  bool silent_ = false;  // what is read says what words mean, and is not looked at itself
  std::vector<std::pair<NameUse, std::string>> members_;  // declared, with the source's own word for each
  std::set<std::string> untyped_;                         // words behind a dot
};

}  // namespace

CythonSource read_cython_source(const SourceTree& tree, const std::string& path) {
  return Reader(tree).read(path);
}

}  // namespace abicheck
