#include "tables/read_minor.h"

#include <algorithm>

#include "base/limits.h"
#include "tables/parse_json.h"
#include "tables/read_facts.h"
#include "tables/release_number.h"

namespace abicheck {

namespace {

void check_minor_keys(const Node& file) {
  file.check_keys({"minor",         "abi_version", "api_version",   "default_target", "target_policy",
                   "target_macros", "api_names",   "table_lengths", "import_array",   "import_umath",
                   "import_paths",  "shims",       "runtime_sizes", "compiled_sizes", "layouts",
                   "random",        "dtype_api",   "releases",      "sources",        "artefacts"});
}

Range read_pythons(const Node& node, TableBuilder& builder) {
  std::vector<std::uint32_t> pythons;
  for (const Node& python : node.elements()) {
    const std::uint32_t number = python.python();
    if (std::find(pythons.begin(), pythons.end(), number) != pythons.end()) python.expected("each Python once");
    pythons.push_back(number);
  }
  std::sort(pythons.begin(), pythons.end());
  return builder.list(builder.tables().numbers, pythons);
}

bool is_python_tag(std::string_view tag) {
  return (tag.starts_with("cp") || tag.starts_with("pp")) && tag.size() > 2 && tag[2] >= '0' && tag[2] <= '9';
}

Range read_wheels(const Node& node, TableBuilder& builder) {
  std::vector<WheelRow> rows;
  for (const auto& [tag, platforms] : node.members()) {
    if (!is_python_tag(tag)) node.bad_key(tag, "a Python tag such as cp312");
    std::vector<Text> texts;
    for (const Node& platform : platforms.elements(1)) texts.push_back(builder.text(platform.text()));
    rows.push_back({builder.text(tag), builder.list(builder.tables().texts, texts)});
  }
  return builder.list(builder.tables().wheels, rows);
}

// The facts of a release whose overrides are `overrides`; messages name their place there.
FactsRow read_overridden(const Node& file, const Node& overrides, TableBuilder& builder) {
  for (const auto& [key, value] : overrides.members()) {
    if (key == "minor" || key == "releases") overrides.bad_key(key, "one that a release may override");
  }
  const PlainValue merged = merge_patch(file.value(), overrides.value());
  const Node node(merged, overrides.place());
  check_minor_keys(node);
  return read_facts(node, builder);
}

ReleaseRow read_release(const Node& entry, std::uint32_t minor, const Node& artefacts, TableBuilder& builder) {
  entry.check_keys({"version", "date", "python", "wheels", "headers"}, {"overrides"});
  const Node version = entry.at("version");
  const Node date = entry.at("date");
  ReleaseRow row{};
  row.release = version.release();
  if (minor_of(row.release) != minor) version.expected("a release of NumPy " + minor_text(minor));
  date.check_date();
  row.date = builder.text(date.text());
  row.pythons = read_pythons(entry.at("python"), builder);
  row.wheels = read_wheels(entry.at("wheels"), builder);
  check_source(entry.at("headers"), artefacts);
  return row;
}

void check_order(const std::vector<Node>& entries, const std::vector<ReleaseRow>& rows) {
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].release > rows[i - 1].release) continue;
    entries[i].at("version").expected("a release newer than " + release_text(rows[i - 1].release));
  }
}

}  // namespace

MinorRows read_minor(const Node& file, TableBuilder& builder) {
  check_minor_keys(file);
  MinorRows rows;
  rows.minor = file.at("minor").minor();
  rows.facts.push_back(read_facts(file, builder));
  const Node releases = file.at("releases");
  const std::vector<Node> entries = releases.elements(1);
  if (entries.size() > limits::kReleasesOfMinor)
    releases.fail("expected at most " + std::to_string(limits::kReleasesOfMinor) + " releases");
  for (const Node& entry : entries) {
    ReleaseRow row = read_release(entry, rows.minor, file.at("artefacts"), builder);
    if (const auto overrides = entry.find("overrides")) {
      row.facts = static_cast<std::uint32_t>(rows.facts.size());
      rows.facts.push_back(read_overridden(file, *overrides, builder));
    }
    rows.releases.push_back(row);
  }
  check_order(entries, rows.releases);
  return rows;
}

}  // namespace abicheck
