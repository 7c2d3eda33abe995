#include "tables/read_history.h"

#include <limits>

#include "base/limits.h"
#include "tables/release_number.h"

namespace abicheck {

namespace {

Text optional_text(const Node& object, std::string_view key, TableBuilder& builder) {
  const auto found = object.find(key);
  return found ? builder.text(found->text()) : kNoText;
}

std::uint32_t optional_target(const Node& object, std::string_view key) {
  const auto found = object.find(key);
  return found ? found->hex() : 0;
}

std::uint32_t known_release(const Node& node, const Releases& releases) {
  const std::uint32_t release = node.release();
  if (releases.count(release) == 0) node.expected("a release of the database");
  return release;
}

// 0 when there is no such key.
std::uint32_t optional_release(const Node& object, std::string_view key, const Releases& releases) {
  const auto found = object.find(key);
  return found ? known_release(*found, releases) : 0;
}

// What begins at `since` ends later, if at all.
std::uint32_t read_end(const Node& object, std::string_view key, std::uint32_t since, const Releases& releases) {
  const auto found = object.find(key);
  if (found && found->release() <= since) found->expected("a release newer than " + release_text(since));
  return optional_release(object, key, releases);
}

// "ValueError: PyArray_SetStringFunction was removed"
void read_raised(const Node& node, SlotRow& row, TableBuilder& builder) {
  row.raises = row.raises_text = kNoText;
  const auto raises = node.find("raises");
  if (!raises) return;
  if (row.disabled == 0) raises->expected("no such key, since there is no disabled");
  const std::string& text = raises->text();
  const std::size_t colon = text.find(": ");
  if (colon == std::string::npos || !is_word(text.substr(0, colon)) || colon + 2 == text.size())
    raises->expected("an exception and its text");
  row.raises = builder.text(text.substr(0, colon));
  row.raises_text = builder.text(text.substr(colon + 2));
}

SlotRow read_slot(const Node& node, const Releases& releases, TableBuilder& builder) {
  node.check_keys({"index", "name", "kind", "signature", "since"},
                  {"changed", "deprecated", "disabled", "raises", "removed", "min_target", "replacement"});
  SlotRow row{};
  row.index = static_cast<std::uint32_t>(node.at("index").integer(0, limits::kTableSlots - 1, "a slot"));
  const Node name = node.at("name");
  if (!is_word(name.text())) name.expected("the name of a function, type or variable");
  row.name = builder.text(name.text());
  row.kind = builder.text(node.at("kind").one_of({"function", "type", "variable"}));
  row.signature = builder.text(node.at("signature").text());
  row.since = known_release(node.at("since"), releases);
  row.changed = read_end(node, "changed", row.since, releases);
  row.deprecated = optional_release(node, "deprecated", releases);
  row.disabled = optional_release(node, "disabled", releases);
  row.removed = read_end(node, "removed", row.since, releases);
  row.min_target = optional_target(node, "min_target");
  row.replacement = optional_text(node, "replacement", builder);
  read_raised(node, row, builder);
  return row;
}

// One meaning of a slot ends before the next begins; a signature that changes goes on in the next row.
void check_neighbours(const Node& node, const SlotRow& row, const SlotRow* next, const DatabaseTables& tables) {
  const bool same_slot = next != nullptr && next->index == row.index;
  if (next != nullptr && (next->index < row.index || (same_slot && next->since <= row.since)))
    node.fail("expected the rows in the order of index and since, the next one is before it");
  if (row.changed != 0) {
    if (!same_slot || next->since != row.changed || tables.text(next->name) != tables.text(row.name))
      node.at("changed").fail("expected a next row of the same name since " + release_text(row.changed));
  } else if (same_slot && (row.removed == 0 || row.removed > next->since)) {
    node.fail("expected it to be removed by " + release_text(next->since) + ", when the next row takes its slot");
  }
}

std::vector<SlotRow> read_table(const Node& table, const Releases& releases, TableBuilder& builder) {
  const std::vector<Node> nodes = table.elements(1);
  std::vector<SlotRow> rows;
  rows.reserve(nodes.size());
  for (const Node& node : nodes) rows.push_back(read_slot(node, releases, builder));
  const DatabaseTables texts = view_of(builder.tables());
  for (std::size_t i = 0; i < rows.size(); ++i)
    check_neighbours(nodes[i], rows[i], i + 1 < rows.size() ? &rows[i + 1] : nullptr, texts);
  return rows;
}

bool is_header(std::string_view text) {
  if (!text.starts_with("numpy/") || !text.ends_with(".h") || text.size() < 9) return false;
  for (const char c : text.substr(6, text.size() - 8)) {
    if (c != '/' && !is_word({&c, 1})) return false;
  }
  return true;
}

// A C identifier, or members with points between them.
bool is_name(std::string_view text) {
  if (text.empty() || text.front() == '_' || (text.front() >= '0' && text.front() <= '9')) return false;
  for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
    end = text.find('.', begin);
    if (!is_word(text.substr(begin, end - begin))) return false;
  }
  return true;
}

Range read_absent(const Node& node, std::uint32_t since, std::uint32_t removed, const Releases& known,
                  TableBuilder& builder) {
  std::vector<std::uint32_t> releases;
  const auto absent = node.find("absent");
  if (!absent) return builder.list(builder.tables().numbers, releases);
  for (const Node& release : absent->elements(1)) {
    const std::uint32_t number = release.release();
    if (number <= since || (removed != 0 && number >= removed)) release.expected("a release between since and removed");
    releases.push_back(known_release(release, known));
  }
  return builder.list(builder.tables().numbers, releases);
}

// The release from which the condition `key` holds; 0: from the first that could have it.
std::uint32_t optional_condition(const Node& node, const std::string& key, const Releases& releases) {
  const std::string since = key + "_since";
  if (node.find(since) && !node.find(key)) node.at(since).expected("no such key, since there is no " + key);
  return optional_release(node, since, releases);
}

DeclarationRow read_declaration(const Node& node, TableBuilder& builder) {
  using Limits = std::numeric_limits<std::int64_t>;
  const Node header = node.at("header");
  if (!is_header(header.text())) header.expected("a header such as numpy/ndarrayobject.h");
  DeclarationRow row{};
  row.kind = builder.text(
      node.at("kind").one_of({"enum", "enumerator", "function", "header", "macro", "member", "type", "variable"}));
  row.header = builder.text(header.text());
  if (const auto value = node.find("value"))
    row.value = wide_row(value->integer(Limits::min(), Limits::max(), "an integer"));
  row.type = optional_text(node, "type", builder);
  return row;
}

// How the name was declared before: each entry until a later release than the one before it.
Range read_earlier(const Node& node, const NameRow& name, const Releases& releases, TableBuilder& builder) {
  std::vector<EarlierRow> rows;
  const auto earlier = node.find("earlier");
  if (!earlier) return builder.list(builder.tables().earlier, rows);
  for (const Node& entry : earlier->elements(1)) {
    entry.check_keys({"until", "kind", "header"}, {"type", "value"});
    const std::uint32_t until = read_end(entry, "until", rows.empty() ? name.since : rows.back().until, releases);
    if (name.removed != 0 && until > name.removed)
      entry.at("until").expected("a release not newer than " + release_text(name.removed));
    rows.push_back({until, read_declaration(entry, builder)});
  }
  return builder.list(builder.tables().earlier, rows);
}

NameRow read_name(std::string_view name, const Node& node, const Releases& releases, TableBuilder& builder) {
  node.check_keys({"kind", "header", "since"},
                  {"absent", "deprecated", "earlier", "removed", "replacement", "min_target", "min_target_since",
                   "max_target", "no_deprecated_api", "no_deprecated_api_since", "type", "value"});
  NameRow row{};
  row.name = builder.text(name);
  row.declared = read_declaration(node, builder);
  row.since = known_release(node.at("since"), releases);
  row.deprecated = optional_release(node, "deprecated", releases);
  row.removed = read_end(node, "removed", row.since, releases);
  row.absent = read_absent(node, row.since, row.removed, releases, builder);
  row.earlier = read_earlier(node, row, releases, builder);
  row.replacement = optional_text(node, "replacement", builder);
  row.min_target = optional_target(node, "min_target");
  row.min_target_since = optional_condition(node, "min_target", releases);
  row.max_target = optional_target(node, "max_target");
  const auto without = node.find("no_deprecated_api");
  if (without && without->boolean()) without->expected("false, or no such key");
  row.no_deprecated_api = without ? 0 : 1;
  row.no_deprecated_api_since = optional_condition(node, "no_deprecated_api", releases);
  return row;
}

}  // namespace

void read_slots(const Node& file, const Releases& releases, TableBuilder& builder) {
  file.check_keys({"multiarray", "ufunc"});
  builder.tables().multiarray = read_table(file.at("multiarray"), releases, builder);
  builder.tables().ufunc = read_table(file.at("ufunc"), releases, builder);
}

void read_names(const Node& file, const Releases& releases, TableBuilder& builder) {
  for (const auto& [name, node] : file.members()) {
    if (!is_name(name) && !is_header(name)) file.bad_key(name, "a name of C or a header of NumPy");
    builder.tables().names.push_back(read_name(name, node, releases, builder));
  }
}

}  // namespace abicheck
