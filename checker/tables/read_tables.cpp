#include "tables/read_tables.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include "base/limits.h"
#include "tables/database_file.h"
#include "tables/parse_json.h"
#include "tables/read_history.h"
#include "tables/read_minor.h"
#include "tables/release_number.h"
#include "tables/table_builder.h"

namespace abicheck {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSlots = "slots.json";
constexpr std::string_view kNames = "names.json";

// FNV-1a (64 bits): std::hash may differ between standard libraries, and nothing here needs to withstand an attacker.
std::uint64_t hash(std::string_view text, std::uint64_t seed) {
  for (const char c : text) {
    seed ^= static_cast<std::uint8_t>(c);
    seed *= 0x100000001b3;
  }
  return seed;
}

std::string revision_of(const std::vector<DatabaseFile>& files) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const DatabaseFile& file : files) value = hash(file.text, hash(file.name, value));
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return std::string(text, 12);
}

bool is_minor_file(std::string_view name) {
  return name.starts_with("numpy-") && name.ends_with(".json");
}

Result<std::vector<DatabaseFile>> read_files(const std::string& directory) {
  std::vector<DatabaseFile> files;
  std::error_code failure;
  for (auto entry = fs::directory_iterator(directory, failure); !failure && entry != fs::directory_iterator();
       entry.increment(failure)) {
    const std::string name = entry->path().filename().string();
    if (!is_minor_file(name) && name != kSlots && name != kNames) continue;
    if (files.size() == limits::kDatabaseFiles)
      return Error{ErrorCode::kTooLarge, "there are too many files in the database directory", directory};
    Result<std::string> text = read_database_text(entry->path().string());
    if (!text) return text.error();
    files.push_back({name, std::move(*text)});
  }
  if (failure)
    return Error{ErrorCode::kMissing, "the database directory cannot be read: " + failure.message(), directory};
  return files;
}

// Puts the releases of all minors in one order, and their facts behind one another.
void add_minors(std::vector<MinorRows> minors, OwnedTables& tables) {
  std::sort(minors.begin(), minors.end(), [](const auto& a, const auto& b) { return a.minor < b.minor; });
  for (const MinorRows& minor : minors) {
    const auto facts = static_cast<std::uint32_t>(tables.facts.size());
    const Range releases{static_cast<std::uint32_t>(tables.releases.size()),
                         static_cast<std::uint32_t>(minor.releases.size())};
    tables.minors.push_back({minor.minor, facts, releases});
    tables.facts.insert(tables.facts.end(), minor.facts.begin(), minor.facts.end());
    for (ReleaseRow release : minor.releases) {
      release.facts += facts;
      tables.releases.push_back(release);
    }
  }
}

// A minor's file must be named for it: "numpy-1.26.json".
void check_file_name(const Node& file, const std::string& name) {
  const std::string wanted = "numpy-" + minor_text(file.at("minor").minor()) + ".json";
  if (name != wanted) file.at("minor").fail("expected this minor in a file named " + wanted);
}

class Reader {
 public:
  // What is wrong with a file is thrown as BadDatabase; `current` names the file then.
  void read(const std::vector<DatabaseFile>& files) {
    for (const DatabaseFile& file : files) {
      current = file.name;
      Result<PlainValue> value = parse_json(file.text);
      if (!value) throw BadDatabase(value.error().message);
      files_.emplace_back(file.name, std::move(*value));
    }
    // The minors first: what the others say is about their releases.
    for (const auto& [name, value] : files_) {
      if (is_minor_file(name)) read_minor_file(current = name, Node(value, ""));
    }
    for (const auto& [name, value] : files_) {
      current = name;
      if (name == kSlots) read_slots(Node(value, ""), releases_, builder_);
      if (name == kNames) read_names(Node(value, ""), releases_, builder_);
    }
    check_lengths();
    add_minors(std::move(minors_), builder_.tables());
  }

  OwnedTables take(const std::string& revision) {
    builder_.tables().database = {{builder_.text(revision)}};
    return builder_.take();
  }

  std::string current;

 private:
  void read_minor_file(const std::string& name, const Node& file) {
    if (file.find("minor")) check_file_name(file, name);
    minors_.push_back(read_minor(file, builder_));
    for (const ReleaseRow& row : minors_.back().releases) releases_.insert(row.release);
  }

  // In every release, table_lengths is what slots.json makes of it.
  void check_lengths() {
    auto minor = minors_.begin();
    for (const auto& [name, value] : files_) {
      if (!is_minor_file(name)) continue;
      current = name;
      const Node file(value, "");
      const std::vector<Node> entries = file.at("releases").elements();
      for (std::size_t i = 0; i < entries.size(); ++i) check_lengths(file, entries[i], minor->releases[i].release);
      ++minor;
    }
  }

  void check_lengths(const Node& file, const Node& entry, std::uint32_t release) const {
    check_length(length_of(file, entry, "multiarray"), builder_.tables().multiarray, release);
    check_length(length_of(file, entry, "ufunc"), builder_.tables().ufunc, release);
  }

  // The length of a table where it stands: in the overrides of a release, or in the minor.
  static Node length_of(const Node& file, const Node& entry, std::string_view table) {
    const auto overrides = entry.find("overrides");
    const auto lengths = overrides ? overrides->find("table_lengths") : std::nullopt;
    const auto length = lengths ? lengths->find(table) : std::nullopt;
    return length ? *length : file.at("table_lengths").at(table);
  }

  static void check_length(const Node& length, const std::vector<SlotRow>& slots, std::uint32_t release) {
    std::uint32_t end = 0;
    for (const SlotRow& slot : slots) {
      if (is_in(slot, release)) end = slot.index + 1;
    }
    if (*length.value().integer() != end)
      length.expected(std::to_string(end) + ", to which slots.json has slots in NumPy " + release_text(release));
  }

  TableBuilder builder_;
  std::vector<std::pair<std::string, PlainValue>> files_;  // by name
  std::vector<MinorRows> minors_;                          // in the order of the files
  Releases releases_;
};

Error missing(std::string_view what) {
  return {ErrorCode::kMissing, "there is no " + std::string(what) + " in the database directory", ""};
}

}  // namespace

Result<OwnedTables> read_tables(const std::string& directory) {
  Result<std::vector<DatabaseFile>> files = read_files(directory);
  if (!files) return files.error();
  Result<OwnedTables> tables = read_tables(std::move(*files));
  if (tables) return tables;
  Error error = tables.error();
  error.where = error.where.empty() ? directory : (fs::path(directory) / error.where).string();
  return error;
}

Result<OwnedTables> read_tables(std::vector<DatabaseFile> files) {
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  const auto has = [&](auto wanted) { return std::any_of(files.begin(), files.end(), wanted); };
  if (!has([](const DatabaseFile& file) { return is_minor_file(file.name); })) return missing("numpy-*.json");
  for (const std::string_view name : {kSlots, kNames}) {
    if (!has([&](const DatabaseFile& file) { return file.name == name; })) return missing(name);
  }
  Reader reader;
  try {
    reader.read(files);
  } catch (const BadDatabase& problem) {
    return Error{ErrorCode::kMalformed, problem.what(), reader.current};
  }
  return reader.take(revision_of(files));
}

}  // namespace abicheck
