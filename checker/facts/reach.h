// Whether loading a module leads to a piece of its code: from that code back through its callers until the init
// function, an exec slot, or nothing is left.
//
// Backwards, because the way is short (a check has one to three callers) while everything that an init function can
// reach is most of the module.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "facts/code.h"
#include "model/facts.h"

namespace abicheck {

// A function that runs when the module is loaded.
struct EntryPoint {
  enum class Kind { kInit, kExecSlot, kHandedOut, kInitializer };
  std::uint64_t address = 0;
  Kind kind = Kind::kInit;
  std::string name;  // "PyInit__core", "exec slot of PyInit__core", ...
};

struct Way {
  Reach reach = Reach::kLater;
  std::vector<FunctionRange> chain;   // from the function asked about to the entry, both included
  const EntryPoint* entry = nullptr;  // for kImport
  std::vector<std::string> exports;   // for kExported
  std::string how;                    // "PyInit__core -> 0x1230 -> 0x4560"
};

// The name of the init function that CPython looks up for a file name ("_core.cpython-310-x86_64-linux-gnu.so"), in
// its Python 3 and Python 2 forms (PEP 489; Python/importdl.c).
std::vector<std::string> init_function_names(std::string_view file_name);

class Reachability {
 public:
  // `init` is the defined init function's name, or empty for a shared library, of which only initialisers run.
  Reachability(const Code& code, std::string init);

  bool is_python_module() const { return !init_.empty(); }

  const Way& way_to(const FunctionRange& function);

  // How many functions run at import in this way, once way_to() has been asked.
  std::size_t count(EntryPoint::Kind kind) const;

  // Whether something in this module can start it: a function that runs at import, or one that is handed out in a table
  // of methods or by code that can run itself. Being exported is not enough.
  bool can_run(const FunctionRange& function) const;

  bool is_handed_out(std::uint64_t function) const;

  // The functions that call it or jump into it.
  std::vector<FunctionRange> callers_of(const FunctionRange& function) const;

  // The functions that jump (not call) into `function`: those of which it is the cold part or the shared tail.
  std::vector<FunctionRange> jumpers_into(const FunctionRange& function) const;
  // Whether code that runs at import calls what the loader binds to `symbol`.
  bool calls_at_import(const std::string& symbol, std::string& how);

 private:
  void find_entries();  // when they are first asked for: a module that has nothing to reach needs no decoding
  void find_init(const std::string& init);
  void find_slot_functions(std::uint64_t address, const std::string& name);
  void add_slots(std::uint64_t slots, const std::string& name);
  void add_entry(std::uint64_t address, EntryPoint::Kind kind, std::string name);
  const EntryPoint* entry_in(const FunctionRange& function) const;
  bool address_is_taken(std::uint64_t function) const;
  // The functions whose code takes its address; nothing when it stands in a table.
  std::optional<std::vector<FunctionRange>> takers_of(std::uint64_t function) const;
  Way search(const FunctionRange& function) const;

  const Code& code_;
  std::string init_;
  bool entries_are_found_ = false;
  std::vector<EntryPoint> entries_;
  std::map<std::uint64_t, Way> ways_;
};

}  // namespace abicheck
