#include "tables/read_declarations.h"

#include <utility>
#include <vector>

#include "tables/separate_file.h"

namespace abicheck {

namespace {

constexpr const char* kDeclarationsFile = "declarations.json";

bool is_header_path(std::string_view path) {
  if (!path.starts_with("numpy/") || !path.ends_with(".h") || path.find("..") != std::string_view::npos) return false;
  for (const char c : path) {
    if (c != '/' && c != '.' && !is_word({&c, 1})) return false;
  }
  return true;
}

// ["text", first release with it, first without it, ...]
HeaderLineRow read_line(const Node& node, TableBuilder& builder) {
  constexpr std::size_t kTextAndRelease = 2;
  const std::vector<Node> parts = node.elements(kTextAndRelease);
  const std::string& text = parts.front().text();
  if (text.empty() || text.find('\n') != std::string::npos) parts.front().expected("one line of a header");
  return {builder.text(text), read_turns(parts, 1, builder)};
}

void fill_declarations(const Node& file, TableBuilder& builder) {
  for (const auto& [path, node] : file.members()) {
    if (!is_header_path(path)) file.bad_key(path, "a header of NumPy");
    const std::vector<Node> lines = node.elements(1);
    const Range range{static_cast<std::uint32_t>(builder.tables().header_lines.size()),
                      static_cast<std::uint32_t>(lines.size())};
    for (const Node& line : lines) {
      const HeaderLineRow row = read_line(line, builder);
      builder.tables().header_lines.push_back(row);
    }
    builder.tables().headers.push_back({builder.text(path), range});
  }
}

}  // namespace

Result<OwnedTables> read_declarations(const std::string& directory) {
  return read_separate_file(directory, kDeclarationsFile, fill_declarations);
}

Result<OwnedTables> read_declarations(const DatabaseFile& file) {
  return read_separate_file(file, fill_declarations);
}

}  // namespace abicheck
