#include "cli/python_of.h"

#include <algorithm>
#include <charconv>

#include "input/file_kind.h"

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

}  // namespace

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
