#include "tables/read_declarations.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "tables/node.h"
#include "tables/parse_json.h"
#include "tables/release_number.h"
#include "tables/table_builder.h"

namespace abicheck {

namespace {

constexpr const char* kFile = "declarations.json";

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
  std::vector<std::uint32_t> turns;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::uint32_t release = parts[i].release();
    if (!turns.empty() && release <= turns.back())
      parts[i].expected("a release newer than " + release_text(turns.back()));
    turns.push_back(release);
  }
  return {builder.text(text), builder.list(builder.tables().numbers, turns)};
}

void read_file(const Node& file, TableBuilder& builder) {
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
  const std::string path = (std::filesystem::path(directory) / kFile).string();
  if (!std::filesystem::exists(path))
    return Error{ErrorCode::kMissing, std::string("there is no ") + kFile + " in the database directory", directory};
  Result<std::string> text = read_database_text(path);
  if (!text) return text.error();
  Result<OwnedTables> tables = read_declarations(DatabaseFile{kFile, std::move(*text)});
  if (tables) return tables;
  Error error = tables.error();
  error.where = path;
  return error;
}

Result<OwnedTables> read_declarations(const DatabaseFile& file) {
  const Result<PlainValue> value = parse_json(file.text);
  if (!value) return Error{ErrorCode::kMalformed, value.error().message, file.name};
  TableBuilder builder;
  try {
    read_file(Node(*value, ""), builder);
  } catch (const BadDatabase& problem) {
    return Error{ErrorCode::kMalformed, problem.what(), file.name};
  }
  return builder.take();
}

}  // namespace abicheck
