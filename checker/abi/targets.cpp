#include "abi/targets.h"

#include <algorithm>
#include <string_view>

#include "abi/version.h"
#include "base/shorten.h"
#include "base/text.h"

namespace abicheck {
namespace {

Error usage(std::string message) {
  return Error{ErrorCode::kUsage, std::move(message), "--numpy"};
}

std::string forms(const AbiDatabase& database) {
  const TargetExamples example = target_examples(database);
  return "give a version (" + example.minor + ", " + example.release + "), versions (" + example.list +
         "), a range ('" + example.range + "'), latest, all or installed";
}

bool starts_with_operator(std::string_view part) {
  return !part.empty() && std::string_view("<>=!~").find(part.front()) != std::string_view::npos;
}

Target minor_target(const NumpyMinor& minor) {
  return {minor.minor, minor.releases, minor.minor, false};
}

class TargetReader {
 public:
  explicit TargetReader(const AbiDatabase& database) : database_(database) {}

  std::optional<Error> read(std::string_view spec) {
    std::vector<std::string_view> parts = split(spec, ',');
    for (std::string_view& part : parts) part = strip(part);
    if (std::find(parts.begin(), parts.end(), "") != parts.end())
      return usage(in_quotes(spec) + " has an empty part; " + forms(database_));
    const auto operators = std::count_if(parts.begin(), parts.end(), starts_with_operator);
    if (operators == static_cast<std::ptrdiff_t>(parts.size())) return add_range(spec);
    if (operators != 0)
      return usage(in_quotes(spec) + " mixes versions and ranges; give them in separate --numpy options");
    for (const std::string_view part : parts) {
      if (auto error = add_word(part)) return error;
    }
    return std::nullopt;
  }

  TargetList take() { return std::move(list_); }

 private:
  void add(Target target) {
    const auto same = [&](const Target& other) { return other.key == target.key; };
    if (std::none_of(list_.targets.begin(), list_.targets.end(), same)) list_.targets.push_back(std::move(target));
  }

  void note(std::string text) {
    if (std::find(list_.notes.begin(), list_.notes.end(), text) == list_.notes.end())
      list_.notes.push_back(std::move(text));
  }

  void add_release(const std::string& release, const std::string& minor) { add({release, {release}, minor, false}); }

  std::optional<Error> add_range(std::string_view spec) {
    const auto specifiers = SpecifierSet::parse(spec);
    if (!specifiers) return usage(specifiers.error().message);
    bool any = false;
    for (const NumpyMinor& minor : database_.minors()) {
      for (const std::string& release : minor.releases) {
        const auto version = Version::parse(release);
        if (!version || !specifiers->contains(*version)) continue;
        add_release(release, minor.minor);
        any = true;
      }
    }
    if (any) return std::nullopt;
    return usage("no known NumPy release is in " + in_quotes(spec) + "; the database has " +
                 database_.minors().front().releases.front() + " to " + database_.newest_release());
  }

  std::optional<Error> add_word(std::string_view word) {
    if (word == "latest") return add_release(database_.newest_release(), database_.newest()), std::nullopt;
    if (word == "all") return add_minors([](const NumpyMinor&) { return true; }), std::nullopt;
    if (word == "installed") return usage("'installed' needs a NumPy beside the paths that are checked");
    const auto version = Version::parse(word);
    if (!version || version->epoch != 0) return usage(in_quotes(word) + " is not a NumPy version; " + forms(database_));
    return add_version(version->without_local(), word);
  }

  template <typename Wanted>
  bool add_minors(Wanted wanted) {
    bool any = false;
    for (const NumpyMinor& minor : database_.minors()) {
      if (!wanted(minor)) continue;
      add(minor_target(minor));
      any = true;
    }
    return any;
  }

  std::optional<Error> add_version(const Version& version, std::string_view word) {
    const bool plain = version.text() == Version{0, version.release, {}, {}, {}, {}}.text();
    if (plain && version.release.size() == 1) return add_major(version, word);

    const std::string minor_text = version.minor_text();
    const NumpyMinor* minor = database_.minor(minor_text);
    if (minor == nullptr) return add_unknown_minor(version, plain, word);
    if (plain && version.release.size() == 2) return add(minor_target(*minor)), std::nullopt;

    const auto same = [&](const std::string& release) {
      const auto known = Version::parse(release);
      return known && *known == version;
    };
    const auto known = std::find_if(minor->releases.begin(), minor->releases.end(), same);
    if (known != minor->releases.end()) return add_release(*known, minor_text), std::nullopt;
    note("NumPy " + version.text() + " is not in the database; it is judged as NumPy " + minor_text);
    add({version.text(), {version.text()}, minor_text, false});
    return std::nullopt;
  }

  // A major version alone is all of its minors that are known.
  std::optional<Error> add_major(const Version& version, std::string_view word) {
    const std::string front = std::to_string(version.release_part(0)) + ".";
    if (add_minors([&](const NumpyMinor& minor) { return minor.minor.substr(0, front.size()) == front; }))
      return std::nullopt;
    return usage("no NumPy " + shortened(word) + ".x is known; the database has " + database_.oldest() + " to " +
                 database_.newest());
  }

  std::optional<Error> add_unknown_minor(const Version& version, bool plain, std::string_view word) {
    const auto order = [](const std::string& minor, const Version& other) {
      const auto known = Version::parse(minor);
      return known ? std::pair(known->release_part(0), known->release_part(1)) <=>
                         std::pair(other.release_part(0), other.release_part(1))
                   : std::strong_ordering::equal;
    };
    if (order(database_.oldest(), version) > 0)
      return usage("NumPy " + shortened(word) + " is too old; the database begins with " + database_.oldest());
    if (order(database_.newest(), version) > 0) return usage("there is no NumPy " + version.minor_text());

    // A bare minor stands for its first release, the only one of which nothing but its existence is assumed.
    const std::string release = plain && version.release.size() == 2 ? version.minor_text() + ".0" : version.text();
    note("NumPy " + version.text() + " is newer than the database, which ends with " + database_.newest() +
         "; it is judged as NumPy " + database_.newest());
    add({version.text(), {release}, database_.newest(), true});
    return std::nullopt;
  }

  const AbiDatabase& database_;
  TargetList list_;
};

}  // namespace

TargetExamples target_examples(const AbiDatabase& database) {
  const std::vector<NumpyMinor>& minors = database.minors();
  const std::string changed_in = database.history().changed_in;
  std::size_t at = minors.size() - 1;
  while (at > 0 && !changed_in.empty() && minors[at].minor != changed_in) --at;
  const NumpyMinor& minor = minors[at];
  const std::string& before = minors[at > 0 ? at - 1 : 0].minor;
  const auto newest = Version::parse(database.newest());
  const std::uint64_t next_major = newest ? newest->release_part(0) + 1 : 0;
  return {minor.minor, minor.releases.back(), at > 0 ? before + "," + minor.minor : before,
          ">=" + minors[at > 1 ? at - 2 : 0].minor + ",<" + std::to_string(next_major)};
}

Result<TargetList> parse_targets(const std::vector<std::string>& specs, const AbiDatabase& database) {
  TargetReader reader(database);
  for (const std::string& spec : specs) {
    if (const auto error = reader.read(spec)) return *error;
  }
  return reader.take();
}

}  // namespace abicheck
