#include "input/discover.h"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string_view>
#include <unordered_set>

#include "base/limits.h"
#include "input/file.h"
#include "input/file_kind.h"
#include "input/source_archive.h"
#include "input/system_error.h"

namespace abicheck {
namespace {

namespace fs = std::filesystem;

bool is_url(std::string_view argument) {
  return argument.starts_with("http://") || argument.starts_with("https://");
}
bool is_pattern(std::string_view argument) {
  return argument.find_first_of("*?[") != argument.npos;
}

bool exists(const std::string& path) {
  std::error_code error;
  // lstat(2): a dangling link is there, and opening it says what is wrong.
  return fs::exists(fs::symlink_status(path, error));
}

bool is_directory(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

std::vector<std::string> glob_sorted(const std::string& pattern) {
  glob_t matches{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &matches) == 0) {
    paths.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
  }
  ::globfree(&matches);
  std::sort(paths.begin(), paths.end());  // glob's own order depends on the locale
  return paths;
}

class Finder {
 public:
  void add_argument(const std::string& argument, std::istream& standard_input) {
    if (argument == "-") return add_lines(standard_input, argument);
    if (argument.starts_with('@')) return add_list_file(argument);
    add_path_or_pattern(argument);
  }

  Discovery take() { return std::move(discovery_); }

 private:
  void add_list_file(const std::string& argument) {
    const Result<ByteBuffer> text = read_file(argument.substr(1), limits::kMetadataBytes);
    if (!text) return add_problem(text.error());
    std::istringstream lines{std::string(as_text(text->view()))};
    add_lines(lines, argument);
  }

  void add_lines(std::istream& lines, const std::string& argument) {
    bool any = false;
    for (std::string line; std::getline(lines, line);) {
      if (line.ends_with('\r')) line.pop_back();
      if (line.empty()) continue;
      any = true;
      add_path_or_pattern(line);
    }
    if (!any) add_problem({ErrorCode::kMissing, "no paths in it", argument});
  }

  void add_path_or_pattern(const std::string& argument) {
    if (is_url(argument)) {
      return add_problem({ErrorCode::kUnsupported, "reading from URLs is not supported", argument});
    }
    if (!is_pattern(argument) || exists(argument)) return add_path(argument);
    const std::vector<std::string> paths = glob_sorted(argument);
    if (paths.empty()) add_problem({ErrorCode::kMissing, "no file matches this pattern", argument});
    for (const std::string& path : paths) add_path(path);
  }

  void add_path(const std::string& path) { is_directory(path) ? add_directory(path) : add_file(path); }

  void add_file(const std::string& path) {
    if (!seen_.insert(fs::path(path).lexically_normal().native()).second) return;
    const Result<InputKind> kind = kind_of_file(path);
    if (!kind) return add_problem(kind.error());
    discovery_.inputs.push_back({path, *kind});
  }

  void add_directory(const std::string& root) {
    const std::size_t problems_before = discovery_.problems.size();
    std::vector<std::string> files = files_below(root);
    std::sort(files.begin(), files.end());
    for (const std::string& file : files) add_file(file);
    // Installed packages carry sources too; those are of interest where they are what is worked on.
    if (has_sources_ && (files.empty() || is_project(root))) {
      discovery_.inputs.push_back({root, InputKind::kTree});
    } else if (files.empty() && discovery_.problems.size() == problems_before) {
      add_problem({ErrorCode::kMissing, "no wheels, extension modules or sources in it", root});
    }
  }

  // Files below `root` with a name worth opening.
  std::vector<std::string> files_below(const std::string& root) {
    std::vector<std::string> files;
    std::vector<fs::path> directories{root};  // not recursion: a tree may be deeper than the stack
    std::uint64_t seen = 0;
    has_sources_ = false;
    while (!directories.empty()) {
      const fs::path directory = std::move(directories.back());
      directories.pop_back();
      list_directory(directory, directories, files, seen);
      if (seen <= limits::kDirectoryFiles) continue;
      add_problem({ErrorCode::kTooLarge, "has more than " + with_commas(limits::kDirectoryFiles) + " files", root});
      break;
    }
    return files;
  }

  void list_directory(const fs::path& directory, std::vector<fs::path>& directories, std::vector<std::string>& files,
                      std::uint64_t& seen) {
    std::error_code error;
    for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
      if (++seen > limits::kDirectoryFiles) return;
      std::error_code ignored;
      const bool is_link = it->is_symlink(ignored);
      // Links to directories are not followed: they may make a loop, and what they lead to has a place of its own.
      if (!is_link && it->is_directory(ignored)) {
        directories.push_back(it->path());
      } else if (is_worth_opening(*it)) {
        files.push_back(it->path().native());
      } else {
        has_sources_ = has_sources_ || is_source_name(it->path().native());
      }
    }
    if (error) {
      Error problem = system_error(error.value());
      problem.where = directory.native();
      add_problem(std::move(problem));
    }
  }

  static bool is_project(const fs::path& root) {
    std::error_code ignored;
    return fs::exists(root / "pyproject.toml", ignored) || fs::exists(root / "setup.py", ignored);
  }

  // Regular files, links to them and dangling links; a directory behind a link may be called foo.so.
  static bool is_worth_opening(const fs::directory_entry& entry) {
    const std::string& path = entry.path().native();
    std::error_code ignored;
    return (has_wheel_name(path) || has_native_name(path)) && !entry.is_directory(ignored);
  }

  void add_problem(Error problem) { discovery_.problems.push_back(std::move(problem)); }

  Discovery discovery_;
  bool has_sources_ = false;  // in the directory listed last
  std::unordered_set<std::string> seen_;
};

}  // namespace

Discovery discover(const std::vector<std::string>& arguments, std::istream& standard_input) {
  Finder finder;
  for (const std::string& argument : arguments) finder.add_argument(argument, standard_input);
  return finder.take();
}

}  // namespace abicheck
