#include "sources/compile_commands.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "input/file.h"

namespace abicheck {

namespace {

namespace fs = std::filesystem;

// A command line as a POSIX shell splits it, without expansions: what CMake and Ninja write.
std::vector<std::string> split_command(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  bool any = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && (c == ' ' || c == '\t')) {
      if (any) words.push_back(std::exchange(word, ""));
      any = false;
      continue;
    }
    any = true;
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += text[++i];
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else {
      word += c;
    }
  }
  if (any) words.push_back(word);
  return words;
}

// Where a file of the database stands in the tree; empty when it stands elsewhere.
std::string below(const fs::path& root, const fs::path& file) {
  std::error_code error;
  const fs::path relative = fs::weakly_canonical(file, error).lexically_relative(root);
  const std::string& path = relative.native();
  return path.starts_with("..") ? "" : path;
}

}  // namespace

std::vector<std::string> parsing_arguments(const std::vector<std::string>& command, const std::string& folder) {
  static constexpr std::string_view kWithFolder[] = {"-I", "-isystem", "-iquote", "-idirafter", "-include", "-imacros"};
  static constexpr std::string_view kPlain[] = {"-D", "-U", "-x"};
  std::vector<std::string> kept;
  for (std::size_t i = 1; i < command.size(); ++i) {
    const std::string& one = command[i];
    if (one.starts_with("-std=") || one == "-fopenmp" || one == "-pthread" || one == "-m32") kept.push_back(one);
    const auto take = [&](std::string_view option, bool path) {
      if (!one.starts_with(option)) return false;
      std::string value = one.substr(option.size());
      if (value.empty() && i + 1 < command.size()) value = command[++i];
      if (path && fs::path(value).is_relative()) value = (fs::path(folder) / value).lexically_normal().native();
      kept.emplace_back(option);
      kept.push_back(std::move(value));
      return true;
    };
    const bool done =
        std::any_of(std::begin(kWithFolder), std::end(kWithFolder), [&](auto option) { return take(option, true); });
    if (!done) std::any_of(std::begin(kPlain), std::end(kPlain), [&](auto option) { return take(option, false); });
  }
  return kept;
}

Result<std::vector<SourceUnit>> read_compile_commands(const std::string& path, const SourceTree& tree,
                                                      const CompileOptions& options) {
  const Result<ByteBuffer> bytes = read_file(path, limits::kSourceBytes);
  if (!bytes) return bytes.error();
  std::error_code ignored;
  const fs::path root = fs::weakly_canonical(tree.root.empty() ? "." : tree.root, ignored);
  std::vector<SourceUnit> units;
  std::set<std::string> seen;
  try {
    const auto text = as_text(bytes->view());
    for (const auto& entry : nlohmann::json::parse(text.begin(), text.end())) {
      const fs::path folder = entry.at("directory").get<std::string>();
      const std::string file = below(root, folder / entry.at("file").get<std::string>());
      if (file.empty() || tree.texts.count(file) == 0 || !seen.insert(file).second) continue;
      const auto command = entry.contains("arguments") ? entry.at("arguments").get<std::vector<std::string>>()
                                                       : split_command(entry.at("command"));
      SourceUnit unit{file, parsing_arguments(command, folder.native())};
      unit.arguments.insert(unit.arguments.end(), options.arguments.begin(), options.arguments.end());
      units.push_back(std::move(unit));
    }
  } catch (const nlohmann::json::exception& problem) {
    return Error{ErrorCode::kMalformed, std::string("is no compilation database: ") + problem.what(), path};
  }
  std::sort(units.begin(), units.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return units;
}

}  // namespace abicheck
