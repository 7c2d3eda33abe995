#include "tables/read_tables.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <system_error>

#include "base/limits.h"
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

Result<std::string> read_text(const fs::path& path) {
  std::error_code failure;
  const auto size = fs::file_size(path, failure);
  if (failure) return Error{ErrorCode::kUnreadable, "the file cannot be read: " + failure.message(), path.string()};
  if (size > limits::kDatabaseFileBytes)
    return Error{ErrorCode::kTooLarge,
                 "the file is larger than " + std::to_string(limits::kDatabaseFileBytes >> 20) + " MB", path.string()};
  std::ifstream stream(path, std::ios::binary);
  std::string text(size, '\0');
  if (!stream.read(text.data(), static_cast<std::streamsize>(size)))
    return Error{ErrorCode::kUnreadable, "the file cannot be read", path.string()};
  return text;
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
    Result<std::string> text = read_text(entry->path());
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

class Reader {
 public:
  // What is wrong with a file is thrown as BadDatabase; `current` names the file then.
  void read(const std::vector<DatabaseFile>& files) {
    for (const DatabaseFile& file : files) {
      current = file.name;
      const Result<Value> value = parse_json(file.text);
      if (!value) throw BadDatabase(value.error().message);
      read(file.name, Node(*value, ""));
    }
    add_minors(std::move(minors_), builder_.tables());
    current = kSlots;
    check_lengths();
  }

  OwnedTables take(const std::string& revision) {
    builder_.tables().database = {{builder_.text(revision)}};
    return builder_.take();
  }

  std::string current;

 private:
  void read(const std::string& name, const Node& file) {
    if (name == kSlots) return read_slots(file, builder_);
    if (name == kNames) return read_names(file, builder_);
    minors_.push_back(read_minor(file, builder_));
    const auto [other, added] = names_.try_emplace(minors_.back().minor, name);
    if (!added) file.at("minor").fail("NumPy " + minor_text(other->first) + " is in " + other->second + " too");
  }

  // No minor has a slot behind the end of its table.
  void check_lengths() const {
    const DatabaseTables tables = view_of(builder_.tables());
    for (const MinorRow& minor : tables.minors) {
      const FactsRow& facts = tables.facts[minor.facts];
      const std::uint32_t newest = rows(tables.releases, minor.releases).back().release;
      check_length("multiarray", tables.multiarray, facts.multiarray_length, newest);
      check_length("ufunc", tables.ufunc, facts.ufunc_length, newest);
    }
  }

  static void check_length(std::string_view table, std::span<const SlotRow> slots, std::uint32_t length,
                           std::uint32_t release) {
    for (const SlotRow& slot : slots) {
      if (slot.index < length || !is_in(slot, release)) continue;
      throw BadDatabase(std::string(table) + ": slot " + std::to_string(slot.index) + " is in NumPy " +
                        release_text(release) + ", whose table_lengths is " + std::to_string(length));
    }
  }

  TableBuilder builder_;
  std::vector<MinorRows> minors_;
  std::map<std::uint32_t, std::string> names_;  // of the files, by minor
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
