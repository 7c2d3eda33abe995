// NumPy's tables of functions in a tree of sources: which units have one of their own or share one, who reads it, who
// fills it, and whether that code can run. Units know each other by the names of their functions only: what belongs
// into one module is not known, so two units that share a name are taken to be linked.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "model/source_scan.h"

namespace abicheck {

inline constexpr std::string_view kInitPrefix = "PyInit_";

struct TreeAccess {
  std::size_t unit = 0;
  const TableAccess* access = nullptr;
};

struct TreeStep {
  std::size_t unit = 0;
  const SourceStep* step = nullptr;
  std::string init;  // the module's init function
};

// A variable of NumPy's headers: of one unit, or of all that define the same PY_ARRAY_UNIQUE_SYMBOL.
struct TreeTable {
  std::string symbol;
  bool ufunc = false;
  std::optional<std::size_t> owner;      // the unit whose own it is
  std::vector<std::size_t> units;        // that declare it
  bool is_defined = false;               // by one of them
  std::vector<TreeAccess> calls;         // reads of an entry whatever NumPy is running, in compiled code
  std::vector<TreeAccess> versions;      // reads of PyArray_RUNTIME_VERSION in compiled code
  std::vector<TreeAccess> fills;         // in compiled code
  std::vector<TreeAccess> unused_fills;  // in functions that nothing calls, or behind a return
  bool of_one_module = false;            // others of this name belong to other modules
  bool doubtful = false;                 // something that was not understood may fill it
};

class ImportTables {
 public:
  // As parsed with these headers.
  ImportTables(const std::vector<ScannedUnit>& units, const SourceTree& tree, const std::string& headers);

  const std::vector<TreeTable>& all() const { return tables_; }

  // Whether code of one leads to code of the other, through others or not.
  bool are_joined(std::size_t a, std::size_t b) const { return root_of(a) == root_of(b); }

  // Whether no init function, no constructor and nothing that is called from elsewhere leads to any of these.
  bool nothing_calls(const std::vector<TreeAccess>& fills) const;

  // The condition ("#ifdef WITH_NUMPY") of an import that a file with the table names in code that was not compiled
  // here but may be elsewhere: not in #if 0 or in what is for Python 2. Empty when only the code around it keeps it
  // from being compiled, nothing when there is none. Asked of tables that nothing fills.
  std::optional<std::string> condition_of_import(const TreeTable& table) const;

  // A read of the table that comes before anything that fills it, whenever the module's init function comes by.
  std::optional<TreeStep> read_before_import(const TreeTable& table) const;

  // Whether it stands in an inline function or template that other units have too: the linker keeps one for all, with
  // the table of its unit.
  bool may_run_elsewhere(const TreeAccess& access) const;

 private:
  class Order;  // of what runs

  struct Vertex {
    std::size_t unit;
    const SourceNode* node;
    bool operator<(const Vertex& other) const { return std::tie(unit, node) < std::tie(other.unit, other.node); }
  };

  void add_unit(std::size_t unit);
  void add_access(std::size_t unit, const TableAccess& access, bool compiled);
  void join_units();
  void split_modules();
  bool has_init(std::size_t unit) const;
  void find_doubts();
  bool is_doubtful(std::size_t unit) const;
  bool has_unseen_fillers() const;
  bool has_unread_name() const;
  bool is_mentioned(const std::string& name, std::size_t unit) const;
  const SourceNode* node_of(std::size_t unit, const std::string& name) const;
  std::vector<Vertex> named(const std::string& name, std::size_t unit) const;
  std::vector<Vertex> next(const Vertex& from) const;
  const std::multimap<Vertex, Vertex>& callers() const;
  std::size_t root_of(std::size_t unit) const;
  std::string_view path_in_tree(std::size_t unit) const;

  const std::vector<ScannedUnit>& units_;
  const SourceTree& tree_;
  const std::string& headers_;
  std::vector<const SourceObservations*> seen_;  // by unit; null when it was not parsed with these headers
  std::vector<std::map<std::string_view, const SourceNode*>> nodes_;  // by unit and name
  std::multimap<std::string_view, Vertex> shared_;                    // functions that other units may call
  std::vector<std::size_t> joined_;                                   // a forest: the parent of each unit
  std::vector<TreeTable> tables_;
  mutable std::optional<std::multimap<Vertex, Vertex>> callers_;  // found when they are first asked for
};

// The functions that are compiled: those that nothing in the unit calls are not.
std::vector<const SourceNode*> compiled_nodes(const SourceObservations& seen);

}  // namespace abicheck
