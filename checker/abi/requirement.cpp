#include "abi/requirement.h"

#include <algorithm>

#include "abi/marker.h"
#include "abi/version.h"
#include "base/text.h"

namespace abicheck {
namespace {

bool is_name_character(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
}

Error no_requirement(std::string_view line) {
  return Error{ErrorCode::kMalformed, "'" + std::string(strip(line)) + "' is not a requirement (PEP 508)", "METADATA"};
}

// Cuts the project's name off the front of `rest`.
std::string take_name(std::string_view& rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_name_character);
  const auto length = static_cast<std::size_t>(end - rest.begin());
  const std::string name = normalized_name(rest.substr(0, length));
  rest = strip(rest.substr(length));
  return name;
}

// Cuts "[a, b]" off the front of `rest`; false when the bracket is never closed.
bool take_extras(std::string_view& rest, std::vector<std::string>& extras) {
  if (rest.empty() || rest.front() != '[') return true;
  const std::size_t end = rest.find(']');
  if (end == std::string_view::npos) return false;
  for (const std::string_view part : split(rest.substr(1, end - 1), ',')) {
    if (!strip(part).empty()) extras.push_back(normalized_name(strip(part)));
  }
  rest = strip(rest.substr(end + 1));
  return true;
}

// A URL may hold ';', so that PEP 508 asks for a space before the marker's.
std::size_t marker_position(std::string_view rest, bool url) {
  if (!url) return rest.find(';');
  const std::size_t space = rest.find(" ;");
  return space == std::string_view::npos ? space : space + 1;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// The part of a platform tag that names the machine, in the words of platform.machine() there.
std::string machine_of(std::string_view platform) {
  if (platform == "win_amd64") return "AMD64";
  if (platform == "win32") return "x86";
  if (platform == "win_arm64") return "ARM64";
  for (const std::string_view machine : {"x86_64", "aarch64", "arm64", "i686", "armv7l", "ppc64le", "s390x", "riscv64",
                                         "ppc64", "i386", "armv6l", "loongarch64"}) {
    if (ends_with(platform, machine)) return std::string(machine);
  }
  return "x86_64";
}

bool contains(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

}  // namespace

MarkerEnvironment marker_environment_for(PythonVersion python, std::string_view platform) {
  MarkerEnvironment environment;
  environment.python_version = python.text();
  environment.python_full_version = python.text() + ".0";
  environment.implementation_version = environment.python_full_version;
  environment.platform_machine = machine_of(platform);
  if (platform.substr(0, 3) == "win") {
    environment.os_name = "nt";
    environment.sys_platform = "win32";
    environment.platform_system = "Windows";
  } else if (platform.substr(0, 6) == "macosx") {
    environment.sys_platform = "darwin";
    environment.platform_system = "Darwin";
  }
  return environment;
}

Result<Requirement> parse_requirement(std::string_view line) {
  std::string_view rest = strip(line);
  Requirement result;
  result.name = take_name(rest);
  if (result.name.empty() || !take_extras(rest, result.extras)) return no_requirement(line);

  const bool url = !rest.empty() && rest.front() == '@';
  const std::size_t semicolon = marker_position(rest, url);
  std::string_view versions = strip(rest.substr(0, semicolon));
  if (semicolon != std::string_view::npos) result.marker = strip(rest.substr(semicolon + 1));
  if (url) {
    result.url = strip(versions.substr(1));
    return result.url.empty() ? Result<Requirement>(no_requirement(line)) : result;
  }
  if (versions.size() >= 2 && versions.front() == '(' && versions.back() == ')') {
    versions = versions.substr(1, versions.size() - 2);
  }
  const auto specifiers = SpecifierSet::parse(versions);
  if (!specifiers) return no_requirement(line);
  result.specifier = specifiers->text();
  return result;
}

Result<std::optional<std::string>> numpy_requirement(const std::vector<std::string>& requires_dist,
                                                     const MarkerEnvironment& environment) {
  bool required = false;
  std::vector<std::string> clauses;
  for (const std::string& line : requires_dist) {
    std::string_view rest = strip(line);
    if (take_name(rest) != "numpy") continue;
    const auto requirement = parse_requirement(line);
    if (!requirement) return requirement.error();
    const auto holds = marker_holds(requirement->marker, environment);
    if (!holds) return no_requirement(line);
    if (!*holds) continue;
    required = true;
    for (const std::string_view clause : split(requirement->specifier, ',')) {
      if (!clause.empty() && !contains(clauses, std::string(clause))) clauses.emplace_back(clause);
    }
  }
  if (!required) return std::optional<std::string>();
  std::string joined;
  for (const std::string& clause : clauses) joined += (joined.empty() ? "" : ",") + clause;
  return std::optional<std::string>(joined);
}

bool is_required(const std::vector<std::string>& lines, std::string_view project,
                 const MarkerEnvironment& environment) {
  return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
    const auto requirement = parse_requirement(line);
    if (!requirement || requirement->name != project) return false;
    const auto holds = marker_holds(requirement->marker, environment);
    return holds && *holds;
  });
}

}  // namespace abicheck
