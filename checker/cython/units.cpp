#include "cython/units.h"

#include <set>
#include <string>
#include <utility>

#include "cython/generated_code.h"
#include "cython/read_source.h"
#include "cython/requirements.h"
#include "cython/tree_files.h"
#include "input/source_archive.h"

namespace abicheck {

namespace {

bool uses_numpy(const CythonSource& source) {
  return !source.cimport.file.empty() || !source.uses.empty() || !source.own.empty() || !source.declared.empty();
}

// Several sources may share one table of the C-API, of which one calls import_array().
bool shares_table(const SourceTree& tree, const std::string& path) {
  const auto names_it = [&](const std::string& file) {
    const auto found = tree.texts.find(file);
    return found != tree.texts.end() && found->second.find("PY_ARRAY_UNIQUE_SYMBOL") != std::string::npos;
  };
  if (names_it(path) || names_it(path.substr(0, path.rfind('.')) + ".pxd")) return true;
  for (std::string folder = folder_of_path(path);; folder = folder_of_path(folder)) {
    const std::string prefix = folder.empty() ? "" : folder + "/";
    for (const char* name : {"setup.py", "meson.build", "CMakeLists.txt"}) {
      if (names_it(prefix + name)) return true;
    }
    if (folder.empty()) return false;
  }
}

CythonSource read_source(const SourceTree& tree, const std::string& path) {
  CythonSource source = read_cython_source(tree, path);
  source.shares_table = shares_table(tree, path);
  return source;
}

// What a .pxi means depends on who includes it.
std::set<std::string> included_by_others(const SourceTree& tree) {
  std::set<std::string> found;
  for (const auto& [path, text] : tree.texts) {
    if (!is_cython_name(path) || text.find("include") == std::string::npos) continue;
    for (std::string& file : cython_includes(tree, path)) found.insert(std::move(file));
  }
  return found;
}

}  // namespace

void add_cython_units(const SourceTree& tree, std::string_view only, std::vector<ScannedUnit>& units) {
  std::set<std::string> left_out = included_by_others(tree);
  for (ScannedUnit& unit : units) {
    if (tree.texts.count(unit.path) != 0) unit.generated = read_generated_code(tree, unit.path);
    if (!unit.generated || unit.generated->source.empty()) continue;
    unit.cython = read_source(tree, unit.generated->source);
    unit.cython_requirements = cython_requirements(tree, unit.generated->source);
    left_out.insert(unit.generated->source);
  }
  for (const auto& [path, text] : tree.texts) {
    if (!is_cython_name(path) || (only.empty() ? left_out.count(path) != 0 : path != only)) continue;
    CythonSource source = read_source(tree, path);
    if (!uses_numpy(source)) continue;
    ScannedUnit unit;
    unit.path = path;
    unit.cython = std::move(source);
    unit.cython_requirements = cython_requirements(tree, path);
    units.push_back(std::move(unit));
  }
}

}  // namespace abicheck
