// What one translation unit shows when it is parsed against the headers of one NumPy: plain values, no judgement.
// Lines and columns are 1-based; a place inside a macro is the place where the user wrote its use or argument, which is
// where clang's own messages point (SourceManager::getFileLoc).
#pragma once

#include <cstdint>
#include <optional>
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
  // When the text that it is about comes out of a macro that is none of the user's: its name and header.
  std::string macro = {};
  std::string macro_header = {};
};

// A name of NumPy's headers in the user's own code, as names.json spells it ("PyArray_Descr.elsize" for a member).
struct NameUse {
  SourcePlace place;
  std::string name;
  std::string kind;      // "function", "macro", "enumerator", "type", "member", "variable", "header"
  std::string function;  // around it; empty at file scope
  // Of a member: "read", "written", "address" (its address is taken), or "own" when it is of an object that the source
  // itself defines.
  std::string how = {};
  bool guarded = false;  // inside #if ... that asks for a version or a name of NumPy
};

// import_array() in one of its forms, or a call of what they stand for.
struct ImportCall {
  SourcePlace place;
  std::string name;      // "import_array", "_import_array", "import_ufunc", ...
  std::string function;  // around it
  std::string returns;   // the type of that function: "void", "int", "PyObject *"
  bool ignored = false;  // a plain call whose result nothing looks at
  std::string symbol;    // of the table that it fills
  std::string node;      // the SourceNode around it
  // What the macro's own `return` meets: the function returns nothing, a pointer, a number, or something else. Empty
  // when the macro has none, or returns what the user gave it.
  std::string macro_returns;
  bool zero_is_success = false;  // the function returns 0 at other places
  bool unused = false;           // nothing in the unit calls that function, so that it is not compiled
};

// What a function does on the straight way through it, before anything can make it leave by another than an early
// return.
struct SourceStep {
  enum class Kind {
    kCall,     // calls it, surely
    kMention,  // may call it
    kSlot,     // reads an entry of a table, surely
    kFill      // fills a table, or may
  };
  Kind kind = Kind::kCall;
  std::string name;        // of the SourceNode, or the table's symbol
  unsigned statement = 0;  // those of one statement come in no order
  SourcePlace place = {};  // of kSlot
  int slot = -1;           // of kSlot
};

// One function of the unit, or a variable with an initializer: what it names leads on from it.
struct SourceNode {
  std::string name;  // the linker's
  std::vector<std::string> leads_to;
  bool is_static = false;        // known by this name in its own unit alone
  bool is_root = false;          // compiled whether or not the unit uses it, or used by code that is not followed
  bool at_load = false;          // runs before anything is called: a constructor, an initializer that is no constant
  bool looks_at_errors = false;  // calls PyErr_Occurred
  // In their order. Of a PyModuleDef what Python runs when it makes the module.
  std::vector<SourceStep> steps = {};
};

// NumPy's pointer to one of its two tables of functions, as this unit declares it.
struct ApiTable {
  std::string symbol;  // "PyArray_API", or what PY_ARRAY_UNIQUE_SYMBOL makes of it
  bool ufunc = false;
  bool is_static = false;   // one of its own
  bool is_defined = false;  // not only declared: no NO_IMPORT_ARRAY
  auto operator<=>(const ApiTable&) const = default;
};

// Where the unit reads a table, or may fill it.
struct TableAccess {
  enum class Kind {
    kSlot,     // reads an entry
    kVersion,  // reads PyArray_RUNTIME_VERSION, which is filled together with the table
    kFill      // assigns the pointer or hands out its address
  };
  SourcePlace place;
  Kind kind = Kind::kSlot;
  std::string symbol;             // of the table
  int slot = -1;                  // -1: not a constant
  std::string through;            // the inline function of NumPy's headers that does it
  std::string node;               // the SourceNode around it
  std::uint32_t guard = 0;        // the API version that was asked for around it, by #if or at run time
  bool asks_running = false;      // at run time
  bool is_behind_return = false;  // in statements that nothing leads to
  auto operator<=>(const TableAccess&) const = default;
};

// What is only there for some versions, without saying for which.
constexpr std::uint32_t kAnyVersion = 0xffffffff;

// A macro that NumPy's headers look at, defined by the user; no file when the command line does.
struct SwitchDefine {
  SourcePlace place;
  std::string name;  // "NPY_TARGET_VERSION", "PY_ARRAY_UNIQUE_SYMBOL", ...
  std::string value;
  std::optional<std::uint32_t> number;  // of the value, as #if evaluates it behind NumPy's headers
  std::vector<std::string> undefined;   // names in it that are no macros there, and count as 0
};

// A condition of the user's that asks whether a macro is defined that is not, down to its #endif.
struct AbsentMacro {
  SourcePlace place;
  std::string name;
  unsigned end = 0;  // the line of the #endif
};

// A pointer that one of NumPy's functions returned into a variable of a function, and what becomes of it there.
struct ArrayMade {
  SourcePlace place;
  std::string name;                                    // as the user wrote it: "PyArray_FROM_OTF"
  std::string api;                                     // the function behind it: "PyArray_FromAny"
  std::vector<std::optional<std::int64_t>> arguments;  // of that function, where they are constants
  std::string type;                                    // the type number by which a descriptor is asked for: "NPY_LONG"
  std::string variable;
  std::string function;  // around it
  // The first place that takes it for an array though nothing has looked whether it is null, and how: "PyArray_DATA".
  std::optional<SourcePlace> trusted;
  std::string trusted_by;
  std::string read_as;  // what its data is taken for: "long"
  // A place where the function ends with the array neither resolved, discarded nor handed on.
  std::optional<SourcePlace> left;
};

// A call of NumPy's between the release of the GIL and its end.
struct UnlockedCall {
  SourcePlace place;
  std::string name;  // as the user wrote it
  std::string api;   // the function behind it
  bool table = false;
  std::string released_by;  // "NPY_BEGIN_THREADS"
  SourcePlace released;
  std::string function;  // around it
};

// A parameter of one of NumPy's functions that something is given for.
struct ApiArgument {
  std::string api;  // "PyArray_Mean"
  unsigned index = 0;
  auto operator<=>(const ApiArgument&) const = default;
};

// A constant of NumPy's whose meaning depends on the NumPy: NPY_MAXDIMS as an axis, NPY_LONG as the integer of Python.
struct ConstantUse {
  SourcePlace place;
  std::string name;  // as the user wrote it
  std::string role;  // "argument", "assigned", "compared"
  // What it is given for; of a variable that it is assigned to or compared with, what that variable is given for in the
  // same function.
  std::vector<ApiArgument> given;
  std::string function;  // around it
  bool guarded = false;  // as of a NameUse
};

// An array of fixed length in a function that fills one element for each dimension of a NumPy array, which nothing in
// the function compares the number of.
struct DimensionBuffer {
  SourcePlace place;  // where it is filled
  std::string variable;
  std::int64_t length = 0;
  std::string function;  // around it
};

// Characters of one file, up to, not including, `end`.
struct SourceSpan {
  SourcePlace begin;
  SourcePlace end;
  auto operator<=>(const SourceSpan&) const = default;
};

// The text of a NameUse, where it can be exchanged for another one: in the user's own file, which for what comes out of
// a macro's text is that of its definition.
struct Replaceable {
  SourcePlace place;    // as of the NameUse
  std::string name;     // as of the NameUse
  std::string problem;  // why the text must stay as it is; only place, name and this are then set
  SourceSpan text;      // the name; of a member with the dot or arrow before it
  bool in_macro = false;
  // Of a macro: the names that it stands for, one through the other.
  std::vector<std::string> aliases;
  // Of a member: what it is a member of, and how it is used.
  SourceSpan base;
  bool arrow = false;
  bool base_const = false;
  bool base_comma = false;  // a macro would take it for two arguments
  std::string base_text;    // where it may stand twice
  // "value": read; "typed": read where the type of the value shows; "cast": read and cast at once, or given for a void
  // pointer; "mask": read behind or in front of '&'; "set": a statement of its own that assigns to it.
  std::string how;
  std::string operation;  // of "set": "=", "+=", ..., and "&= ~"
  SourceSpan value;       // what is assigned
  auto operator<=>(const Replaceable&) const = default;
};

struct SourceObservations {
  std::vector<SourceDiagnostic> diagnostics;
  std::vector<NameUse> uses;
  // In C: lists of two numbers for the complex type that is named, and of members for a PyArray_Descr.
  std::vector<NameUse> initializers;
  std::vector<ArrayMade> arrays;
  std::vector<UnlockedCall> unlocked;
  std::vector<ConstantUse> constants;
  std::vector<DimensionBuffer> buffers;
  std::vector<ImportCall> imports;
  std::vector<SourceNode> nodes;
  std::vector<SwitchDefine> defines;
  std::vector<AbsentMacro> absent_macros;
  std::vector<ApiTable> tables;
  std::vector<TableAccess> accesses;
  std::vector<std::string> included_sources;  // .c or .cpp files that it takes in as text
  std::vector<Replaceable> replaceable;
  std::vector<SourcePlace>
      other_members;                     // in definitions of macros: where no member of NumPy's is meant, as others do
  std::vector<SourcePlace> below_numpy;  // of each file: the line in front of which definitions for all of it fit
  std::optional<std::uint32_t> feature_version;  // NPY_FEATURE_VERSION: what the unit is compiled for
};

}  // namespace abicheck
