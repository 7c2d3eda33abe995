// abi_db/ as constant tables. Rows are plain numbers: a text is a place in one pool of characters, a list a range of
// rows in another table. So the tables that are compiled in need no pointer, nothing runs before main() to make them,
// and those that --db reads are the same rows in vectors. Equal lists are stored once (table_builder.h).
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "tables/rows.h"

namespace abicheck {

// Tables of one kind: spans over constant data, or vectors that own the rows.
template <template <typename> typename Column>
struct Tables {
  Column<char> pool;
  Column<std::uint32_t> numbers;
  Column<Text> texts;
  Column<ModelSizeRow> model_sizes;
  Column<RuntimeSizeRow> runtime_sizes;
  Column<TargetSizeRow> target_sizes;
  Column<ModelTargetsRow> model_targets;
  Column<CompiledSizeRow> compiled_sizes;
  Column<PlaceRow> places;
  Column<MemberRow> members;
  Column<LayoutRow> layouts;
  Column<PathRow> paths;
  Column<MessageRow> messages;
  Column<NumberRow> named_numbers;
  Column<ApiNameRow> api_names;
  Column<WheelRow> wheels;
  Column<FactsRow> facts;
  Column<ReleaseRow> releases;  // oldest first, through all minors
  Column<MinorRow> minors;      // oldest first
  Column<SlotRow> multiarray;   // by index, then release
  Column<SlotRow> ufunc;
  Column<EarlierRow> earlier;
  Column<NameRow> names;  // by name
  Column<DatabaseRow> database;
  Column<HeaderLineRow> header_lines;    // only in the tables of declarations.json, as the next
  Column<HeaderRow> headers;             // by path
  Column<CythonNameRow> cython_classic;  // by name; only in the tables of cython.json, as the next two
  Column<CythonNameRow> cython3;
  Column<CythonNeedRow> cython_needs;  // oldest first
};

template <typename Row>
using SpanOf = std::span<const Row>;
template <typename Row>
using VectorOf = std::vector<Row>;

using OwnedTables = Tables<VectorOf>;

struct DatabaseTables : Tables<SpanOf> {
  std::string_view text(Text text) const {
    return text.at == kNoText.at ? std::string_view() : std::string_view(pool.data() + text.at, text.size);
  }
};

// The tables without the vectors' ownership; `owned` must stay.
DatabaseTables view_of(const OwnedTables& owned);

template <typename Row>
std::span<const Row> rows(std::span<const Row> table, Range range) {
  return table.subspan(range.begin, range.count);
}

// Whether a row that has a beginning and an end is true of a release.
inline bool is_in(const SlotRow& slot, std::uint32_t release) {
  const std::uint32_t end = slot.changed != 0 ? slot.changed : slot.removed;
  return slot.since <= release && (end == 0 || release < end);
}

constexpr WideRow wide_row(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  return {1, static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32)};
}
constexpr std::int64_t wide_value(const WideRow& row) {
  return static_cast<std::int64_t>(std::uint64_t{row.high} << 32 | row.low);
}

// Calls visit(table, name of its row type, name of the member) for each table.
template <typename AnyTables, typename Visit>
void for_each_table(AnyTables&& tables, Visit visit) {
  visit(tables.pool, "char", "pool");
  visit(tables.numbers, "std::uint32_t", "numbers");
  visit(tables.texts, "Text", "texts");
  visit(tables.model_sizes, "ModelSizeRow", "model_sizes");
  visit(tables.runtime_sizes, "RuntimeSizeRow", "runtime_sizes");
  visit(tables.target_sizes, "TargetSizeRow", "target_sizes");
  visit(tables.model_targets, "ModelTargetsRow", "model_targets");
  visit(tables.compiled_sizes, "CompiledSizeRow", "compiled_sizes");
  visit(tables.places, "PlaceRow", "places");
  visit(tables.members, "MemberRow", "members");
  visit(tables.layouts, "LayoutRow", "layouts");
  visit(tables.paths, "PathRow", "paths");
  visit(tables.messages, "MessageRow", "messages");
  visit(tables.named_numbers, "NumberRow", "named_numbers");
  visit(tables.api_names, "ApiNameRow", "api_names");
  visit(tables.wheels, "WheelRow", "wheels");
  visit(tables.facts, "FactsRow", "facts");
  visit(tables.releases, "ReleaseRow", "releases");
  visit(tables.minors, "MinorRow", "minors");
  visit(tables.multiarray, "SlotRow", "multiarray");
  visit(tables.ufunc, "SlotRow", "ufunc");
  visit(tables.earlier, "EarlierRow", "earlier");
  visit(tables.names, "NameRow", "names");
  visit(tables.database, "DatabaseRow", "database");
  visit(tables.header_lines, "HeaderLineRow", "header_lines");
  visit(tables.headers, "HeaderRow", "headers");
  visit(tables.cython_classic, "CythonNameRow", "cython_classic");
  visit(tables.cython3, "CythonNameRow", "cython3");
  visit(tables.cython_needs, "CythonNeedRow", "cython_needs");
}

}  // namespace abicheck
