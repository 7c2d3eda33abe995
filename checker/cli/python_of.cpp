#include "cli/python_of.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace abicheck {

namespace {

// "310" -> 3.10, "27" -> 2.7
std::optional<PythonVersion> version_of_digits(std::string_view text) {
  PythonVersion version;
  const auto digits = text.substr(0, text.find_first_not_of("0123456789"));
  if (digits.size() < 2) return std::nullopt;
  version.major = digits[0] - '0';
  std::from_chars(digits.data() + 1, digits.data() + digits.size(), version.minor);
  return version;
}

std::optional<PythonVersion> version_in_suffix(std::string_view path) {
  const std::string_view base = base_name(path);
  for (std::string_view mark : {".cpython-", ".cp"}) {
    const std::size_t at = base.find(mark);
    if (at == std::string_view::npos) continue;
    if (const auto version = version_of_digits(base.substr(at + mark.size()))) return version;
  }
  return std::nullopt;
}

void add_tags_in(std::string_view text, CPythonBuild& build) {
  constexpr int k315 = 15;
  for (const std::string_view kind : {"cp3", "cpython-3"}) {
    for (std::size_t at = text.find(kind); at != std::string_view::npos; at = text.find(kind, at + 1)) {
      const std::string_view tag = text.substr(at + kind.size());
      int minor = 0;
      const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), minor);
      if (error != std::errc() || minor < 0) continue;
      std::string_view rest = tag.substr(static_cast<std::size_t>(end - tag.data()));
      const bool free_threaded = rest.starts_with('t');
      if (free_threaded) rest.remove_prefix(1);
      if (!rest.starts_with('-') && !rest.starts_with('.')) continue;
      build.free_threaded |= free_threaded;
      build.at_least_315 |= minor >= k315;
    }
  }
}

}  // namespace

CPythonBuild cpython_build_of(std::string_view path, const std::vector<std::string>& tags) {
  CPythonBuild build;
  add_tags_in(base_name(path), build);
  for (const std::string& tag : tags) add_tags_in(tag, build);
  return build;
}

PythonRange pythons_of(const ScannedFile& file) {
  PythonRange range;
  if (file.input.kind == InputKind::kWheel) {
    range.exact = file.name.pythons;
    range.at_least = file.name.python_at_least;
  } else if (const auto version = version_in_suffix(file.input.path)) {
    range.exact = {*version};
  }
  return range;
}

MarkerEnvironment markers_of(const ScannedFile& file, const PythonRange& pythons) {
  PythonVersion python = pythons.at_least;
  if (!pythons.exact.empty()) python = *std::min_element(pythons.exact.begin(), pythons.exact.end());
  const std::string tag = file.name.tags.empty() ? "" : file.name.tags.front();
  return marker_environment_for(python, tag.substr(tag.rfind('-') + 1));
}

}  // namespace abicheck
