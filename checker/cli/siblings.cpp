#include "cli/siblings.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "base/text.h"

namespace abicheck {

namespace {

// The folders of a wheel whose contents are installed beside the rest (binary distribution format, ".data").
std::string_view installed_path(std::string_view path) {
  for (const std::string_view folder : {".data/platlib/", ".data/purelib/"}) {
    const std::size_t at = path.find(folder);
    if (at != std::string_view::npos && path.find('/') == at + folder.find('/')) return path.substr(at + folder.size());
  }
  return path;
}

bool is_identifier(std::string_view part) {
  if (part.empty() || std::isdigit(static_cast<unsigned char>(part.front())) != 0) return false;
  return std::all_of(part.begin(), part.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c >= 0x80; });
}

// ".cpython-310-x86_64-linux-gnu.so": which Python loads it.
std::string_view suffix_of(std::string_view path) {
  const std::string_view base = base_name(path);
  const std::size_t dot = base.find('.');
  return dot == std::string_view::npos ? std::string_view() : base.substr(dot);
}

// The outermost package of `sibling` that `importer` is not in and that has code of its own.
std::string code_before(const std::string& sibling, const std::string& importer,
                        const std::vector<std::string>& package_code) {
  for (std::size_t slash = sibling.find('/'); slash != std::string::npos; slash = sibling.find('/', slash + 1)) {
    const std::string folder = sibling.substr(0, slash + 1);
    const std::string code = folder + "__init__.py";
    if (!importer.starts_with(folder) && std::binary_search(package_code.begin(), package_code.end(), code))
      return code;
  }
  return "";
}

}  // namespace

std::string import_name_of(std::string_view path) {
  const std::string_view suffix = suffix_of(path);
  if (!suffix.ends_with(".so") && !suffix.ends_with(".pyd")) return "";
  path = installed_path(path);
  path.remove_suffix(suffix.size());
  if (path.ends_with("/__init__")) path = path.substr(0, path.rfind('/'));
  std::string name;
  while (true) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    if (!is_identifier(part)) return "";
    name += (name.empty() ? "" : ".") + std::string(part);
    if (slash == std::string_view::npos) return name;
    path.remove_prefix(slash + 1);
  }
}

void find_siblings(std::vector<ScannedModule>& modules, const std::vector<std::string>& package_code) {
  std::multimap<std::string, const ScannedModule*> by_name;
  for (const ScannedModule& module : modules) {
    if (module.facts.python_module || module.facts.unreadable) by_name.emplace(import_name_of(module.path), &module);
  }
  for (ScannedModule& module : modules) {
    for (SiblingImport& sibling : module.facts.sibling_imports) {
      std::vector<const ScannedModule*> candidates;
      const auto [first, last] = by_name.equal_range(sibling.name);
      for (auto at = first; at != last; ++at) {
        if (at->second->arch == module.arch || at->second->arch == "unknown") candidates.push_back(at->second);
      }
      const auto same = std::find_if(candidates.begin(), candidates.end(), [&](const ScannedModule* other) {
        return suffix_of(other->path) == suffix_of(module.path);
      });
      if (same != candidates.end()) {
        sibling.path = (*same)->path;
      } else if (candidates.size() == 1) {
        sibling.path = candidates.front()->path;
      }
    }
    for (SiblingImport& sibling : module.facts.sibling_imports)
      sibling.package_code = code_before(sibling.path, module.path, package_code);
    auto& found = module.facts.sibling_imports;
    found.erase(std::remove_if(found.begin(), found.end(), [](const auto& s) { return s.path.empty(); }), found.end());
  }
}

}  // namespace abicheck
