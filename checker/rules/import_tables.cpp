#include "rules/import_tables.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <set>

#include "base/words.h"
#include "build_files/macros.h"
#include "build_files/names.h"
#include "rules/left_out.h"
#include "rules/source_rules.h"

namespace abicheck {

namespace {

constexpr std::string_view kHeaders[] = {".h", ".hh", ".hpp", ".hxx", ".h++", ".cuh"};
constexpr std::string_view kBuildFiles[] = {"setup.py",    "setup.cfg",      "pyproject.toml",
                                            "meson.build", "CMakeLists.txt", "PKG-INFO"};
constexpr std::string_view kImports[] = {"import_array", "import_umath", "import_ufunc", "ImportNumPyAPI",
                                         "ImportUFuncAPI"};
constexpr std::string_view kUnnamed[] = {"PyArray_API", "PyUFunc_API"};
constexpr std::string_view kArrayImports[] = {"import_array", "ImportNumPyAPI"};
constexpr std::string_view kUfuncImports[] = {"import_umath", "import_ufunc", "ImportUFuncAPI"};
constexpr std::string_view kCython[] = {".pyx", ".pxd", ".pxi"};

template <typename List>
bool ends_with_one_of(std::string_view text, const List& suffixes) {
  return std::any_of(std::begin(suffixes), std::end(suffixes), [&](auto suffix) { return text.ends_with(suffix); });
}

bool is_build_file(std::string_view path) {
  return std::find(std::begin(kBuildFiles), std::end(kBuildFiles), base_name(path)) != std::end(kBuildFiles);
}

// The name that a source would call the function by: what stands for it in C++ is longer ("c:@N@ns@F@init#").
std::string_view plain_name(std::string_view node) {
  if (!node.starts_with("c:")) return node;
  std::string_view name = node.substr(node.rfind('@') + 1);
  name = name.substr(0, name.find_first_of("#<&$"));
  return name;
}

// "src/foo.pyx" -> "src/foo"
std::string_view stem(std::string_view path) {
  return path.substr(0, path.rfind('.'));
}

// C without its comments and literals.
std::string code_of(std::string_view text) {
  std::string code;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    std::size_t end = at + 1;
    if (text.substr(at, 2) == "//") {
      end = text.find('\n', at);
    } else if (text.substr(at, 2) == "/*") {
      end = text.find("*/", at + 2);
      if (end != std::string_view::npos) end += 2;
    } else if (c == '"' || c == '\'') {
      while (end < text.size() && text[end] != c && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
      ++end;
    } else {
      code += c;
    }
    at = std::min(end, text.size());
  }
  return code;
}

std::set<std::string> filled_symbols(const SourceObservations& seen) {
  std::set<std::string> symbols;
  for (const TableAccess& access : seen.accesses) {
    if (access.kind == TableAccess::Kind::kFill) symbols.insert(access.symbol);
  }
  return symbols;
}

// Code that lost a part to an error may have lost the import with it.
bool is_whole(const SourceObservations& seen) {
  return std::all_of(seen.diagnostics.begin(), seen.diagnostics.end(), [&](const SourceDiagnostic& error) {
    return (error.is_only_a_warning && !is_left_out_import(error, seen)) || is_returned_by_import(error, seen);
  });
}

}  // namespace

std::vector<const SourceNode*> compiled_nodes(const SourceObservations& seen) {
  std::map<std::string_view, const SourceNode*> nodes;
  std::vector<const SourceNode*> open;
  for (const SourceNode& node : seen.nodes) {
    nodes[node.name] = &node;
    if (node.is_root) open.push_back(&node);
  }
  std::set<const SourceNode*> compiled(open.begin(), open.end());
  while (!open.empty()) {
    const SourceNode* node = open.back();
    open.pop_back();
    for (const std::string& name : node->leads_to) {
      const auto next = nodes.find(name);
      if (next != nodes.end() && compiled.insert(next->second).second) open.push_back(next->second);
    }
  }
  return {compiled.begin(), compiled.end()};
}

ImportTables::ImportTables(const std::vector<ScannedUnit>& units, const SourceTree& tree, const std::string& headers)
    : units_(units), tree_(tree), headers_(headers), nodes_(units.size()), joined_(units.size()) {
  std::set<std::string> included;
  for (const ScannedUnit& unit : units) {
    const SourceObservations* seen = unit.parsed_with(headers);
    if (seen != nullptr) included.insert(seen->included_sources.begin(), seen->included_sources.end());
  }
  for (const ScannedUnit& unit : units)  // what others take in as text is judged there
    seen_.push_back(included.count(unit.path) != 0 ? nullptr : unit.parsed_with(headers));
  for (std::size_t unit = 0; unit < units.size(); ++unit) {
    if (seen_[unit] != nullptr) add_unit(unit);
  }
  join_units();
  split_modules();
  find_doubts();
}

void ImportTables::add_unit(std::size_t unit) {
  const SourceObservations& seen = *seen_[unit];
  for (const SourceNode& node : seen.nodes) {
    nodes_[unit][node.name] = &node;
    if (!node.is_static) shared_.insert({node.name, {unit, &node}});
  }
  for (const ApiTable& table : seen.tables) {
    const auto same = std::find_if(tables_.begin(), tables_.end(), [&](const TreeTable& other) {
      return other.symbol == table.symbol && other.owner == (table.is_static ? std::optional(unit) : std::nullopt);
    });
    TreeTable& shared = same != tables_.end() ? *same : tables_.emplace_back();
    shared.symbol = table.symbol;
    shared.ufunc = table.ufunc;
    if (table.is_static) shared.owner = unit;
    shared.units.push_back(unit);
    shared.is_defined |= table.is_defined;
  }
  std::set<std::string_view> compiled;
  for (const SourceNode* node : compiled_nodes(seen)) compiled.insert(node->name);
  for (const TableAccess& access : seen.accesses) add_access(unit, access, compiled.count(access.node) != 0);
}

void ImportTables::add_access(std::size_t unit, const TableAccess& access, bool compiled) {
  const auto table = std::find_if(tables_.begin(), tables_.end(), [&](const TreeTable& one) {
    return one.symbol == access.symbol && (!one.owner || *one.owner == unit) &&
           std::find(one.units.begin(), one.units.end(), unit) != one.units.end();
  });
  if (table == tables_.end()) return;
  if (access.kind == TableAccess::Kind::kFill) {
    (compiled && !access.is_behind_return ? table->fills : table->unused_fills).push_back({unit, &access});
  } else if (compiled && access.kind == TableAccess::Kind::kVersion) {
    table->versions.push_back({unit, &access});
  } else if (compiled && !access.asks_running) {
    table->calls.push_back({unit, &access});
  }
}

void ImportTables::join_units() {
  std::iota(joined_.begin(), joined_.end(), std::size_t{0});
  for (std::size_t unit = 0; unit < units_.size(); ++unit) {
    for (const auto& [name, node] : nodes_[unit]) {
      for (const Vertex& to : next({unit, node})) joined_[root_of(to.unit)] = root_of(unit);
    }
  }
}

bool ImportTables::has_init(std::size_t unit) const {
  const auto first = nodes_[unit].lower_bound(kInitPrefix);
  return first != nodes_[unit].end() && first->first.starts_with(kInitPrefix) && first->second->is_root;
}

// Files that both define the table and have an init function are of two modules. One that fills nothing is left alone
// with its reads when only such files fill the table, and nothing shows that it runs together with one of them.
void ImportTables::split_modules() {
  std::vector<TreeTable> apart;
  for (TreeTable& table : tables_) {
    if (table.owner || table.fills.empty()) continue;
    const auto is_module = [&](std::size_t unit) {
      const auto& own = seen_[unit]->tables;
      return has_init(unit) && std::any_of(own.begin(), own.end(), [&](const ApiTable& one) {
               return one.symbol == table.symbol && one.is_defined && !one.is_static;
             });
    };
    const auto by_module = [&](const TreeAccess& fill) { return is_module(fill.unit); };
    if (!std::all_of(table.fills.begin(), table.fills.end(), by_module) || !table.unused_fills.empty()) continue;
    const std::vector<std::size_t> units = table.units;
    for (const std::size_t unit : units) {
      const auto joined = [&](const TreeAccess& fill) { return are_joined(unit, fill.unit); };
      if (!is_module(unit) || std::any_of(table.fills.begin(), table.fills.end(), joined)) continue;
      TreeTable& own = apart.emplace_back();
      own.symbol = table.symbol;
      own.ufunc = table.ufunc;
      own.units = {unit};
      own.is_defined = own.of_one_module = true;
      for (auto reads : {&TreeTable::calls, &TreeTable::versions}) {
        const auto here = [&](const TreeAccess& read) { return read.unit == unit; };
        std::copy_if((table.*reads).begin(), (table.*reads).end(), std::back_inserter(own.*reads), here);
        std::erase_if(table.*reads, here);
      }
      std::erase(table.units, unit);
    }
  }
  tables_.insert(tables_.end(), apart.begin(), apart.end());
}

std::size_t ImportTables::root_of(std::size_t unit) const {
  while (joined_[unit] != unit) unit = joined_[unit];
  return unit;
}

const SourceNode* ImportTables::node_of(std::size_t unit, const std::string& name) const {
  const auto found = nodes_[unit].find(name);
  return found == nodes_[unit].end() ? nullptr : found->second;
}

std::vector<ImportTables::Vertex> ImportTables::named(const std::string& name, std::size_t unit) const {
  if (const SourceNode* here = node_of(unit, name)) return {{unit, here}};
  std::vector<Vertex> all;
  const auto [begin, end] = shared_.equal_range(name);
  for (auto one = begin; one != end; ++one) all.push_back(one->second);
  return all;
}

std::vector<ImportTables::Vertex> ImportTables::next(const Vertex& from) const {
  std::vector<Vertex> all;
  for (const std::string& name : from.node->leads_to) {
    const std::vector<Vertex> found = named(name, from.unit);
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

const std::multimap<ImportTables::Vertex, ImportTables::Vertex>& ImportTables::callers() const {
  if (callers_) return *callers_;
  std::multimap<Vertex, Vertex>& all = callers_.emplace();
  for (std::size_t unit = 0; unit < units_.size(); ++unit) {
    for (const auto& [name, node] : nodes_[unit]) {
      for (const Vertex& to : next({unit, node})) all.insert({to, {unit, node}});
    }
  }
  return all;
}

bool ImportTables::is_doubtful(std::size_t unit) const {
  if (seen_[unit] != nullptr && is_whole(*seen_[unit])) return false;
  // Where this NumPy's headers are what it does not compile with, those of another show the whole.
  const std::set<std::string> here = seen_[unit] != nullptr ? filled_symbols(*seen_[unit]) : std::set<std::string>();
  return std::none_of(units_[unit].parsed.begin(), units_[unit].parsed.end(),
                      [&](const auto& one) { return is_whole(one.second) && filled_symbols(one.second) == here; });
}

std::string_view ImportTables::path_in_tree(std::size_t unit) const {
  std::string_view path = units_[unit].path;
  if (!tree_.root.empty() && path.starts_with(tree_.root + "/")) path.remove_prefix(tree_.root.size() + 1);
  return path;
}

std::optional<std::string> ImportTables::condition_of_import(const TreeTable& table) const {
  std::optional<std::string> found;
  for (const std::size_t unit : table.units) {
    const auto text = tree_.texts.find(std::string(path_in_tree(unit)));
    if (text == tree_.texts.end()) continue;
    for (const KeptLine& line : without_left_out(code_of(text->second))) {
      const auto names_it = [&](std::string_view name) { return line.text.find(name) != std::string::npos; };
      const bool named = table.ufunc ? std::any_of(std::begin(kUfuncImports), std::end(kUfuncImports), names_it)
                                     : std::any_of(std::begin(kArrayImports), std::end(kArrayImports), names_it);
      if (named && (!found || found->empty())) found = line.condition;
    }
  }
  return found;
}

// Sources that are not compiled as they are, or that were not compiled: Cython, SWIG, templates, other platforms.
bool ImportTables::has_unseen_fillers() const {
  std::set<std::string_view> scanned;
  std::set<std::string_view> stems;
  for (std::size_t unit = 0; unit < units_.size(); ++unit) {
    const std::string_view path = path_in_tree(unit);
    scanned.insert(path);
    stems.insert(stem(path));
  }
  return std::any_of(tree_.texts.begin(), tree_.texts.end(), [&](const auto& one) {
    const std::string& path = one.first;
    const std::string& text = one.second;
    if (scanned.count(path) != 0 || ends_with_one_of(path, kHeaders) || is_build_file(path)) return false;
    if (ends_with_one_of(path, kCython)) {
      const bool numpy = has_word(text, "numpy") || has_word(text, "import_array");
      return numpy && path.ends_with(".pyx") && stems.count(stem(path)) == 0;
    }
    return std::any_of(std::begin(kImports), std::end(kImports),
                       [&](std::string_view name) { return text.find(name) != std::string::npos; });
  });
}

// A build file holds a name for tables that is not known to be meant for other sources only, and yet the unit has none.
bool ImportTables::has_unread_name() const {
  constexpr std::string_view kName = "_UNIQUE_SYMBOL";
  std::size_t named = 0;
  for (const auto& [path, text] : tree_.texts) {
    if (text.find(kName) == std::string::npos || !may_hold_arguments(path)) continue;
    const std::string code = without_comments(path, text);
    for (std::size_t at = code.find(kName); at != std::string::npos; at = code.find(kName, at + 1)) ++named;
  }
  if (named == 0) return false;
  const auto for_others = std::count_if(tree_.macros.begin(), tree_.macros.end(), [&](const BuildMacro& macro) {
    return macro.name.ends_with(kName) && macro.sources && macro.value;
  });
  return named > static_cast<std::size_t>(for_others);
}

void ImportTables::find_doubts() {
  const bool alone = !tree_.whole;
  const bool unread_name = has_unread_name();
  bool unseen = false;
  bool searched = false;
  for (TreeTable& table : tables_) {
    const bool unnamed = std::find(std::begin(kUnnamed), std::end(kUnnamed), table.symbol) != std::end(kUnnamed);
    if (unnamed && unread_name) {
      table.doubtful = true;
      continue;
    }
    if (table.owner) {
      table.doubtful = is_doubtful(*table.owner);
      continue;
    }
    table.doubtful = alone;
    for (std::size_t unit = 0; unit < units_.size() && !table.doubtful; ++unit) {
      const bool declares = std::find(table.units.begin(), table.units.end(), unit) != table.units.end();
      const bool untold = seen_[unit] == nullptr || seen_[unit]->tables.empty();
      table.doubtful = (declares || untold) && is_doubtful(unit);
    }
    if (table.doubtful) continue;
    if (!searched) unseen = has_unseen_fillers();
    searched = true;
    table.doubtful = unseen;
  }
}

bool ImportTables::may_run_elsewhere(const TreeAccess& access) const {
  const SourceNode* node = node_of(access.unit, access.access->node);
  return node != nullptr && !node->is_root && !node->is_static;
}

bool ImportTables::is_mentioned(const std::string& name, std::size_t unit) const {
  const std::string_view plain = plain_name(name);
  if (plain.empty()) return true;
  return std::any_of(tree_.texts.begin(), tree_.texts.end(), [&](const auto& one) {
    const auto& [path, text] = one;
    if (ends_with_one_of(path, kHeaders) || units_[unit].path.ends_with(path)) return false;
    return has_word(text, plain);
  });
}

bool ImportTables::nothing_calls(const std::vector<TreeAccess>& fills) const {
  if (!tree_.whole) return false;
  bool any_init = false;
  for (const auto& nodes : nodes_) {
    const auto first = nodes.lower_bound(kInitPrefix);
    any_init |= first != nodes.end() && first->first.starts_with(kInitPrefix);
  }
  std::vector<Vertex> open;
  for (const TreeAccess& fill : fills) {
    const SourceNode* node = node_of(fill.unit, fill.access->node);
    if (node == nullptr) return false;
    open.push_back({fill.unit, node});
  }
  std::set<Vertex> leading(open.begin(), open.end());
  while (!open.empty()) {
    const Vertex to = open.back();
    open.pop_back();
    const SourceNode& node = *to.node;
    // An exported function that no file of the tree mentions is called by nothing that is known.
    if (node.name.starts_with(kInitPrefix) || node.at_load) return false;
    if (node.is_root && (node.is_static || is_mentioned(node.name, to.unit))) return false;
    const auto [begin, end] = callers().equal_range(to);
    for (auto one = begin; one != end; ++one) {
      if (leading.insert(one->second).second) open.push_back(one->second);
    }
  }
  return any_init;
}

}  // namespace abicheck
