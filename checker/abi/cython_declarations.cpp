#include "abi/cython_declarations.h"

#include <algorithm>
#include <limits>
#include <span>

#include "abi/embedded_cython.h"
#include "tables/read_cython.h"
#include "tables/release_number.h"

namespace abicheck {

namespace {

using Turns = std::span<const std::uint32_t>;

std::ptrdiff_t passed(Turns turns, std::uint32_t release) {
  return std::upper_bound(turns.begin(), turns.end(), release) - turns.begin();
}

}  // namespace

CythonDeclarations::CythonDeclarations(DatabaseTables tables) : tables_(tables) {
  std::uint32_t first = std::numeric_limits<std::uint32_t>::max();
  for (const CythonNameRow& row : tables_.cython_classic)
    first = std::min(first, rows(tables_.numbers, row.turns).front());
  oldest_ = release_text(first);
}

CythonDeclarations CythonDeclarations::embedded() {
  return CythonDeclarations(embedded_cython());
}

Result<CythonDeclarations> CythonDeclarations::from_file(const std::string& text) {
  Result<OwnedTables> tables = read_cython(DatabaseFile{"cython.json", text});
  if (!tables) return tables.error();
  const auto owned = std::make_shared<const OwnedTables>(std::move(*tables));
  CythonDeclarations declarations(view_of(*owned));
  declarations.owned_ = owned;
  return declarations;
}

bool CythonDeclarations::has(const std::string& release) const {
  const auto number = release_number(release);
  return number && *number >= *release_number(oldest_);
}

std::string CythonDeclarations::needed_cython(const std::string& release) const {
  const auto number = release_number(release);
  std::string needed;
  for (const CythonNeedRow& row : tables_.cython_needs) {
    if (number && row.release <= *number) needed = tables_.text(row.cython);
  }
  return needed;
}

std::optional<CythonName> CythonDeclarations::find(CythonFile file, std::string_view name,
                                                   const std::string& release) const {
  const auto number = release_number(release);
  const auto table = file == CythonFile::kClassic ? tables_.cython_classic : tables_.cython3;
  const auto less = [&](const auto& row, std::string_view wanted) { return tables_.text(row.name) < wanted; };
  auto row = std::lower_bound(table.begin(), table.end(), name, less);
  std::optional<CythonName> found;
  std::uint32_t newest = 0;
  // A name has a row for each kind that it has been of; the one that holds, or that held last, is the answer.
  for (; number && row != table.end() && tables_.text(row->name) == name; ++row) {
    const Turns turns = rows(tables_.numbers, row->turns);
    const auto before = passed(turns, *number);
    const bool declared = before % 2 == 1;
    const std::size_t begin = before == 0 ? 0 : static_cast<std::size_t>(before - 1) / 2 * 2;
    if (!declared && found && (found->declared || turns[begin] < newest)) continue;
    newest = turns[begin];
    found = CythonName{std::string(tables_.text(row->kind)), declared, release_text(turns[begin]),
                       begin + 1 < turns.size() ? release_text(turns[begin + 1]) : ""};
  }
  return found;
}

}  // namespace abicheck
