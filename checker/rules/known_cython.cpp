#include "rules/known_cython.h"

#include <algorithm>

namespace abicheck {

namespace {

// Releases of Cython on both sides of what any rule asks about, and one of the far future: what a requirement allows is
// tried with these and with the versions that it names itself.
constexpr const char* kReleases[] = {"0.20",    "0.25",    "0.28.6",  "0.29.14", "0.29.21", "0.29.24", "0.29.28",
                                     "0.29.30", "0.29.31", "0.29.32", "0.29.36", "0.29.37", "3.0.0",   "3.0.1",
                                     "3.0.12",  "3.1.0",   "3.1.99",  "3.2.0",   "3.99.0",  "99.0"};

// "==0.29.*" names 0.29.
std::string named_version(const std::string& specifier) {
  std::string version = specifier.substr(std::min(specifier.find_first_not_of("<>=!~ "), specifier.size()));
  if (version.ends_with(".*")) version.resize(version.size() - 2);
  return version;
}

Version version_of(const std::string& text) {
  const auto version = Version::parse(text);
  return version ? *version : Version();
}

bool is_before(const Version& version, const std::string& bound) {
  Version final = version;
  if (final.is_prerelease()) final.pre = std::nullopt, final.dev = std::nullopt;
  return final < version_of(bound);
}

}  // namespace

KnownCython KnownCython::asked_for(const std::vector<CythonRequirement>& requirements) {
  KnownCython known;
  for (const CythonRequirement& requirement : requirements) {
    const auto set = SpecifierSet::parse(requirement.specifier);
    if (!set) continue;
    known.stated_ = true;
    std::vector<std::string> versions(std::begin(kReleases), std::end(kReleases));
    for (const Specifier& specifier : set->specifiers()) versions.push_back(named_version(specifier.text()));
    for (const std::string& text : versions) {
      const auto version = Version::parse(text);
      if (version && set->contains(*version)) known.possible_.push_back(*version);
    }
    if (known.said_.empty())
      known.said_ = requirement.place.file + ":" + std::to_string(requirement.place.line) + " asks for cython" +
                    requirement.specifier;
  }
  if (known.possible_.empty()) {
    for (const char* release : kReleases) known.possible_.push_back(version_of(release));
    known.stated_ = false;
  }
  return known;
}

KnownCython KnownCython::exactly(const std::string& version) {
  const auto read = Version::parse(version);
  if (!read) return asked_for({});
  KnownCython known;
  known.possible_ = {*read};
  known.stated_ = true;
  known.said_ = "it was made with Cython " + version;
  return known;
}

bool KnownCython::may_be_before(const std::string& version) const {
  return std::any_of(possible_.begin(), possible_.end(), [&](const Version& one) { return is_before(one, version); });
}

bool KnownCython::may_be_from(const std::string& version) const {
  return std::any_of(possible_.begin(), possible_.end(), [&](const Version& one) { return !is_before(one, version); });
}

}  // namespace abicheck
