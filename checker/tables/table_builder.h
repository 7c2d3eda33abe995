// Collects rows into tables. A text or list that is there already is used again: NumPy's releases agree in most of what
// they say, and so equal facts have equal ranges.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tables/database_tables.h"

namespace abicheck {

class TableBuilder {
 public:
  Text text(std::string_view text);

  // `rows` as a range of `table`, which is a table of tables().
  template <typename Row>
  Range list(std::vector<Row>& table, const std::vector<Row>& rows) {
    static_assert(std::has_unique_object_representations_v<Row>, "rows are compared as bytes");
    const auto* bytes = reinterpret_cast<const char*>(rows.data());
    std::string key(bytes, bytes + rows.size() * sizeof(Row));
    const auto [known, added] = lists_[&table].try_emplace(
        std::move(key), Range{static_cast<std::uint32_t>(table.size()), static_cast<std::uint32_t>(rows.size())});
    if (added) table.insert(table.end(), rows.begin(), rows.end());
    return known->second;
  }

  OwnedTables& tables() { return tables_; }
  const OwnedTables& tables() const { return tables_; }
  OwnedTables take() { return std::move(tables_); }

 private:
  OwnedTables tables_;
  std::map<std::string, Text, std::less<>> texts_;
  std::map<const void*, std::map<std::string, Range>> lists_;  // by table, by the bytes of the rows
};

}  // namespace abicheck
