#include "cli/scan_sources.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "abi/requirement.h"
#include "base/text.h"
#include "build_files/macros.h"
#include "cython/generated_code.h"
#include "cython/units.h"
#include "input/file.h"
#include "input/file_kind.h"
#include "input/installed_numpy.h"
#include "input/source_archive.h"
#include "rules/file_verdict.h"
#include "rules/source_fixes.h"
#include "rules/source_judge.h"
#include "sources/compile_commands.h"
#include "sources/library_headers.h"
#include "sources/project.h"
#include "sources/python_files.h"
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

// A Cython source alone: what it includes, and its .pxd, mostly stand beside it.
Result<SourceTree> read_cython_beside(const std::string& folder, const std::string& name, const ByteBuffer& bytes) {
  SourceTree tree{folder, {{name, std::string(as_text(bytes.view()))}}, true};
  std::error_code error;
  std::uint64_t files = 0;
  for (fs::directory_iterator entry(folder.empty() ? "." : folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string path = entry->path().native();
    if (!path.ends_with(".pxd") && !path.ends_with(".pxi")) continue;
    if (++files > limits::kCythonBeside) break;
    const Result<ByteBuffer> other = read_file(path, limits::kSourceBytes);
    if (other) tree.texts.emplace(base_name(path), as_text(other->view()));
  }
  return tree;
}

Result<SourceTree> read_tree(const Input& input, std::vector<Problem>& problems) {
  const bool archive = input.kind == InputKind::kSdist;
  if (input.kind == InputKind::kSource) {
    const Result<ByteBuffer> bytes = read_file(input.path, limits::kSourceBytes);
    if (!bytes) return bytes.error();
    if (is_cython_name(input.path))
      return read_cython_beside(fs::path(input.path).parent_path().native(), std::string(base_name(input.path)),
                                *bytes);
    return SourceTree{fs::path(input.path).parent_path().native(),
                      {{std::string(base_name(input.path)), std::string(as_text(bytes->view()))}},
                      true,
                      false};
  }
  Result<SourceTexts> read = archive ? read_source_archive(input.path) : read_source_folder(input.path);
  if (!read) return read.error();
  problems.insert(problems.end(), read->problems.begin(), read->problems.end());
  std::string root = archive ? kArchiveRoot : input.path;
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  return SourceTree{std::move(root), std::move(read->texts), !archive};
}

// Where --numpy names it.
std::optional<InstalledNumpy> installed_target(const Options& options) {
  if (std::find(options.numpy.begin(), options.numpy.end(), "installed") == options.numpy.end()) return std::nullopt;
  Result<InstalledNumpy> found = installed_numpy(options.paths);
  if (!found) return std::nullopt;
  return std::move(*found);
}

// Headers of one NumPy: its own where that very release is installed, otherwise the database's.
HeaderSet headers_for(const Declarations& declarations, const std::string& release,
                      const std::optional<InstalledNumpy>& installed) {
  HeaderSet set{release, {}, ""};
  if (installed && installed->version == release) set.folder = headers_of_installed_numpy(installed->packages);
  if (!set.folder.empty()) return set;
  for (GeneratedHeader& header : declarations.headers_of(release))
    set.files.emplace_back(std::move(header.path), std::move(header.text));
  return set;
}

// As the release's own, but with everything that they declare for some setting.
HeaderSet unrestricted_headers(const Declarations& declarations, const AbiDatabase& database,
                               const std::string& release) {
  constexpr std::string_view kFirst = "numpy/numpyconfig.h";  // looks at what is set before anything else does
  HeaderSet set = headers_for(declarations, release, std::nullopt);
  set.id += kUnrestricted;
  const std::string api = std::to_string(database.facts_for(release).api);
  for (auto& [path, text] : set.files) {
    if (path == kFirst)
      text.insert(0,
                  "#undef NPY_NO_DEPRECATED_API\n#undef NPY_TARGET_VERSION\n#define NPY_TARGET_VERSION " + api + "\n");
  }
  return set;
}

// Where a source does not compile, one of these may tell whether NumPy is the reason: the newest, and the last before
// most names were removed. First the one that the targets have less in common with.
std::vector<std::string> reference_releases(const AbiDatabase& database, const std::vector<Target>& targets) {
  constexpr std::size_t kMost = 5;
  std::vector<std::string> releases = database.releases_before_removals();
  if (releases.size() > kMost) releases.resize(kMost);
  const auto abi = [&](const std::string& release) { return database.facts_for(release).abi; };
  const std::string newest = database.newest_release();
  const bool new_targets = targets.empty() || abi(headers_of_target(targets.back())) == abi(newest);
  releases.insert(new_targets ? releases.end() : releases.begin(), newest);
  std::stable_partition(releases.begin(), releases.end(),
                        [&](const std::string& release) { return (abi(release) == abi(newest)) != new_targets; });
  return releases;
}

// Paths as the user knows them: on disk what clang was given, in an archive the member's; so the scanner has them.
void show_cython_paths(const SourceTree& tree, ScannedUnit& unit) {
  if (!tree.on_disk || tree.root.empty()) return;
  const auto show = [&](std::string& path) {
    if (!path.empty()) path.insert(0, tree.root + "/");
  };
  const auto show_all = [&](auto& list) {
    for (auto& one : list) show(one.place.file);
  };
  show_all(unit.cython_requirements);
  if (unit.generated) show(unit.generated->source);
  if (!unit.cython) return;
  show_all(unit.cython->uses);
  show_all(unit.cython->own);
  show_all(unit.cython->declared);
  show_all(unit.cython->imports);
  show(unit.cython->cimport.file);
  show(unit.cython->problem_place.file);
}

void show_paths(const SourceTree& tree, std::vector<ScannedUnit>& units) {
  for (ScannedUnit& unit : units) {
    show_cython_paths(tree, unit);
    if (tree.on_disk && !tree.root.empty()) unit.path = tree.root + "/" + unit.path;
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

constexpr int kOldestPython = 9;  // that NumPy 2 is there for

// Where flags were worked out: the headers of a Python that code of an older Cython was written for, if one is
// installed.
void choose_python(const SourceTree& tree, const PythonFiles& python, std::vector<SourceUnit>& units) {
  std::optional<std::map<int, std::string>> installed;
  for (SourceUnit& unit : units) {
    const std::optional<int> newest = newest_python_of(tree.texts.at(unit.path));
    const auto headers = std::find(unit.arguments.begin(), unit.arguments.end(), python.headers);
    if (!newest || *newest >= python.minor || headers == unit.arguments.end()) continue;
    if (!installed) installed = find_all_python_headers();
    const auto oldest = installed->lower_bound(kOldestPython);
    if (oldest != installed->end() && oldest->first <= *newest) *headers = oldest->second;
  }
}

Result<std::vector<SourceUnit>> choose_units(const Input& input, const SourceTree& tree, const Options& options,
                                             const PythonFiles& python) {
  std::error_code ignored;
  std::vector<std::string> command{"cc"};
  command.insert(command.end(), options.compiler_arguments.begin(), options.compiler_arguments.end());
  const CompileOptions how{parsing_arguments(command, fs::current_path(ignored).native()), python.headers,
                           python.packages, library_header_folders(), input.kind == InputKind::kSource};
  std::string commands = options.compile_commands;
  if (!commands.empty() && fs::is_directory(commands, ignored)) commands += "/compile_commands.json";
  if (commands.empty() && input.kind == InputKind::kTree) {
    for (const char* place : {"/compile_commands.json", "/build/compile_commands.json"}) {
      if (commands.empty() && fs::exists(tree.root + place, ignored)) commands = tree.root + place;
    }
  }
  if (commands.empty() || !tree.on_disk) return find_units(tree, how);
  Result<std::vector<SourceUnit>> units = read_compile_commands(commands, tree, how);
  if (!units) return units;
  // A database may be of another build, or of part of the tree: what it leaves out is not thereby well.
  for (SourceUnit& unit : find_units(tree, how)) {
    const auto same = [&](const SourceUnit& other) { return other.path == unit.path; };
    if (std::none_of(units->begin(), units->end(), same)) units->push_back(std::move(unit));
  }
  std::sort(units->begin(), units->end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return units;
}

// What the tree says of itself, and what it requires of NumPy.
void describe(SourceTree& tree, const PythonFiles& python, FileReport& file, std::vector<Problem>& problems) {
  const WheelMetadata project = read_project(tree);
  tree.requirements = {project.requires_dist, read_build_requirements(tree), project.requires_python};
  file.name = project.name;
  file.version = project.version;
  const MarkerEnvironment environment = marker_environment_for({3, std::max(python.minor, 0)}, "");
  Result<std::optional<std::string>> requirement = numpy_requirement(project.requires_dist, environment);
  if (requirement) {
    file.requires_numpy = std::move(*requirement);
  } else {
    problems.push_back(within(file.path, requirement.error()));
  }
}

// Without --numpy: of the minors that the metadata allows and that exist for the Python at hand, those where most
// changes for sources, since each is a parse: the oldest, the newest, and those on both sides of a change of the ABI.
std::vector<Target> promised_targets(const SourceContext& context, const PythonFiles& python, const FileReport& file) {
  std::vector<Target> allowed;
  for (const Target& target : context.targets) {
    const std::string& release = headers_of_target(target);
    const bool exists = python.minor < 0 || context.database.exists_for(release, {3, python.minor});
    if (exists && is_promised(file, target)) allowed.push_back(target);
  }
  const auto abi = [&](std::size_t i) { return context.database.facts_for(headers_of_target(allowed[i])).abi; };
  std::vector<Target> chosen;
  for (std::size_t i = 0; i < allowed.size(); ++i) {
    const bool border = i == 0 || i + 1 == allowed.size() || abi(i) != abi(i - 1) || abi(i) != abi(i + 1);
    if (border) chosen.push_back(allowed[i]);
  }
  return chosen;
}

ScanRequest request_for(const SourceContext& context, const std::vector<Target>& targets) {
  ScanRequest request;
  for (const Target& target : targets) request.targets.push_back(headers_of_target(target));
  request.references = reference_releases(context.database, targets);
  std::vector<std::string> all = request.targets;
  all.insert(all.end(), request.references.begin(), request.references.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  const Declarations declarations = Declarations::embedded();
  const std::optional<InstalledNumpy> installed = installed_target(context.options);
  for (const std::string& release : all) request.headers.push_back(headers_for(declarations, release, installed));
  // Last what no NumPy shows to a source that leaves the settings as they are.
  std::vector<std::string> fullest{context.database.newest_release()};
  const std::vector<std::string> before = context.database.releases_before_removals();
  if (!before.empty()) fullest.push_back(before.front());
  for (const std::string& release : fullest) {
    request.headers.push_back(unrestricted_headers(declarations, context.database, release));
    request.references.push_back(request.headers.back().id);
  }
  request.names = context.database.c_names();
  request.names_with_line_above = names_with_line_above(context.database);
  request.seconds = context.options.source_timeout;
  request.jobs = context.options.threads();
  return request;
}

}  // namespace

Result<InstalledNumpy> installed_numpy(const std::vector<std::string>& paths) {
  bool sources = false;
  for (const std::string& path : paths) {
    if (Result<InstalledNumpy> found = locate_installed_numpy(path)) return found;
    sources = sources || (!has_wheel_name(path) && !has_native_name(path));
  }
  const PythonFiles python = sources ? find_python() : PythonFiles();
  for (const std::string& packages : python.packages) {
    if (Result<InstalledNumpy> found = locate_installed_numpy(packages)) return found;
  }
  return Error{ErrorCode::kMissing, "no installed NumPy was found beside the paths", "--numpy installed"};
}

SourceOutcome scan_sources(const Input& input, const SourceContext& context) {
  SourceOutcome outcome;
  const auto fail = [&outcome](Error problem) {
    outcome.problems.push_back(std::move(problem));
    return outcome;
  };
  // The texts, and what they say of themselves.
  Result<SourceTree> tree = read_tree(input, outcome.problems);
  if (!tree) return fail(tree.error());
  for (const auto& [path, text] : context.changed) tree->texts[path] = text;
  tree->macros = read_build_macros(tree->texts);
  const std::optional<InstalledNumpy> installed = installed_target(context.options);
  const PythonFiles python = find_python(installed ? installed->packages : "");
  FileReport file;
  file.path = input.path;
  file.kind = kind_name(input.kind);
  if (input.kind != InputKind::kSource) describe(*tree, python, file, outcome.problems);
  if (context.options.format == "json" && input.kind == InputKind::kSdist) {
    if (Result<std::string> digest = sha256_of_file(input.path)) file.sha256 = std::move(*digest);
  }

  // The NumPys, and the units with their arguments.
  std::vector<Target> targets =
      context.options.numpy.empty() ? promised_targets(context, python, file) : context.targets;
  for (const Target& target : context.also) {
    const bool there = std::any_of(targets.begin(), targets.end(), [&](const Target& other) {
      return headers_of_target(other) == headers_of_target(target);
    });
    if (!there) targets.push_back(target);
  }
  Result<std::vector<SourceUnit>> units = choose_units(input, *tree, context.options, python);
  if (!units) return fail(units.error());
  choose_python(*tree, python, *units);
  for (SourceUnit& unit : *units) {
    for (std::string& macro : generated_macros(tree->texts.at(unit.path))) unit.arguments.push_back(std::move(macro));
  }

  // What the scanner sees, judged.
  ScanRequest request = request_for(context, targets);
  request.tree = &*tree;
  request.units = std::move(*units);
  for (const auto& [path, text] : context.changed) request.changed.push_back(path);
  Result<std::vector<ScannedUnit>> scanned = run_scanner(request);
  if (!scanned) return fail(within(input.path, scanned.error()));
  add_cython_units(*tree, input.kind == InputKind::kSource ? base_name(input.path) : "", *scanned);
  show_paths(*tree, *scanned);
  judge_sources(context.database, targets, *tree, *scanned, file);
  for (std::size_t i = 0; i < request.units.size(); ++i)
    file.sources[i].arguments = shown_arguments(*tree, std::move(request.units[i].arguments));
  std::sort(file.sources.begin(), file.sources.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  outcome.file = std::move(file);
  outcome.tree = std::move(*tree);
  return outcome;
}

}  // namespace abicheck
