#include "tables/read_cython.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "tables/separate_file.h"

namespace abicheck {

namespace {

constexpr const char* kCythonFile = "cython.json";

// "int_t", "dtype.itemsize"
bool is_cython_name(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return is_word(text);
  return is_word(text.substr(0, dot)) && is_word(text.substr(dot + 1));
}

// ["name", "kind", first release with it, first release without it, ...]
CythonNameRow read_name(const Node& node, TableBuilder& builder) {
  constexpr std::size_t kBeforeReleases = 2;
  const std::vector<Node> parts = node.elements(kBeforeReleases + 1);
  if (!is_cython_name(parts[0].text())) parts[0].expected("a name");
  const std::string& kind = parts[1].one_of(
      {"type", "class", "constant", "variable", "function", "array_api", "ufunc_api", "member", "property"});
  return {builder.text(parts[0].text()), builder.text(kind), read_turns(parts, kBeforeReleases, builder)};
}

// By name, so that they can be looked up.
std::vector<CythonNameRow> read_names(const Node& list, TableBuilder& builder) {
  std::vector<CythonNameRow> found;
  std::string before;
  for (const Node& node : list.elements(1)) {
    found.push_back(read_name(node, builder));
    const std::string& name = node.elements().front().text();
    if (name < before) node.expected("a name that sorts behind " + before);
    before = name;
  }
  return found;
}

void fill_cython(const Node& file, TableBuilder& builder) {
  file.check_keys({"needs", "classic", "cython3"});
  for (const Node& node : file.at("needs").elements()) {
    const std::vector<Node> parts = node.elements(2);
    builder.tables().cython_needs.push_back({parts[1].release(), builder.text(parts[0].text())});
  }
  builder.tables().cython_classic = read_names(file.at("classic"), builder);
  builder.tables().cython3 = read_names(file.at("cython3"), builder);
}

}  // namespace

Result<OwnedTables> read_cython(const std::string& directory) {
  return read_separate_file(directory, kCythonFile, fill_cython);
}

Result<OwnedTables> read_cython(const DatabaseFile& file) {
  return read_separate_file(file, fill_cython);
}

}  // namespace abicheck
