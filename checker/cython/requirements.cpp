#include "cython/requirements.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>

#include "cython/tree_files.h"

namespace abicheck {

namespace {

constexpr std::string_view kCython = "cython";

bool same_letters(std::string_view text, std::string_view word) {
  return text.size() == word.size() && std::equal(text.begin(), text.end(), word.begin(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == b;
         });
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n(");
  if (begin == std::string_view::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n)") - begin + 1);
}

// The specifier of a requirement (PEP 508) of Cython: "Cython (>=0.29,<3); python_version > '3'" -> ">=0.29,<3".
std::optional<std::string> cython_specifier(std::string_view requirement) {
  std::string_view text = trimmed(requirement.substr(0, requirement.find(';')));
  if (!same_letters(text.substr(0, kCython.size()), kCython)) return std::nullopt;
  text = trimmed(text.substr(kCython.size()));
  if (text.empty()) return "";
  if (std::string_view("<>=!~").find(text.front()) == std::string_view::npos) return std::nullopt;  // cython-lint
  return std::string(text);
}

// The texts between quotes of `text` from `begin` to `end`, with the place of each.
template <typename Visit>
void for_each_quoted(std::string_view text, std::size_t begin, std::size_t end, Visit visit) {
  for (std::size_t at = begin; at < end; ++at) {
    if (text[at] == '#') {
      at = std::min(text.find('\n', at), end);
      continue;
    }
    if (text[at] != '"' && text[at] != '\'') continue;
    const std::size_t close = text.find_first_of(std::string{text[at], '\n'}, at + 1);
    if (close == std::string_view::npos || close >= end) return;
    if (text[close] == text[at]) visit(text.substr(at + 1, close - at - 1), at + 1);
    at = close;
  }
}

SourcePlace place_in(const std::string& file, std::string_view text, std::size_t at) {
  const auto line =
      static_cast<unsigned>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  const std::size_t start = text.substr(0, at).rfind('\n');
  return {file, line + 1, static_cast<unsigned>(start == std::string_view::npos ? at + 1 : at - start)};
}

// Of TOML no more than this takes: the table, the key, its list.
std::vector<CythonRequirement> of_pyproject(const std::string& file, std::string_view text) {
  std::vector<CythonRequirement> found;
  const std::size_t table = text.find("[build-system]");
  if (table == std::string_view::npos) return found;
  std::size_t key = text.find("requires", table);
  while (key != std::string_view::npos && text[text.find_last_not_of(" \t", key - 1)] != '\n')
    key = text.find("requires", key + 1);
  if (key == std::string_view::npos) return found;
  const std::size_t open = text.find('[', key);
  const std::size_t equals = text.find('=', key);
  if (open == std::string_view::npos || equals > open ||
      text.substr(equals, open - equals).find('\n') != std::string_view::npos)
    return found;
  // The bracket that closes the list; those of extras stand between quotes.
  std::size_t close = open + 1;
  for (char quote = 0; close < text.size() && (quote != 0 || text[close] != ']'); ++close) {
    if (quote == 0 && text[close] == '#') close = std::min(text.find('\n', close), text.size() - 1);
    if (quote == text[close] || text[close] == '\n') {
      quote = 0;
    } else if (quote == 0 && (text[close] == '"' || text[close] == '\'')) {
      quote = text[close];
    }
  }
  for_each_quoted(text, open, close, [&](std::string_view quoted, std::size_t at) {
    if (const auto specifier = cython_specifier(quoted)) found.push_back({place_in(file, text, at), *specifier});
  });
  return found;
}

// Requirements with a version are taken wherever they stand; the word Cython alone may be anything.
std::vector<CythonRequirement> of_setup(const std::string& file, std::string_view text) {
  std::vector<CythonRequirement> found;
  for_each_quoted(text, 0, text.size(), [&](std::string_view quoted, std::size_t at) {
    const auto specifier = cython_specifier(quoted);
    if (specifier && !specifier->empty()) found.push_back({place_in(file, text, at), *specifier});
  });
  return found;
}

}  // namespace

std::vector<CythonRequirement> cython_requirements(const SourceTree& tree, const std::string& path) {
  for (std::string folder = folder_of_path(path);; folder = folder_of_path(folder)) {
    const std::string prefix = folder.empty() ? "" : folder + "/";
    const auto project = tree.texts.find(prefix + "pyproject.toml");
    const auto setup = tree.texts.find(prefix + "setup.py");
    std::vector<CythonRequirement> found;
    if (project != tree.texts.end()) found = of_pyproject(project->first, project->second);
    if (found.empty() && setup != tree.texts.end()) found = of_setup(setup->first, setup->second);
    if (!found.empty() || folder.empty()) return found;
  }
}

}  // namespace abicheck
