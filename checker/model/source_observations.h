// What one translation unit shows when it is parsed against the headers of one NumPy: plain values, no judgement.
// Lines and columns are 1-based; a place inside a macro is the place where the user wrote its use or argument, which is
// where clang's own messages point (SourceManager::getFileLoc).
#pragma once

#include <string>
#include <vector>

namespace abicheck {

struct SourcePlace {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
  auto operator<=>(const SourcePlace&) const = default;
};

// What clang said, with what it puts between quotes: no member named 'elsize' in '_PyArray_Descr'.
struct SourceDiagnostic {
  SourcePlace place;
  std::string level;  // "fatal", "error", "warning"
  std::string text;
  std::vector<std::string> quoted;
  bool is_only_a_warning = false;  // for other compilers; what follows is parsed as if nothing were wrong
};

// A name of NumPy's headers in the user's own code, as names.json spells it ("PyArray_Descr.elsize" for a member).
struct NameUse {
  SourcePlace place;
  std::string name;
  std::string kind;      // "function", "macro", "enumerator", "type", "member", "variable", "header"
  std::string function;  // around it; empty at file scope
};

// import_array() in one of its forms, or a call of what they stand for.
struct ImportCall {
  SourcePlace place;
  std::string name;      // "import_array", "_import_array", "import_ufunc", ...
  std::string function;  // around it
  std::string returns;   // the type of that function: "void", "int", "PyObject *"
  bool ignored = false;  // a plain call whose result nothing looks at
};

// One function of the unit, or a variable with an initializer: what it names leads on from it.
struct SourceNode {
  std::string name;
  std::vector<std::string> leads_to;
  bool is_static = false;  // known by this name in its own unit alone
};

// A macro that NumPy's headers look at, defined by the user; no file when the command line does.
struct SwitchDefine {
  SourcePlace place;
  std::string name;  // "NPY_TARGET_VERSION", "PY_ARRAY_UNIQUE_SYMBOL", ...
  std::string value;
};

struct SourceObservations {
  std::vector<SourceDiagnostic> diagnostics;
  std::vector<NameUse> uses;
  std::vector<ImportCall> imports;
  std::vector<SourceNode> nodes;
  std::vector<SwitchDefine> defines;
};

}  // namespace abicheck
