#include "report/database_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/hex.h"
#include "report/text_style.h"
#include "report/text_table.h"

namespace abicheck {

namespace {

// The one or two ends of a list that is in order.
std::string ends_of(const std::vector<std::string>& list) {
  if (list.empty()) return "-";
  return list.size() == 1 ? list.front() : list.front() + " to " + list.back();
}

std::string releases_of(const MinorSummary& minor) {
  const ReleaseSummary& first = minor.releases.front();
  const ReleaseSummary& last = minor.releases.back();
  const std::string from = fmt::format("{} ({})", first.version, first.date);
  if (minor.releases.size() == 1) return from;
  return fmt::format("{} to {} ({})", from, last.version, last.date);
}

std::string title(std::string_view text) {
  return fmt::format("\n{}\n", text);
}

class Page {
 public:
  explicit Page(const NumpyDescription& numpy) : numpy_(numpy) {}

  std::string write() {
    out_ = "NumPy " + numpy_.numpy + (numpy_.numpy == numpy_.release ? "" : ", as of " + numpy_.release) + "\n";
    write_versions();
    write_targets();
    write_paths();
    write_template("import_array() compiles in", numpy_.import_array);
    write_template("import_umath() compiles in", numpy_.import_umath);
    write_runtime_sizes();
    write_compiled_sizes();
    write_layouts();
    write_tables();
    write_names();
    write_others();
    return std::move(out_);
  }

 private:
  // Users cannot map 0xd to a release.
  std::string api(std::uint32_t version) const {
    const auto name = numpy_.api_releases.find(version);
    return hex_version(version) + (name == numpy_.api_releases.end() ? "" : " (NumPy " + name->second + ")");
  }

  void write_versions();
  void write_targets();
  void write_paths();
  void write_template(std::string_view name, const ImportTemplateTexts& texts);
  void write_runtime_sizes();
  void write_compiled_sizes();
  void write_layouts();
  void write_tables();
  void write_names();
  void write_others();

  const NumpyDescription& numpy_;
  std::string out_;
};

std::string quoted(const RaisedMessage& message) {
  return message.type + ": " + printable(message.text);
}

void Page::write_versions() {
  std::vector<std::string> releases, different;
  std::set<std::string> platforms;
  for (const ReleaseSummary& release : numpy_.releases) {
    releases.push_back(release.version + " (" + release.date + ")");
    if (release.own_facts) different.push_back(release.version);
    for (const auto& [python, tags] : release.wheels) platforms.insert(tags.begin(), tags.end());
  }
  std::vector<TextRow> rows = {{"releases", join(releases, ", ")},
                               {"CPython", join(numpy_.pythons, ", ")},
                               {"ABI version", hex_version(numpy_.abi)},
                               {"API version", api(numpy_.api)},
                               {"default target", api(numpy_.default_target)}};
  if (!different.empty() && numpy_.releases.size() > 1)
    rows.insert(rows.begin() + 1, {"that differ", join(different, ", ") + " (abicheck db show X.Y.Z)"});
  out_ += hang(rows, 2);
  out_ += title("Platforms of the wheels") + flow({platforms.begin(), platforms.end()}, 2);
}

void Page::write_targets() {
  const TargetPolicy& policy = numpy_.target_policy;
  std::vector<TextRow> rows = {{"NPY_TARGET_VERSION", policy.honoured ? "is honoured" : "is ignored"}};
  if (policy.lowest) rows.push_back({"lowest target", api(*policy.lowest)});
  if (policy.below_lowest) rows.push_back({"below it", printable(*policy.below_lowest)});
  if (policy.above_api) rows.push_back({"above the API version", printable(*policy.above_api)});
  rows.push_back({"a name they do not define", "gives " + hex_version(policy.undefined_name)});
  out_ += title("Targets in the headers") + hang(rows, 2);
  std::vector<std::string> macros;
  for (const auto& [name, target] : numpy_.target_macros) macros.push_back(name + " " + hex(target));
  out_ += flow(macros, 2);
  std::vector<std::string> names;
  for (const auto& [version, release] : numpy_.api_names) names.push_back(hex(version) + " \"" + release + "\"");
  if (!names.empty()) out_ += title("How their messages name API versions") + flow(names, 2);
}

void Page::write_paths() {
  std::vector<TextRow> rows;
  for (const auto& [path, state] : numpy_.import_paths) rows.push_back({path, state});
  out_ += title("Where modules find the C-API") + align(rows, 2);
  for (const auto& [name, shim] : numpy_.shims) out_ += wrap(name + ": " + quoted(shim), 2);
}

void Page::write_template(std::string_view name, const ImportTemplateTexts& texts) {
  out_ += title(name);
  out_ += wrap("paths: " + join(texts.paths, ", "), 2);
  for (const RaisedMessage& message : texts.messages) out_ += wrap(quoted(message), 2);
  out_ += wrap("the macro makes of them: " + printable(texts.macro_message), 2);
}

// What is the same of several data models is said once: "88 (lp64, llp64)", "52 (ilp32)".
template <typename Sizes, typename Cell>
std::vector<std::string> groups_of(const Sizes& sizes, Cell cell) {
  std::vector<std::pair<std::string, std::string>> groups;  // size, models
  for (const char* model : kModelsForPeople) {
    const auto found = sizes.find(model);
    if (found == sizes.end()) continue;
    const std::string text = cell(found->second);
    const auto known = std::find_if(groups.begin(), groups.end(), [&](const auto& g) { return g.first == text; });
    if (known == groups.end()) {
      groups.emplace_back(text, model);
    } else {
      known->second += std::string(", ") + model;
    }
  }
  std::vector<std::string> texts;
  texts.reserve(groups.size());
  for (const auto& [text, models] : groups) texts.push_back(text + " (" + models + ")");
  return texts;
}

// One row a type; groups that do not fit beside it stand below each other.
template <typename Types, typename Cell>
std::string table_of(const Types& types, Cell cell) {
  constexpr std::size_t kWidth = 66;
  std::vector<TextRow> rows;
  for (const auto& [type, sizes] : types) {
    rows.push_back({type, ""});
    for (const std::string& group : groups_of(sizes, cell)) {
      std::string& line = rows.back()[1];
      if (line.empty()) {
        line = group;
      } else if (line.size() + 2 + group.size() < kWidth) {
        line += "; " + group;
      } else {
        line += ";";
        rows.push_back({"", group});
      }
    }
  }
  return hang(rows, 2);
}

void Page::write_runtime_sizes() {
  const auto cell = [](std::uint32_t size) { return std::to_string(size); };
  out_ += title("Sizes of types at run time (tp_basicsize)") + table_of(numpy_.runtime_sizes, cell);
}

void Page::write_compiled_sizes() {
  // "32, 0x12: 88" for a size that depends on the target
  const auto cell = [](const std::map<std::uint32_t, std::uint32_t>& sizes) {
    std::string text;
    for (const auto& [target, size] : sizes)
      text += text.empty() ? std::to_string(size) : fmt::format(", {}: {}", hex(target), size);
    return text;
  };
  std::map<std::string, SizesByTarget> all;
  for (const auto& [language, types] : numpy_.compiled_sizes) {
    for (const auto& [type, sizes] : types) all[type + (language == "c" ? "" : " (" + language + ")")] = sizes;
  }
  out_ += title("Sizes that a compiler sees (from a target on)") + table_of(all, cell);
}

void Page::write_layouts() {
  out_ += title("Structures (LP64: member offset+size, the target that declares it)");
  for (const auto& [name, members] : numpy_.layouts) {
    std::vector<std::pair<std::uint32_t, std::string>> cells;
    for (const auto& [member, layout] : members) {
      const auto place = layout.places.find("lp64");
      if (place == layout.places.end()) continue;
      const std::string target = layout.min_target == 0 ? "" : " (" + hex(layout.min_target) + ")";
      cells.emplace_back(place->second.offset,
                         fmt::format("{} {}+{}{}", member, place->second.offset, place->second.size, target));
    }
    std::stable_sort(cells.begin(), cells.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> texts;
    texts.reserve(cells.size());
    for (auto& [offset, text] : cells) texts.push_back(std::move(text));
    out_ += "  " + name + "\n" + flow(texts, 4);
  }
}

void Page::write_tables() {
  out_ += title("Slots");
  for (const auto& [name, table] : numpy_.tables) {
    out_ += fmt::format("  {}: {} slots, {} of them in use", name, table.length, table.slots.size());
    if (!numpy_.before.empty())
      out_ +=
          fmt::format("; since NumPy {} {} removed, {} added", numpy_.before, table.removed.size(), table.added.size());
    out_ += "\n";
    const auto list = [&](std::string_view word, const std::vector<std::string>& names) {
      if (!names.empty()) out_ += fmt::format("    {}:\n", word) + flow(names, 6);
    };
    list("removed", table.removed);
    list("added", table.added);
  }
}

void Page::write_names() {
  std::map<std::string, int> kinds;
  std::vector<std::string> deprecated;
  for (const auto& [name, row] : numpy_.names) {
    ++kinds[row.kind];
    if (!row.deprecated.empty()) deprecated.push_back(name);
  }
  std::vector<std::string> counts;
  counts.reserve(kinds.size());
  for (const auto& [kind, count] : kinds) counts.push_back(fmt::format("{} {}", kind, count));
  out_ += title(fmt::format("Names in the headers ({})", numpy_.names.size())) + flow(counts, 2);
  if (!deprecated.empty()) out_ += fmt::format("  deprecated ({}):\n", deprecated.size()) + flow(deprecated, 4);
}

void Page::write_others() {
  out_ += title("numpy.random");
  out_ += "  capsule: " + numpy_.random_capsule.value_or("none") + "\n" + flow(numpy_.random_pxd, 2);
  std::vector<std::string> numbers;
  for (const auto& [name, number] : numpy_.dtype_api) numbers.push_back(fmt::format("{} {}", name, number));
  if (!numbers.empty()) out_ += title("Numbers of the DType API") + flow(numbers, 2);
}

}  // namespace

std::string write_listing_text(const DatabaseListing& listing) {
  std::vector<TextRow> rows = {{"NumPy", "ABI", "API", "default target", "CPython", "releases"}};
  for (const MinorSummary& minor : listing.minors) {
    const std::string name = minor.default_target_name.empty() ? "" : " (" + minor.default_target_name + ")";
    rows.push_back({minor.minor, hex_version(minor.abi), hex(minor.api), hex(minor.default_target) + name,
                    ends_of(minor.pythons), fmt::format("{}: {}", minor.releases.size(), releases_of(minor))});
  }
  return printable_lines(align(rows, 0));
}

std::string write_description_text(const NumpyDescription& numpy) {
  return printable_lines(Page(numpy).write());
}

}  // namespace abicheck
