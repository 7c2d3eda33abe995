#include "abi/describe.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/shorten.h"
#include "tables/release_number.h"

namespace abicheck {

namespace {

std::string release_or_empty(std::uint32_t release) {
  return release == 0 ? "" : release_text(release);
}

// What began at `since` is said of a release that is as new as that.
std::string by(std::uint32_t release, std::uint32_t since) {
  return since <= release ? release_or_empty(since) : "";
}

// Turns rows into plain values.
class Describer {
 public:
  explicit Describer(const DatabaseTables& tables) : tables_(tables) {}

  std::string text(Text text) const { return std::string(tables_.text(text)); }

  std::optional<std::string> optional_text(Text text) const {
    if (text.at == kNoText.at) return std::nullopt;
    return this->text(text);
  }

  std::vector<std::string> texts(Range range) const {
    std::vector<std::string> all;
    for (const Text& one : rows(tables_.texts, range)) all.push_back(text(one));
    return all;
  }

  ReleaseSummary release(const ReleaseRow& row, const MinorRow& minor) const {
    ReleaseSummary summary{release_text(row.release), text(row.date), {}, {}, row.facts != minor.facts};
    for (const std::uint32_t python : rows(tables_.numbers, row.pythons))
      summary.pythons.push_back(python_text(python));
    for (const WheelRow& wheel : rows(tables_.wheels, row.wheels))
      summary.wheels[text(wheel.python)] = texts(wheel.platforms);
    return summary;
  }

  // Of several releases, each once, oldest first.
  std::vector<std::string> pythons(std::span<const ReleaseRow> releases) const {
    std::vector<std::uint32_t> all;
    for (const ReleaseRow& release : releases) {
      const auto some = rows(tables_.numbers, release.pythons);
      all.insert(all.end(), some.begin(), some.end());
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    std::vector<std::string> texts;
    texts.reserve(all.size());
    for (const std::uint32_t python : all) texts.push_back(python_text(python));
    return texts;
  }

  TargetPolicy policy(const TargetPolicyRow& row) const {
    TargetPolicy policy{row.honoured != 0, std::nullopt, optional_text(row.below_lowest), optional_text(row.above_api),
                        row.undefined_name};
    if (row.lowest != 0) policy.lowest = row.lowest;
    return policy;
  }

  template <typename Numbers>
  Numbers numbers(Range range) const {
    Numbers all;
    for (const NumberRow& row : rows(tables_.named_numbers, range)) all[text(row.name)] = row.number;
    return all;
  }

  RaisedMessage message(const MessageRow& row) const {
    return {text(row.type), text(row.text), text(row.error_output)};
  }

  ImportTemplateTexts import_template(const TemplateRow& row) const {
    ImportTemplateTexts all{texts(row.paths), {}, text(row.macro_message)};
    for (const MessageRow& one : rows(tables_.messages, row.messages)) all.messages.push_back(message(one));
    return all;
  }

  std::map<std::string, std::string> paths(Range range) const {
    constexpr std::string_view kStates[] = {"absent", "refuses", "warns", "works"};  // PathState
    std::map<std::string, std::string> all;
    for (const PathRow& row : rows(tables_.paths, range)) all[text(row.path)] = kStates[row.state];
    return all;
  }

  std::map<std::string, SizesByModel> runtime_sizes(Range range) const {
    std::map<std::string, SizesByModel> all;
    for (const RuntimeSizeRow& row : rows(tables_.runtime_sizes, range)) {
      SizesByModel& sizes = all[text(row.type)];
      for (const ModelSizeRow& size : rows(tables_.model_sizes, row.sizes)) sizes[model(size.model)] = size.size;
    }
    return all;
  }

  std::map<std::string, SizesByTarget> compiled_sizes(Range range) const {
    std::map<std::string, SizesByTarget> all;
    for (const CompiledSizeRow& row : rows(tables_.compiled_sizes, range)) {
      SizesByTarget& sizes = all[text(row.type)];
      for (const ModelTargetsRow& one : rows(tables_.model_targets, row.models)) {
        for (const TargetSizeRow& size : rows(tables_.target_sizes, one.sizes))
          sizes[model(one.model)][size.target] = size.size;
      }
    }
    return all;
  }

  std::map<std::string, MemberLayout> members(Range range) const {
    std::map<std::string, MemberLayout> all;
    for (const MemberRow& row : rows(tables_.members, range)) {
      MemberLayout& layout = all[text(row.name)];
      layout.min_target = row.min_target;
      for (const PlaceRow& place : rows(tables_.places, row.places))
        layout.places[model(place.model)] = {place.offset, place.size};
    }
    return all;
  }

  std::string raised(const SlotRow& row) const {
    return row.raises.at == kNoText.at ? "" : text(row.raises) + ": " + text(row.raises_text);
  }

  SlotTable slots(std::span<const SlotRow> table, std::uint32_t length, std::uint32_t release) const {
    SlotTable all{length, {}, {}, {}};
    for (const SlotRow& row : table) {
      if (!is_in(row, release)) continue;
      all.slots.push_back({row.index, text(row.name), text(row.kind), text(row.signature), release_text(row.since),
                           release_or_empty(row.changed), by(release, row.deprecated), by(release, row.disabled),
                           release_or_empty(row.removed), row.min_target, text(row.replacement),
                           by(release, row.disabled).empty() ? "" : raised(row)});
    }
    return all;
  }

  // What the table lost and won since release `before`.
  void compare_slots(std::span<const SlotRow> table, std::uint32_t before, std::uint32_t release,
                     SlotTable& all) const {
    const auto names_in = [&](std::uint32_t wanted) {
      std::set<std::string> names;
      for (const SlotRow& row : table) {
        if (is_in(row, wanted)) names.insert(text(row.name));
      }
      return names;
    };
    const std::set<std::string> old_names = names_in(before);
    const std::set<std::string> new_names = names_in(release);
    std::set_difference(old_names.begin(), old_names.end(), new_names.begin(), new_names.end(),
                        std::back_inserter(all.removed));
    std::set_difference(new_names.begin(), new_names.end(), old_names.begin(), old_names.end(),
                        std::back_inserter(all.added));
  }

  // How the release declares the name.
  const DeclarationRow& declaration(const NameRow& name, std::uint32_t release) const {
    for (const EarlierRow& earlier : rows(tables_.earlier, name.earlier)) {
      if (release < earlier.until) return earlier.declared;
    }
    return name.declared;
  }

  std::map<std::string, NameDescription> names(std::uint32_t release) const {
    std::map<std::string, NameDescription> all;
    for (const NameRow& row : tables_.names) {
      const auto absent = rows(tables_.numbers, row.absent);
      const bool there = row.since <= release && (row.removed == 0 || release < row.removed) &&
                         std::find(absent.begin(), absent.end(), release) == absent.end();
      if (!there) continue;
      const DeclarationRow& declared = declaration(row, release);
      const auto value = declared.value.there != 0 ? std::optional(wide_value(declared.value)) : std::nullopt;
      all.emplace_hint(
          all.end(), text(row.name),
          NameDescription{text(declared.kind), text(declared.header), value, release_text(row.since),
                          by(release, row.deprecated), release_or_empty(row.removed), text(row.replacement),
                          row.min_target_since <= release ? row.min_target : 0, row.max_target,
                          row.no_deprecated_api != 0 || release < row.no_deprecated_api_since, text(declared.type)});
    }
    return all;
  }

  void describe(const FactsRow& facts, std::uint32_t release, NumpyDescription& numpy) const;

  void compare_to(const MinorRow& before, std::uint32_t release, NumpyDescription& numpy) const {
    const std::uint32_t old_release = rows(tables_.releases, before.releases).back().release;
    numpy.before = minor_text(before.minor);
    compare_slots(tables_.multiarray, old_release, release, numpy.tables["multiarray"]);
    compare_slots(tables_.ufunc, old_release, release, numpy.tables["ufunc"]);
  }

 private:
  static std::string python_text(std::uint32_t python) {
    return std::to_string(python / 100) + "." + std::to_string(python % 100);
  }
  static std::string model(std::uint32_t number) {
    return std::string(data_model_name(static_cast<DataModel>(number)));
  }

  const DatabaseTables& tables_;
};

void Describer::describe(const FactsRow& facts, std::uint32_t release, NumpyDescription& numpy) const {
  numpy.abi = facts.abi;
  numpy.api = facts.api;
  numpy.default_target = facts.default_target;
  numpy.target_policy = policy(facts.target_policy);
  numpy.target_macros = numbers<NumbersByVersion>(facts.target_macros);
  for (const ApiNameRow& row : rows(tables_.api_names, facts.api_names))
    numpy.api_names[row.api] = minor_text(row.minor);
  numpy.import_paths = paths(facts.import_paths);
  const std::pair<const char*, MessageRow> shims[] = {
      {"refusal", facts.refusal}, {"missing", facts.missing}, {"warning", facts.warning}};
  for (const auto& [name, row] : shims) {
    if (row.type.at != kNoText.at) numpy.shims[name] = message(row);
  }
  numpy.import_array = import_template(facts.import_array);
  numpy.import_umath = import_template(facts.import_umath);
  numpy.runtime_sizes = runtime_sizes(facts.runtime_sizes);
  numpy.compiled_sizes = {{"c", compiled_sizes(facts.c_sizes)},
                          {"c++", compiled_sizes(facts.cpp_sizes)},
                          {"no_deprecated_api", compiled_sizes(facts.no_deprecated_api_sizes)}};
  for (const LayoutRow& row : rows(tables_.layouts, facts.layouts))
    numpy.layouts[text(row.name)] = members(row.members);
  numpy.tables = {{"multiarray", slots(tables_.multiarray, facts.multiarray_length, release)},
                  {"ufunc", slots(tables_.ufunc, facts.ufunc_length, release)}};
  numpy.names = names(release);
  numpy.random_capsule = optional_text(facts.random_capsule);
  numpy.random_pxd = texts(facts.random_pxd);
  for (const auto& [name, number] : numbers<std::map<std::string, std::uint32_t>>(facts.dtype_api))
    numpy.dtype_api[name] = static_cast<std::int32_t>(number);
}

DatabaseSummary summary_of(const AbiDatabase& database) {
  return {database.oldest(), database.newest(), std::string(database.revision())};
}

// Every API version that has ever been, with the release that users know it by.
std::map<std::uint32_t, std::string> releases_of_apis(const AbiDatabase& database) {
  const DatabaseTables& tables = database.tables();
  std::map<std::uint32_t, std::string> releases;
  for (const FactsRow& facts : tables.facts) releases[facts.api];
  for (const ApiNameRow& name : tables.api_names) releases[name.api];
  for (auto& [api, release] : releases) release = database.first_release_of_api(api);
  std::erase_if(releases, [](const auto& entry) { return entry.second.empty(); });
  return releases;
}

}  // namespace

DatabaseListing list_database(const AbiDatabase& database) {
  const DatabaseTables& tables = database.tables();
  const Describer describer(tables);
  DatabaseListing listing{summary_of(database), {}};
  for (const MinorRow& row : tables.minors) {
    const FactsRow& facts = tables.facts[row.facts];
    const auto releases = rows(tables.releases, row.releases);
    MinorSummary minor{minor_text(row.minor),
                       facts.abi,
                       facts.api,
                       facts.default_target,
                       database.first_release_of_api(facts.default_target),
                       describer.pythons(releases),
                       {}};
    for (const ReleaseRow& release : releases) minor.releases.push_back(describer.release(release, row));
    listing.minors.push_back(std::move(minor));
  }
  return listing;
}

Result<NumpyDescription> describe_numpy(const AbiDatabase& database, const std::string& numpy) {
  const DatabaseTables& tables = database.tables();
  const Describer describer(tables);
  const auto minor = minor_number(numpy);
  const auto release = release_number(numpy);
  for (const MinorRow& row : tables.minors) {
    if (row.minor != (minor ? *minor : minor_of(release.value_or(0)))) continue;
    auto releases = rows(tables.releases, row.releases);
    if (release) {
      const auto asked =
          std::find_if(releases.begin(), releases.end(), [&](const auto& r) { return r.release == *release; });
      if (asked == releases.end())
        return Error{ErrorCode::kUsage,
                     "there is no NumPy " + numpy + "; the database has " + release_text(releases.front().release) +
                         " to " + release_text(releases.back().release),
                     ""};
      releases = {asked, 1};
    }
    NumpyDescription description;
    description.database = summary_of(database);
    description.numpy = numpy;
    description.release = release_text(releases.back().release);
    for (const ReleaseRow& one : releases) description.releases.push_back(describer.release(one, row));
    description.pythons = describer.pythons(releases);
    describer.describe(tables.facts[release ? releases.back().facts : row.facts], releases.back().release, description);
    description.api_releases = releases_of_apis(database);
    if (&row != &tables.minors.front()) describer.compare_to((&row)[-1], releases.back().release, description);
    return description;
  }
  return Error{ErrorCode::kUsage,
               in_quotes(numpy) + " is no NumPy that the database knows; it has " + database.oldest() + " to " +
                   database.newest() + " (X.Y), and their releases (X.Y.Z)",
               ""};
}

}  // namespace abicheck
