// "Recording installed projects" (packaging.python.org, from PEP 376): numpy-<version>.dist-info holds METADATA.
// setuptools wrote numpy-<version>[-py<X.Y>].egg-info, a file, or a directory with PKG-INFO. An installed module lies
// in a package below site-packages, so its directory's parents are tried in turn.
#include "input/installed_numpy.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "input/file.h"
#include "input/metadata.h"

namespace abicheck {
namespace {

namespace fs = std::filesystem;

// Names in `directory` that begin with `prefix`, sorted; none when it cannot be listed.
std::vector<fs::path> names_with_prefix(const fs::path& directory, std::string_view prefix) {
  std::vector<fs::path> names;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (it->path().filename().native().starts_with(prefix)) names.push_back(it->path());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::string> version_in(const fs::path& metadata) {
  const Result<ByteBuffer> bytes = read_file(metadata.native(), limits::kMetadataBytes);
  if (!bytes) return std::nullopt;
  const std::string version = parse_metadata(as_text(bytes->view())).version;
  if (version.empty()) return std::nullopt;
  return version;
}

std::optional<std::string> version_of_entry(const fs::path& entry) {
  if (entry.extension() == ".dist-info") return version_in(entry / "METADATA");
  if (entry.extension() != ".egg-info") return std::nullopt;
  const auto version = version_in(entry / "PKG-INFO");
  return version ? version : version_in(entry);
}

std::optional<InstalledNumpy> version_in_directory(const fs::path& directory) {
  for (const fs::path& entry : names_with_prefix(directory, "numpy-")) {
    if (const auto version = version_of_entry(entry)) return InstalledNumpy{*version, directory.native()};
  }
  return std::nullopt;
}

// The layouts of a POSIX and of a Windows environment (sysconfig's "purelib").
std::optional<InstalledNumpy> version_below(const fs::path& root) {
  for (const fs::path& python : names_with_prefix(root / "lib", "python3.")) {
    if (const auto version = version_in_directory(python / "site-packages")) return version;
  }
  return version_in_directory(root / "Lib" / "site-packages");
}

std::optional<InstalledNumpy> version_above(fs::path directory) {
  while (true) {
    if (const auto version = version_in_directory(directory)) return version;
    const fs::path parent = directory.parent_path();
    if (parent == directory) return std::nullopt;
    directory = parent;
  }
}

}  // namespace

Result<InstalledNumpy> locate_installed_numpy(const std::string& path) {
  std::error_code error;
  const fs::path start = fs::absolute(path, error).lexically_normal();
  if (error || !fs::exists(start, error)) return Error{ErrorCode::kMissing, "no such file or directory", path};
  const bool is_directory = fs::is_directory(start, error);
  // A path with a '/' at the end has no file name, and would be its own parent's child.
  const fs::path directory = is_directory && start.has_filename() ? start : start.parent_path();
  if (is_directory) {
    if (const auto version = version_in_directory(directory)) return *version;
    if (const auto version = version_below(directory)) return *version;
  }
  if (const auto version = version_above(directory)) return *version;
  return Error{ErrorCode::kMissing, "no installed NumPy beside it", path};
}

Result<std::string> find_installed_numpy(const std::string& path) {
  Result<InstalledNumpy> found = locate_installed_numpy(path);
  if (!found) return found.error();
  return std::move(found->version);
}

std::string headers_of_installed_numpy(const std::string& packages) {
  for (const char* folder : {"/numpy/_core/include", "/numpy/core/include"}) {
    std::error_code ignored;
    if (fs::exists(packages + folder + "/numpy/arrayobject.h", ignored)) return packages + folder;
  }
  return "";
}

}  // namespace abicheck
