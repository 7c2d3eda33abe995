#include "abi/generated_headers.h"

#include <algorithm>
#include <utility>

#include "abi/embedded_declarations.h"
#include "tables/read_declarations.h"
#include "tables/release_number.h"

namespace abicheck {

namespace {

bool is_there(std::span<const std::uint32_t> turns, std::uint32_t release) {
  const auto passed = std::upper_bound(turns.begin(), turns.end(), release) - turns.begin();
  return passed % 2 == 1;
}

}  // namespace

Declarations Declarations::embedded() {
  return Declarations(embedded_declarations());
}

Result<Declarations> Declarations::owning(Result<OwnedTables> tables) {
  if (!tables) return tables.error();
  const auto owned = std::make_shared<const OwnedTables>(std::move(*tables));
  Declarations declarations(view_of(*owned));
  declarations.owned_ = owned;
  return declarations;
}

Result<Declarations> Declarations::from_directory(const std::string& directory) {
  return owning(read_declarations(directory));
}

Result<Declarations> Declarations::from_file(const std::string& text) {
  return owning(read_declarations(DatabaseFile{"declarations.json", text}));
}

std::string Declarations::text_of(const HeaderRow& header, std::uint32_t release) const {
  std::string text;
  for (const HeaderLineRow& line : rows(tables_.header_lines, header.lines)) {
    if (is_there(rows(tables_.numbers, line.turns), release)) text.append(tables_.text(line.text)) += '\n';
  }
  return text;
}

std::vector<GeneratedHeader> Declarations::headers_of(const std::string& release) const {
  std::vector<GeneratedHeader> headers;
  const auto number = release_number(release);
  if (!number) return headers;
  for (const HeaderRow& row : tables_.headers) {
    std::string text = text_of(row, *number);
    if (!text.empty()) headers.push_back({std::string(tables_.text(row.path)), std::move(text)});
  }
  return headers;
}

}  // namespace abicheck
