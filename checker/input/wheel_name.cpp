// PEP 427 "File name convention": {distribution}-{version}(-{build})?-{python}-{abi}-{platform}.whl. PEP 425
// "Compressed Tag Sets": each of the last three may be several, joined by '.', and stands for all combinations.
#include "input/wheel_name.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"

namespace abicheck {
namespace {

constexpr std::string_view kSuffix = ".whl";
constexpr PythonVersion kOldestPython2{2, 7};

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// "310" is 3.10 and "27" is 2.7: all Python tags in use have a major version of one digit. "3" alone is 3.0.
std::optional<PythonVersion> version_of_digits(std::string_view digits) {
  if (!is_digits(digits) || digits.size() > 3) return std::nullopt;
  return PythonVersion{digits[0] - '0', digits.size() > 1 ? std::stoi(std::string(digits.substr(1))) : 0};
}

// What one python-abi pair allows: this version, or this and all later ones.
struct PythonRange {
  PythonVersion version;
  bool exact = true;
};

std::optional<PythonRange> range_of_py(std::string_view digits) {
  if (digits == "2") return PythonRange{kOldestPython2, true};
  const auto version = version_of_digits(digits);
  if (!version) return std::nullopt;
  return PythonRange{*version, version->major == 2};  // pyXY also installs on later minors of the same major
}

// "pp310" is PyPy for Python 3.10. The first PyPy wheels were "pp371-pypy3_71", PyPy 7.1 for some Python 3: such a
// minor version says nothing about the Python.
std::optional<PythonRange> range_of_pypy(std::string_view digits) {
  const auto version = version_of_digits(digits);
  if (!version || digits.size() == 1 || version->minor > 50) return std::nullopt;
  return PythonRange{*version, true};
}

std::optional<PythonRange> range_of(std::string_view python, std::string_view abi) {
  if (python.starts_with("py")) return range_of_py(python.substr(2));
  if (python.starts_with("pp")) return range_of_pypy(python.substr(2));
  if (!python.starts_with("cp")) return std::nullopt;
  const auto version = version_of_digits(python.substr(2));
  if (!version) return std::nullopt;
  const bool stable_abi = abi.starts_with("abi");  // abi3 (PEP 384) and abi3t (PEP 803)
  return PythonRange{*version, !stable_abi && python.size() > 3};
}

void add_pythons(const std::vector<std::string_view>& pythons, const std::vector<std::string_view>& abis,
                 WheelName& name) {
  std::optional<PythonVersion> at_least;
  for (const auto python : pythons) {
    for (const auto abi : abis) {
      const auto range = range_of(python, abi);
      if (!range) continue;
      if (!range->exact) at_least = std::min(at_least.value_or(range->version), range->version);
      if (range->exact) name.pythons.push_back(range->version);
    }
  }
  std::sort(name.pythons.begin(), name.pythons.end());
  name.pythons.erase(std::unique(name.pythons.begin(), name.pythons.end()), name.pythons.end());
  if (!at_least) return;
  // py2.py3 means 2.7 and all of 3: one range, which begins at the oldest.
  name.python_at_least = name.pythons.empty() ? *at_least : std::min(*at_least, name.pythons.front());
  name.pythons.clear();
}

void add_tags(const std::vector<std::string_view>& pythons, const std::vector<std::string_view>& abis,
              const std::vector<std::string_view>& platforms, WheelName& name) {
  for (const auto python : pythons) {
    for (const auto abi : abis) {
      for (const auto platform : platforms) {
        name.tags.push_back(std::string(python) + "-" + std::string(abi) + "-" + std::string(platform));
      }
    }
  }
}

Error bad_name(const std::string& reason) {
  return {ErrorCode::kMalformed, "the file name is not a wheel's: " + reason, ""};
}

}  // namespace

Result<WheelName> parse_wheel_name(std::string_view path) {
  std::string_view text = base_name(path);
  if (!text.ends_with(kSuffix)) return bad_name("it does not end with .whl");
  text.remove_suffix(kSuffix.size());
  const std::vector<std::string_view> parts = split(text, '-');
  if (parts.size() != 5 && parts.size() != 6) {
    return bad_name("it needs 5 or 6 parts between hyphens and has " + std::to_string(parts.size()) + " (PEP 427)");
  }
  for (const auto part : parts) {
    if (part.empty()) return bad_name("a part between two hyphens is empty");
  }
  if (parts.size() == 6 && !is_digits(parts[2].substr(0, 1))) {
    return bad_name("the build tag '" + std::string(parts[2]) + "' does not begin with a digit (PEP 427)");
  }
  const auto pythons = split(parts[parts.size() - 3], '.');
  const auto abis = split(parts[parts.size() - 2], '.');
  const auto platforms = split(parts[parts.size() - 1], '.');
  for (const auto* set : {&pythons, &abis, &platforms}) {
    for (const auto tag : *set) {
      if (tag.empty()) return bad_name("a compressed tag set has an empty tag");
    }
  }
  WheelName name;
  name.distribution = parts[0];
  name.version = parts[1];
  add_tags(pythons, abis, platforms, name);
  add_pythons(pythons, abis, name);
  return name;
}

}  // namespace abicheck
