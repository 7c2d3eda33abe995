#include "tables/read_history.h"

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

// What begins at `since` ends later, if at all.
void check_end(const Node& object, std::string_view key, std::uint32_t since) {
  const std::uint32_t end = object.optional_release(key);
  if (end != 0 && end <= since) object.at(key).expected("a release newer than " + release_text(since));
}

SlotRow read_slot(const Node& node, TableBuilder& builder) {
  node.check_keys({"index", "name", "kind", "signature", "since"},
                  {"changed", "deprecated", "disabled", "removed", "min_target", "replacement"});
  SlotRow row{};
  row.index = static_cast<std::uint32_t>(node.at("index").integer(0, limits::kTableSlots - 1, "a slot"));
  const Node name = node.at("name");
  if (!is_word(name.text())) name.expected("the name of a function, type or variable");
  row.name = builder.text(name.text());
  row.kind = builder.text(node.at("kind").one_of({"function", "type", "variable"}));
  row.signature = builder.text(node.at("signature").text());
  row.since = node.at("since").release();
  row.changed = node.optional_release("changed");
  row.deprecated = node.optional_release("deprecated");
  row.disabled = node.optional_release("disabled");
  row.removed = node.optional_release("removed");
  check_end(node, "changed", row.since);
  check_end(node, "removed", row.since);
  row.min_target = optional_target(node, "min_target");
  row.replacement = optional_text(node, "replacement", builder);
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

std::vector<SlotRow> read_table(const Node& table, TableBuilder& builder) {
  const std::vector<Node> nodes = table.elements(1);
  std::vector<SlotRow> rows;
  rows.reserve(nodes.size());
  for (const Node& node : nodes) rows.push_back(read_slot(node, builder));
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

Range read_absent(const Node& node, std::uint32_t since, std::uint32_t removed, TableBuilder& builder) {
  std::vector<std::uint32_t> releases;
  const auto absent = node.find("absent");
  if (!absent) return builder.list(builder.tables().numbers, releases);
  for (const Node& release : absent->elements(1)) {
    const std::uint32_t number = release.release();
    if (number <= since || (removed != 0 && number >= removed)) release.expected("a release between since and removed");
    releases.push_back(number);
  }
  return builder.list(builder.tables().numbers, releases);
}

// The release from which the condition `key` holds; 0: from the first that could have it.
std::uint32_t optional_condition(const Node& node, const std::string& key) {
  const std::string since = key + "_since";
  if (node.find(since) && !node.find(key)) node.at(since).expected("no such key, since there is no " + key);
  return node.optional_release(since);
}

NameRow read_name(std::string_view name, const Node& node, TableBuilder& builder) {
  node.check_keys({"kind", "header", "since"},
                  {"absent", "deprecated", "removed", "replacement", "min_target", "min_target_since", "max_target",
                   "no_deprecated_api", "no_deprecated_api_since"});
  const Node header = node.at("header");
  if (!is_header(header.text())) header.expected("a header such as numpy/ndarrayobject.h");
  NameRow row{};
  row.name = builder.text(name);
  row.kind = builder.text(
      node.at("kind").one_of({"enum", "enumerator", "function", "header", "macro", "member", "type", "variable"}));
  row.header = builder.text(header.text());
  row.since = node.at("since").release();
  row.deprecated = node.optional_release("deprecated");
  row.removed = node.optional_release("removed");
  check_end(node, "removed", row.since);
  row.absent = read_absent(node, row.since, row.removed, builder);
  row.replacement = optional_text(node, "replacement", builder);
  row.min_target = optional_target(node, "min_target");
  row.min_target_since = optional_condition(node, "min_target");
  row.max_target = optional_target(node, "max_target");
  const auto without = node.find("no_deprecated_api");
  if (without && without->boolean()) without->expected("false, or no such key");
  row.no_deprecated_api = without ? 0 : 1;
  row.no_deprecated_api_since = optional_condition(node, "no_deprecated_api");
  return row;
}

}  // namespace

void read_slots(const Node& file, TableBuilder& builder) {
  file.check_keys({"multiarray", "ufunc"});
  builder.tables().multiarray = read_table(file.at("multiarray"), builder);
  builder.tables().ufunc = read_table(file.at("ufunc"), builder);
}

void read_names(const Node& file, TableBuilder& builder) {
  for (const auto& [name, node] : file.members()) {
    if (!is_name(name) && !is_header(name)) file.bad_key(name, "a name of C or a header of NumPy");
    builder.tables().names.push_back(read_name(name, node, builder));
  }
}

}  // namespace abicheck
