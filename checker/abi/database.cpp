#include "abi/database.h"

#include <algorithm>
#include <cassert>
#include <map>

#include "abi/embedded_tables.h"
#include "abi/version.h"
#include "tables/release_number.h"

namespace abicheck {

namespace {

Version version_of(const std::string& text) {
  const auto version = Version::parse(text);
  assert(version && "whoever asks has looked at the version");
  return version ? *version : Version();
}

std::uint32_t python_number(PythonVersion python) {
  return static_cast<std::uint32_t>(python.major * 100 + python.minor);
}

// The row of a table sorted by name, or by anything else that `value` gives.
template <typename Row, typename Key, typename ValueOf>
const Row* find_row(std::span<const Row> table, const Key& key, ValueOf value) {
  const auto found =
      std::lower_bound(table.begin(), table.end(), key, [&](const Row& row, const Key& k) { return value(row) < k; });
  return found != table.end() && value(*found) == key ? &*found : nullptr;
}

}  // namespace

AbiDatabase::AbiDatabase(DatabaseTables tables) : tables_(tables) {
  minors_.reserve(tables_.minors.size());
  for (const MinorRow& row : tables_.minors) {
    NumpyMinor& minor = minors_.emplace_back();
    minor.minor = minor_text(row.minor);
    for (const ReleaseRow& release : rows(tables_.releases, row.releases))
      minor.releases.push_back(release_text(release.release));
  }
}

AbiDatabase AbiDatabase::embedded() {
  return AbiDatabase(embedded_tables());
}

Result<AbiDatabase> AbiDatabase::owning(Result<OwnedTables> tables) {
  if (!tables) return tables.error();
  const auto owned = std::make_shared<const OwnedTables>(std::move(*tables));
  AbiDatabase database(view_of(*owned));
  database.owned_ = owned;
  return database;
}

Result<AbiDatabase> AbiDatabase::from_directory(const std::string& directory) {
  return owning(read_tables(directory));
}

Result<AbiDatabase> AbiDatabase::from_files(std::vector<DatabaseFile> files) {
  return owning(read_tables(std::move(files)));
}

std::vector<std::string> AbiDatabase::releases() const {
  std::vector<std::string> releases;
  releases.reserve(tables_.releases.size());
  for (const NumpyMinor& minor : minors_) releases.insert(releases.end(), minor.releases.begin(), minor.releases.end());
  return releases;
}

const NumpyMinor* AbiDatabase::minor(std::string_view text) const {
  const auto found =
      std::find_if(minors_.begin(), minors_.end(), [&](const NumpyMinor& minor) { return minor.minor == text; });
  return found == minors_.end() ? nullptr : &*found;
}

const ReleaseRow& AbiDatabase::standing_for(const std::string& release) const {
  if (const auto number = release_number(release)) {
    const auto value = [](const ReleaseRow& row) { return row.release; };
    if (const ReleaseRow* known = find_row(tables_.releases, *number, value)) return *known;
  }
  if (const auto number = minor_number(version_of(release).minor_text())) {
    const auto value = [](const MinorRow& row) { return row.minor; };
    if (const MinorRow* known = find_row(tables_.minors, *number, value))
      return rows(tables_.releases, known->releases).back();
  }
  return tables_.releases.back();
}

std::optional<std::uint32_t> AbiDatabase::size_of(Range model_sizes, DataModel model) const {
  for (const ModelSizeRow& row : rows(tables_.model_sizes, model_sizes)) {
    if (row.model == static_cast<std::uint32_t>(model)) return row.size;
  }
  return std::nullopt;
}

// Where old tools that bring NumPy's structures with them read the size of an item.
std::optional<std::uint32_t> AbiDatabase::elsize_offset(const FactsRow& facts, DataModel model) const {
  const auto member = member_of(facts, "PyArray_Descr", "elsize", model);
  return member ? std::optional(member->offset) : std::nullopt;
}

std::optional<OldStructures::Member> AbiDatabase::member_of(const FactsRow& facts, std::string_view structure,
                                                            std::string_view wanted, DataModel model) const {
  const auto name = [&](const auto& row) { return tables_.text(row.name); };
  const auto* layout = find_row(rows(tables_.layouts, facts.layouts), structure, name);
  if (layout == nullptr) return std::nullopt;
  const auto* member = find_row(rows(tables_.members, layout->members), wanted, name);
  if (member == nullptr) return std::nullopt;
  for (const PlaceRow& place : rows(tables_.places, member->places)) {
    if (place.model == static_cast<std::uint32_t>(model))
      return OldStructures::Member{std::string(wanted), place.offset, place.size};
  }
  return std::nullopt;
}

OldStructures AbiDatabase::old_structures(DataModel model) const {
  OldStructures old;
  const FactsRow& oldest = facts_of(tables_.minors.front());
  const FactsRow& newest = facts_of(tables_.minors.back());
  if (const auto descr = member_of(newest, "PyArrayObject_fields", "descr", model)) old.array_descr = descr->offset;
  for (const LayoutRow& layout : rows(tables_.layouts, oldest.layouts)) {
    if (tables_.text(layout.name) != "PyArray_Descr") continue;
    for (const MemberRow& row : rows(tables_.members, layout.members)) {
      const auto member = member_of(oldest, "PyArray_Descr", tables_.text(row.name), model);
      const auto now = member_of(newest, "PyArray_Descr", tables_.text(row.name), model);
      if (member && (!now || now->offset != member->offset)) old.moved.push_back(*member);
    }
  }
  return old;
}

std::vector<std::uint32_t> AbiDatabase::dtype_functions(const FactsRow& facts) const {
  std::vector<std::uint32_t> numbers;
  for (const NumberRow& row : rows(tables_.named_numbers, facts.dtype_api)) {
    if (tables_.text(row.name).starts_with("NPY_DT_PyArray_ArrFuncs_")) numbers.push_back(row.number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

NumpyRelease AbiDatabase::facts_for(const std::string& release, DataModel model) const {
  const FactsRow& row = tables_.facts[standing_for(release).facts];
  NumpyRelease facts;
  facts.version = release;
  facts.minor = version_of(release).minor_text();
  facts.abi = row.abi;
  facts.api = row.api;
  for (const RuntimeSizeRow& type : rows(tables_.runtime_sizes, row.runtime_sizes)) {
    if (const auto size = size_of(type.sizes, model)) facts.sizes.emplace(tables_.text(type.type), *size);
  }
  for (const PathRow& path : rows(tables_.paths, row.import_paths))
    facts.paths.emplace(tables_.text(path.path), static_cast<PathState>(path.state));
  facts.refusal = {std::string(tables_.text(row.refusal.type)), std::string(tables_.text(row.refusal.text)),
                   std::string(tables_.text(row.refusal.error_output))};
  facts.elsize_offset = elsize_offset(row, model);
  facts.dtype_functions = dtype_functions(row);
  facts.disabled = disabled_in(release);
  return facts;
}

bool AbiDatabase::same_facts(const std::string& a, const std::string& b) const {
  return standing_for(a).facts == standing_for(b).facts && disabled_in(a) == disabled_in(b);
}

bool AbiDatabase::exists_for(const std::string& release, PythonVersion python) const {
  const auto pythons = rows(tables_.numbers, standing_for(release).pythons);
  return python.any() || std::find(pythons.begin(), pythons.end(), python_number(python)) != pythons.end();
}

bool AbiDatabase::exists_for_at_least(const std::string& release, PythonVersion python) const {
  const auto pythons = rows(tables_.numbers, standing_for(release).pythons);
  return python.any() || (!pythons.empty() && pythons.back() >= python_number(python));
}

std::string AbiDatabase::first_release_of_api(std::uint32_t api) const {
  const auto value = [](const ApiNameRow& row) { return row.api; };
  const FactsRow& newest = facts_of(tables_.minors.back());
  if (const auto* named = find_row(rows(tables_.api_names, newest.api_names), api, value))
    return minor_text(named->minor);
  for (const MinorRow& minor : tables_.minors) {
    if (facts_of(minor).api == api) return minor_text(minor.minor);
  }
  return "";
}

std::string AbiDatabase::last_release_of_api(std::uint32_t api) const {
  std::string last;
  for (const MinorRow& minor : tables_.minors) {
    if (facts_of(minor).api == api) last = minor_text(minor.minor);
  }
  return last;
}

std::optional<ApiSlot> AbiDatabase::slot(bool ufunc, std::uint32_t index, const std::string& release) const {
  const std::uint32_t number = standing_for(release).release;
  const auto table = ufunc ? tables_.ufunc : tables_.multiarray;
  std::optional<ApiSlot> found;
  std::uint32_t since = 0;
  std::uint32_t ends_at = 0;
  for (const SlotRow& row : table) {
    if (row.index != index || row.since > number) continue;
    // A row for each signature: the name is as old as the oldest of them. A place that was filled anew at once, and may
    // be used with any target, is filled so that what is compiled today works with what was there before.
    const bool goes_on = found && (tables_.text(row.name) == found->name ||
                                   (row.min_target == 0 && (ends_at == 0 || ends_at == row.since)));
    if (!goes_on) since = row.since;
    ends_at = row.removed;
    found = ApiSlot{std::string(tables_.text(row.name)), release_text(since)};
  }
  return ends_at != 0 && ends_at <= number ? std::nullopt : found;
}

bool AbiDatabase::is_slot(bool ufunc, std::string_view name) const {
  const auto table = ufunc ? tables_.ufunc : tables_.multiarray;
  return std::any_of(table.begin(), table.end(), [&](const SlotRow& row) { return tables_.text(row.name) == name; });
}

std::optional<std::uint32_t> AbiDatabase::api_from(const std::string& release) const {
  const auto wanted = Version::parse(release);
  for (const ReleaseRow& row : tables_.releases) {
    if (!wanted || version_of(release_text(row.release)) >= *wanted) return tables_.facts[row.facts].api;
  }
  return std::nullopt;
}

TargetRules AbiDatabase::target_rules(const std::string& release) const {
  const FactsRow& row = tables_.facts[standing_for(release).facts];
  std::string above(tables_.text(row.target_policy.above_api));
  constexpr std::string_view kLevel = "error: ";
  if (above.starts_with(kLevel)) above.erase(0, kLevel.size());
  return {row.target_policy.honoured != 0, row.default_target, std::move(above)};
}

AbiHistory AbiDatabase::history(DataModel model) const {
  AbiHistory history;
  const FactsRow& oldest = facts_of(tables_.minors.front());
  history.oldest_abi = oldest.abi;
  history.oldest_elsize_offset = elsize_offset(oldest, model);
  for (const MinorRow& minor : tables_.minors) {
    const FactsRow& facts = facts_of(minor);
    const bool changed = facts.abi != oldest.abi;
    if (!changed && history.changed_in.empty()) history.last_before = minor_text(minor.minor);
    if (changed && history.changed_in.empty()) history.changed_in = minor_text(minor.minor);
    if (facts.target_policy.honoured != 0 && history.target_honoured_in.empty())
      history.target_honoured_in = minor_text(minor.minor);
  }
  return history;
}

std::optional<std::uint32_t> AbiDatabase::slot_of(std::string_view name) const {
  for (const SlotRow& slot : tables_.multiarray) {
    if (tables_.text(slot.name) == name && slot.removed == 0 && slot.changed == 0) return slot.index;
  }
  return std::nullopt;
}

KnownAbi AbiDatabase::known_abi() const {
  KnownAbi known;
  for (const FactsRow& facts : tables_.facts) {
    if (std::find(known.versions.begin(), known.versions.end(), facts.abi) == known.versions.end())
      known.versions.push_back(facts.abi);
    const std::vector<std::uint32_t> functions = dtype_functions(facts);
    known.dtype_functions.insert(known.dtype_functions.end(), functions.begin(), functions.end());
  }
  std::sort(known.dtype_functions.begin(), known.dtype_functions.end());
  known.dtype_functions.erase(std::unique(known.dtype_functions.begin(), known.dtype_functions.end()),
                              known.dtype_functions.end());
  known.version_slot = slot_of("PyArray_GetNDArrayCVersion");
  known.feature_version_slot = slot_of("PyArray_GetNDArrayCFeatureVersion");
  known.dtype_spec_slot = slot_of("PyArrayInitDTypeMeta_FromSpec");
  known.endianness_slot = slot_of("PyArray_GetEndianness");
  const std::uint32_t oldest = facts_of(tables_.minors.front()).abi;
  std::uint32_t last = 0;
  for (const MinorRow& row : tables_.minors) {
    if (facts_of(row).abi == oldest) last = rows(tables_.releases, row.releases).back().release;
  }
  for (const SlotRow& slot : tables_.multiarray) {
    if (is_in(slot, last)) known.old_slots.emplace(tables_.text(slot.name), slot.index);
  }
  known.old_64 = old_structures(DataModel::kLp64);
  known.old_32 = old_structures(DataModel::kIlp32);
  return known;
}

const NameRow* AbiDatabase::row_of_name(std::string_view name) const {
  return find_row(tables_.names, name, [this](const NameRow& r) { return tables_.text(r.name); });
}

std::optional<CName> AbiDatabase::c_name(std::string_view name) const {
  const NameRow* row = row_of_name(name);
  if (row == nullptr) return std::nullopt;
  const auto text = [this](Text place) { return std::string(tables_.text(place)); };
  const auto release = [](std::uint32_t number) { return number == 0 ? std::string() : release_text(number); };
  CName found{std::string(name),        text(row->declared.kind), text(row->declared.header), release(row->since),
              release(row->deprecated), release(row->removed),    text(row->replacement)};
  found.min_target = row->min_target;
  found.min_target_since = release(row->min_target_since);
  found.no_deprecated_api = row->no_deprecated_api != 0;
  return found;
}

bool AbiDatabase::declares(const CName& name, const std::string& release) const {
  return is_from(release, name.since) && (name.removed.empty() || !is_from(release, name.removed));
}

std::optional<NameHeader> AbiDatabase::header_of(std::string_view name, const std::string& release) const {
  const NameRow* row = row_of_name(name);
  const auto number = release_number(release);
  if (row == nullptr || !number) return std::nullopt;
  NameHeader found;
  const auto take = [&](const DeclarationRow& declared, std::uint32_t since) {
    const std::string header(tables_.text(declared.header));
    if (header != found.header) found = {header, since == 0 ? "" : release_text(since)};
  };
  std::uint32_t since = 0;
  for (const EarlierRow& earlier : rows(tables_.earlier, row->earlier)) {
    take(earlier.declared, since);
    if (*number < earlier.until) return found;
    since = earlier.until;
  }
  take(row->declared, since);
  return found;
}

std::vector<std::string> AbiDatabase::c_names() const {
  std::vector<std::string> names;
  names.reserve(tables_.names.size());
  for (const NameRow& row : tables_.names) names.emplace_back(tables_.text(row.name));
  return names;
}

std::vector<std::string> AbiDatabase::releases_before_removals() const {
  std::map<std::string, int> removals;
  for (const NameRow& row : tables_.names) {
    if (row.removed != 0) ++removals[release_text(row.removed)];
  }
  std::vector<std::pair<int, std::string>> found;
  const std::vector<std::string> all = releases();
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (const auto count = removals.find(all[i]); count != removals.end())
      found.emplace_back(-count->second, all[i - 1]);
  }
  std::sort(found.begin(), found.end());
  std::vector<std::string> before;
  before.reserve(found.size());
  for (auto& [count, release] : found) before.push_back(std::move(release));
  return before;
}

std::map<std::string, DisabledFunction, std::less<>> AbiDatabase::disabled_in(const std::string& release) const {
  const std::uint32_t number = standing_for(release).release;
  const auto text = [this](Text place) { return std::string(tables_.text(place)); };
  std::map<std::string, DisabledFunction, std::less<>> found;
  for (const auto& table : {tables_.multiarray, tables_.ufunc}) {
    for (const SlotRow& row : table) {
      if (row.disabled == 0 || row.disabled > number || !is_in(row, number)) continue;
      found[text(row.name)] = {
          release_text(row.disabled), {text(row.raises), text(row.raises_text)}, text(row.replacement)};
    }
  }
  return found;
}

std::string AbiDatabase::disabled_from(std::string_view function) const {
  for (const auto& table : {tables_.multiarray, tables_.ufunc}) {
    for (const SlotRow& row : table) {
      if (row.disabled != 0 && tables_.text(row.name) == function) return release_text(row.disabled);
    }
  }
  return "";
}

std::optional<std::int64_t> AbiDatabase::constant(std::string_view name, const std::string& release) const {
  const NameRow* row = row_of_name(name);
  const auto number = release_number(release);
  if (row == nullptr || !number) return std::nullopt;
  const DeclarationRow* declared = &row->declared;
  for (const EarlierRow& earlier : rows(tables_.earlier, row->earlier)) {
    if (*number >= earlier.until) continue;
    declared = &earlier.declared;
    break;
  }
  return declared->value.there != 0 ? std::optional(wide_value(declared->value)) : std::nullopt;
}

bool AbiDatabase::declares_by_default(const CName& name, const std::string& release) const {
  if (!declares(name, release)) return false;
  const bool conditional =
      name.min_target != 0 && (name.min_target_since.empty() || is_from(release, name.min_target_since));
  return !conditional || tables_.facts[standing_for(release).facts].default_target >= name.min_target;
}

bool AbiDatabase::is_from(const std::string& release, const std::string& since) {
  return version_of(since) <= version_of(release);
}

}  // namespace abicheck
