#include "abi/database.h"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "abi/database_file.h"
#include "abi/version.h"

namespace abicheck {
namespace {

// FNV-1a (64 bits): std::hash may differ between standard libraries, and nothing here needs to withstand an attacker.
std::uint64_t hash(std::string_view text, std::uint64_t seed) {
  for (const char c : text) {
    seed ^= static_cast<std::uint8_t>(c);
    seed *= 0x100000001b3;
  }
  return seed;
}

std::string revision_of(const std::vector<EmbeddedFile>& files) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const EmbeddedFile& file : files) value = hash(file.text, hash(file.name, value));
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return std::string(text, 12);
}

Version version_of(const std::string& text) {
  const auto version = Version::parse(text);
  assert(version && "releases and minors are checked when they are read");
  return version ? *version : Version();
}

// A deque, because the views in EmbeddedFile need texts that never move.
Result<std::deque<std::string>> read_directory(const std::string& directory) {
  std::deque<std::string> names_and_texts;
  std::error_code failure;
  for (auto entry = std::filesystem::directory_iterator(directory, failure);
       !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    const std::string name = entry->path().filename().string();
    if (name.substr(0, 6) != "numpy-" || entry->path().extension() != ".json") continue;
    std::ifstream stream(entry->path(), std::ios::binary);
    if (!stream) return Error{ErrorCode::kUnreadable, "the file cannot be read", entry->path().string()};
    names_and_texts.push_back(name);
    names_and_texts.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  if (failure)
    return Error{ErrorCode::kMissing, "the database directory cannot be read: " + failure.message(), directory};
  if (names_and_texts.empty())
    return Error{ErrorCode::kMissing, "there is no numpy-*.json in the database directory", directory};
  return names_and_texts;
}

}  // namespace

Result<AbiDatabase> AbiDatabase::embedded() {
  return from_files(embedded_database());
}

Result<AbiDatabase> AbiDatabase::from_directory(const std::string& directory) {
  const auto read = read_directory(directory);
  if (!read) return read.error();
  std::vector<EmbeddedFile> files;
  for (std::size_t i = 0; i < read->size(); i += 2) files.push_back({(*read)[i], (*read)[i + 1]});
  auto database = from_files(std::move(files));
  if (database) return database;
  Error error = database.error();
  error.where = (std::filesystem::path(directory) / error.where).string();
  return error;
}

Result<AbiDatabase> AbiDatabase::from_files(std::vector<EmbeddedFile> files) {
  if (files.empty()) return Error{ErrorCode::kMissing, "the database is empty", ""};
  std::sort(files.begin(), files.end(), [](const EmbeddedFile& a, const EmbeddedFile& b) { return a.name < b.name; });
  AbiDatabase database;
  database.revision_ = revision_of(files);
  for (const EmbeddedFile& file : files) {
    const auto added = database.add_file(file);
    if (!added) return within(file.name, added.error());
  }
  database.index();
  return database;
}

Result<bool> AbiDatabase::add_file(const EmbeddedFile& file) {
  auto content = read_database_file(file.text);
  if (!content) return content.error();
  if (minor(content->minor.minor) != nullptr) {
    return Error{ErrorCode::kMalformed, "NumPy " + content->minor.minor + " is in more than one file", ""};
  }
  minors_.push_back(std::move(content->minor));
  api_names_.merge(content->api_names);
  if (content->api_names.empty()) return true;
  return Error{ErrorCode::kMalformed, "its api_first_release names a version that another file names too", ""};
}

void AbiDatabase::index() {
  std::sort(minors_.begin(), minors_.end(),
            [](const NumpyMinor& a, const NumpyMinor& b) { return version_of(a.minor) < version_of(b.minor); });
  for (std::size_t i = 0; i < minors_.size(); ++i) {
    for (std::size_t k = 0; k < minors_[i].releases.size(); ++k) {
      names_.push_back(minors_[i].releases[k].facts.version);
      positions_[names_.back()] = {i, k};
    }
  }
}

const NumpyMinor* AbiDatabase::minor(std::string_view text) const {
  const auto found =
      std::find_if(minors_.begin(), minors_.end(), [&](const NumpyMinor& minor) { return minor.minor == text; });
  return found == minors_.end() ? nullptr : &*found;
}

const NumpyMinor::Release& AbiDatabase::standing_for(const std::string& release) const {
  if (const auto found = positions_.find(release); found != positions_.end()) {
    return minors_[found->second.minor].releases[found->second.release];
  }
  const NumpyMinor* same_minor = minor(version_of(release).minor_text());
  return (same_minor != nullptr ? *same_minor : minors_.back()).releases.back();
}

NumpyRelease AbiDatabase::facts_for(const std::string& release) const {
  NumpyRelease facts = standing_for(release).facts;
  if (facts.version == release) return facts;
  const Version version = version_of(release);
  assert(version >= version_of(oldest() + ".dev0") && "a target is never older than the database");
  facts.shim_text = shim_text_for(minor(facts.minor)->shim_text, release);
  facts.version = release;
  facts.minor = version.minor_text();
  return facts;
}

bool AbiDatabase::exists_for(const std::string& release, PythonVersion python) const {
  const auto& pythons = standing_for(release).pythons;
  return python.any() || std::find(pythons.begin(), pythons.end(), python) != pythons.end();
}

bool AbiDatabase::exists_for_at_least(const std::string& release, PythonVersion python) const {
  const auto& pythons = standing_for(release).pythons;
  return python.any() || (!pythons.empty() && pythons.back() >= python);
}

std::string AbiDatabase::last_release_of_api(std::uint32_t api) const {
  std::string last;
  for (const NumpyMinor& minor : minors_) {
    if (minor.releases.back().facts.api == api) last = minor.minor;
  }
  return last;
}

std::string AbiDatabase::first_release_of_api(std::uint32_t api) const {
  const auto found = api_names_.find(api);
  return found == api_names_.end() ? "" : found->second;
}

}  // namespace abicheck
