#include "cli/scan_sources.h"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "input/file.h"
#include "input/file_kind.h"
#include "input/source_archive.h"
#include "rules/source_judge.h"
#include "sources/compile_commands.h"
#include "sources/python_headers.h"
#include "sources/scanner.h"
#include "sources/units.h"

namespace abicheck {

namespace {

namespace fs = std::filesystem;

std::string_view kind_name(InputKind kind) {
  return kind == InputKind::kSource ? "source" : kind == InputKind::kTree ? "tree" : "sdist";
}

// Where the texts of an archive stand for the compiler: nowhere on any disk.
constexpr char kArchiveRoot[] = "/abicheck/tree";

Result<SourceTree> read_tree(const Input& input) {
  if (input.kind == InputKind::kSdist) {
    Result<std::map<std::string, std::string>> texts = read_source_archive(input.path);
    if (!texts) return texts.error();
    return SourceTree{kArchiveRoot, std::move(*texts), false};
  }
  const bool single = input.kind == InputKind::kSource;
  const std::string folder = single ? fs::path(input.path).parent_path().native() : input.path;
  if (single) {
    const Result<ByteBuffer> bytes = read_file(input.path, limits::kSourceBytes);
    if (!bytes) return bytes.error();
    return SourceTree{folder, {{std::string(base_name(input.path)), std::string(as_text(bytes->view()))}}, true};
  }
  Result<std::map<std::string, std::string>> texts = read_source_folder(folder);
  if (!texts) return texts.error();
  return SourceTree{folder, std::move(*texts), true};
}

// Headers of one NumPy: the database's.
HeaderSet headers_for(const Declarations& declarations, const std::string& release) {
  HeaderSet set{release, {}, ""};
  for (GeneratedHeader& header : declarations.headers_of(release))
    set.files.emplace_back(std::move(header.path), std::move(header.text));
  return set;
}

// Where a source does not compile, one of these may tell whether NumPy is the reason: the newest, and the last of every
// ABI before it.
std::vector<std::string> reference_releases(const AbiDatabase& database) {
  const AbiHistory history = database.history();
  std::vector<std::string> releases{database.newest_release()};
  if (const NumpyMinor* before = database.minor(history.last_before)) releases.push_back(before->releases.back());
  return releases;
}

// Paths as the user knows them: on disk what clang was given, in an archive the member's.
std::string shown_path(const SourceTree& tree, const std::string& path) {
  const std::string prefix = tree.root + "/";
  return !tree.on_disk && path.starts_with(prefix) ? path.substr(prefix.size()) : path;
}

void show_paths(const SourceTree& tree, std::vector<ScannedUnit>& units) {
  const auto shorten = [&](auto& list) {
    for (auto& one : list) one.place.file = shown_path(tree, one.place.file);
  };
  for (ScannedUnit& unit : units) {
    if (tree.on_disk && !tree.root.empty()) unit.path = tree.root + "/" + unit.path;
    for (auto& [headers, seen] : unit.parsed) {
      shorten(seen.diagnostics);
      shorten(seen.uses);
      shorten(seen.imports);
      shorten(seen.defines);
    }
  }
}

std::vector<std::string> shown_arguments(const SourceTree& tree, std::vector<std::string> arguments) {
  if (tree.on_disk) return arguments;
  for (std::string& argument : arguments) {
    const std::size_t at = argument.find(tree.root);
    if (at == std::string::npos) continue;
    const std::size_t end = at + tree.root.size();
    argument.replace(at, end - at + (end < argument.size() ? 1 : 0), end < argument.size() ? "" : ".");
  }
  return arguments;
}

Result<std::vector<SourceUnit>> choose_units(const Input& input, const SourceTree& tree, const Options& options) {
  const CompileOptions how{options.compiler_arguments, find_python_headers()};
  std::string commands = options.compile_commands;
  std::error_code ignored;
  if (!commands.empty() && fs::is_directory(commands, ignored)) commands += "/compile_commands.json";
  if (commands.empty() && input.kind == InputKind::kTree) {
    for (const char* place : {"/compile_commands.json", "/build/compile_commands.json"}) {
      if (commands.empty() && fs::exists(tree.root + place, ignored)) commands = tree.root + place;
    }
  }
  if (!commands.empty() && tree.on_disk) return read_compile_commands(commands, tree, how);
  return find_units(tree, how);
}

}  // namespace

Result<FileReport> scan_sources(const Input& input, const SourceContext& context) {
  Result<SourceTree> tree = read_tree(input);
  if (!tree) return tree.error();
  Result<std::vector<SourceUnit>> units = choose_units(input, *tree, context.options);
  if (!units) return units.error();

  ScanRequest request;
  request.tree = &*tree;
  request.units = std::move(*units);
  const Declarations declarations = Declarations::embedded();
  for (const Target& target : context.targets) request.targets.push_back(headers_of_target(target));
  request.references = reference_releases(context.database);
  std::vector<std::string> all = request.targets;
  all.insert(all.end(), request.references.begin(), request.references.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  for (const std::string& release : all) request.headers.push_back(headers_for(declarations, release));
  request.jobs =
      context.options.jobs > 0 ? context.options.jobs : static_cast<int>(std::thread::hardware_concurrency());
  Result<std::vector<ScannedUnit>> scanned = run_scanner(request);
  if (!scanned) return within(input.path, scanned.error());
  show_paths(*tree, *scanned);

  FileReport file;
  file.path = input.path;
  file.kind = kind_name(input.kind);
  judge_sources(context.database, context.targets, *scanned, file);
  for (std::size_t i = 0; i < file.sources.size(); ++i)
    file.sources[i].arguments = shown_arguments(*tree, std::move(request.units[i].arguments));
  return file;
}

}  // namespace abicheck
