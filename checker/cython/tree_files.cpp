#include "cython/tree_files.h"

#include <algorithm>
#include <filesystem>

#include "cython/statements.h"

namespace abicheck {

namespace {

std::size_t common_length(const std::string& a, const std::string& b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin());
}

}  // namespace

std::string folder_of_path(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string included_file(const SourceTree& tree, const std::string& from, std::string_view name) {
  const std::string relative = std::filesystem::path(name).lexically_normal().native();
  const std::string folder = folder_of_path(from);
  const std::string beside =
      std::filesystem::path(folder.empty() ? relative : folder + "/" + relative).lexically_normal().native();
  if (tree.texts.count(beside) != 0) return beside;
  std::string plain = relative;
  while (plain.starts_with("../")) plain.erase(0, 3);
  std::string best;
  for (const auto& [path, text] : tree.texts) {
    if (path != plain && !path.ends_with("/" + plain)) continue;
    if (best.empty() || common_length(path, from) > common_length(best, from)) best = path;
  }
  return plain.empty() ? "" : best;
}

std::vector<std::string> cython_includes(const SourceTree& tree, const std::string& path) {
  std::vector<std::string> found;
  for (const CythonStatement& statement : read_statements(tree.texts.at(path)).statements) {
    const auto& tokens = statement.tokens;
    if (tokens.size() != 2 || !tokens[0].is("include") || tokens[1].kind != CythonToken::Kind::kString) continue;
    std::string file = included_file(tree, path, tokens[1].text);
    if (!file.empty()) found.push_back(std::move(file));
  }
  return found;
}

}  // namespace abicheck
