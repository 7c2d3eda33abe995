#include "sources/project.h"

#include <toml++/toml.h>
#include <algorithm>
#include <optional>
#include <sstream>

#include "base/text.h"
#include "input/file_kind.h"
#include "input/metadata.h"

namespace abicheck {

namespace {

// The file of this name nearest to the root; the first of those.
const std::string* nearest(const SourceTree& tree, std::string_view name) {
  const std::string* best = nullptr;
  std::ptrdiff_t depth = 0;
  for (const auto& [path, text] : tree.texts) {
    if (base_name(path) != name) continue;
    const auto here = std::count(path.begin(), path.end(), '/');
    if (best != nullptr && here >= depth) continue;
    best = &text;
    depth = here;
  }
  // What lies deeper belongs to a project that this one carries along. An archive has one folder around everything.
  constexpr std::ptrdiff_t kDeepest = 2;
  return depth <= kDeepest ? best : nullptr;
}

std::string trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1));
}

// setuptools' form: "[extra]" or "[:marker]" or "[extra:marker]" over the requirements that depend on them. Extras are
// not asked for.
std::vector<std::string> read_requires(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  std::string marker;
  bool extra = false;
  for (std::string line; std::getline(in, line);) {
    line = trimmed(line);
    if (line.starts_with('[') && line.ends_with(']')) {
      extra = !line.starts_with("[:");
      marker = extra ? "" : "; " + line.substr(2, line.size() - 3);
    } else if (!line.empty() && !extra) {
      lines.push_back(line + marker);
    }
  }
  return lines;
}

std::vector<std::string> strings_of(const toml::array* list) {
  std::vector<std::string> strings;
  if (list == nullptr) return strings;
  for (const toml::node& one : *list) {
    if (const auto text = one.value<std::string>()) strings.push_back(*text);
  }
  return strings;
}

void read_pyproject(const std::string& text, WheelMetadata& project) {
  try {
    const toml::table file = toml::parse(text);
    const auto own = file["project"];
    project.name = own["name"].value_or(std::string());
    project.version = own["version"].value_or(std::string());
    project.requires_python = own["requires-python"].value_or(std::string());
    project.requires_dist = strings_of(own["dependencies"].as_array());
  } catch (const toml::parse_error&) {
    // Nothing is known of it; pip says what is wrong.
  }
}

// configparser's form: "key = value", continued on lines that are indented.
void read_setup_cfg(const std::string& text, WheelMetadata& project) {
  std::istringstream in(text);
  std::string section;
  std::string key;
  for (std::string line; std::getline(in, line);) {
    std::string word = trimmed(line);
    if (word.empty() || word.starts_with('#') || word.starts_with(';')) continue;
    const bool continued = line.front() == ' ' || line.front() == '\t';
    if (!continued && word.starts_with('[')) {
      section = word;
      key.clear();
      continue;
    }
    if (!continued) {
      const auto end = word.find_first_of("=:");
      key = trimmed(word.substr(0, end));
      word = end == word.npos ? "" : trimmed(word.substr(end + 1));
    }
    // "file: VERSION" and "attr: module.name" are read by setuptools.
    if (word.empty() || word.starts_with("file:") || word.starts_with("attr:")) continue;
    if (section == "[metadata]" && key == "name") project.name = word;
    if (section == "[metadata]" && key == "version") project.version = word;
    if (section == "[options]" && key == "python_requires") project.requires_python = word;
    if (section == "[options]" && key == "install_requires") project.requires_dist.push_back(word);
  }
}

void fill(WheelMetadata& project, WheelMetadata more) {
  if (project.name.empty()) project.name = std::move(more.name);
  if (project.version.empty()) project.version = std::move(more.version);
  if (project.requires_python.empty()) project.requires_python = std::move(more.requires_python);
  if (project.requires_dist.empty()) project.requires_dist = std::move(more.requires_dist);
}

}  // namespace

WheelMetadata read_project(const SourceTree& tree) {
  WheelMetadata project;
  if (const std::string* text = nearest(tree, "PKG-INFO")) project = parse_metadata(*text);
  if (const std::string* text = nearest(tree, "requires.txt")) fill(project, {"", "", "", read_requires(*text)});
  WheelMetadata file;
  if (const std::string* text = nearest(tree, "pyproject.toml")) read_pyproject(*text, file);
  fill(project, std::exchange(file, {}));
  if (const std::string* text = nearest(tree, "setup.cfg")) read_setup_cfg(*text, file);
  fill(project, std::move(file));
  return project;
}

std::vector<std::string> read_build_requirements(const SourceTree& tree) {
  const std::string* text = nearest(tree, "pyproject.toml");
  if (text == nullptr) return {};
  try {
    return strings_of(toml::parse(*text)["build-system"]["requires"].as_array());
  } catch (const toml::parse_error&) {
    return {};
  }
}

}  // namespace abicheck
