#include "tables/separate_file.h"

#include <filesystem>
#include <utility>

#include "tables/parse_json.h"
#include "tables/release_number.h"

namespace abicheck {

Result<OwnedTables> read_separate_file(const std::string& directory, const char* name, FillTables fill) {
  const std::string path = (std::filesystem::path(directory) / name).string();
  if (!std::filesystem::exists(path))
    return Error{ErrorCode::kMissing, std::string("there is no ") + name + " in the database directory", directory};
  Result<std::string> text = read_database_text(path);
  if (!text) return text.error();
  Result<OwnedTables> tables = read_separate_file(DatabaseFile{name, std::move(*text)}, fill);
  if (tables) return tables;
  Error error = tables.error();
  error.where = path;
  return error;
}

Result<OwnedTables> read_separate_file(const DatabaseFile& file, FillTables fill) {
  const Result<PlainValue> value = parse_json(file.text);
  if (!value) return Error{ErrorCode::kMalformed, value.error().message, file.name};
  TableBuilder builder;
  try {
    fill(Node(*value, ""), builder);
  } catch (const BadDatabase& problem) {
    return Error{ErrorCode::kMalformed, problem.what(), file.name};
  }
  return builder.take();
}

Range read_turns(const std::vector<Node>& parts, std::size_t begin, TableBuilder& builder) {
  std::vector<std::uint32_t> turns;
  for (std::size_t i = begin; i < parts.size(); ++i) {
    const std::uint32_t release = parts[i].release();
    if (!turns.empty() && release <= turns.back())
      parts[i].expected("a release newer than " + release_text(turns.back()));
    turns.push_back(release);
  }
  return builder.list(builder.tables().numbers, turns);
}

}  // namespace abicheck
