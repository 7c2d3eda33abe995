// sysconfig's schemes "posix_prefix" and "venv", and Debian's: headers in <prefix>/include/python3.X, packages in
// <prefix>/lib/python3.X/site-packages or /usr/lib/python3/dist-packages.
#include "sources/python_files.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace abicheck {

namespace {

namespace fs = std::filesystem;

constexpr int kAny = -1;

// The number behind "python3.", -1 for others: "python3.11" -> 11. Abiflags may follow it: "python3.7m", "python3.13t".
int minor_of(const fs::path& folder) {
  constexpr std::string_view kPrefix = "python3.";
  const std::string name = folder.filename().native();
  if (!name.starts_with(kPrefix)) return kAny;
  const std::string number =
      name.substr(kPrefix.size(), name.find_first_not_of("0123456789", kPrefix.size()) - kPrefix.size());
  return number.empty() || number.size() > 3 ? kAny : std::stoi(number);
}

void add_packages(const fs::path& folder, PythonFiles& python) {
  std::error_code ignored;
  if (fs::is_directory(folder, ignored)) python.packages.push_back(folder.native());
}

// The newest among <prefix>/include/python3.*, or the one asked for.
PythonFiles headers_below(const fs::path& prefix, int wanted) {
  std::error_code error;
  PythonFiles found;
  for (fs::directory_iterator it(prefix / "include", error), end; !error && it != end; it.increment(error)) {
    const int minor = minor_of(it->path());
    std::error_code ignored;
    if (minor <= found.minor || (wanted != kAny && minor != wanted) || !fs::exists(it->path() / "Python.h", ignored))
      continue;
    found.minor = minor;
    found.headers = it->path().native();
  }
  return found;
}

void add_headers(const fs::path& prefix, std::map<int, std::string>& found) {
  std::error_code error;
  for (fs::directory_iterator it(prefix / "include", error), end; !error && it != end; it.increment(error)) {
    const int minor = minor_of(it->path());
    std::error_code ignored;
    if (minor != kAny && fs::exists(it->path() / "Python.h", ignored)) found.emplace(minor, it->path().native());
  }
}

// Of each folder in it: /opt/python/3.10.13, /opt/python/3.11.7
void add_headers_of_all(const fs::path& folder, std::map<int, std::string>& found) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    add_headers(it->path(), found);
}

// Folders of python3 on PATH: <prefix>/bin.
std::vector<fs::path> folders_on_path() {
  std::vector<fs::path> folders;
  if (const char* path = std::getenv("PATH")) {
    std::istringstream list(path);
    for (std::string folder; std::getline(list, folder, ':');) {
      std::error_code ignored;
      if (fs::exists(fs::path(folder) / "python3", ignored)) folders.emplace_back(folder);
    }
  }
  for (const char* folder : {"/usr/local/bin", "/usr/bin"}) folders.emplace_back(folder);
  return folders;
}

PythonFiles python_in(const fs::path& folder, int wanted) {
  std::error_code ignored;
  // A virtual environment's python3 is a link to the one that has headers.
  const fs::path program = fs::canonical(folder / "python3", ignored);
  if (program.empty()) return {};
  const fs::path real = program.parent_path().parent_path();
  PythonFiles python = headers_below(real, wanted);
  if (python.headers.empty()) return python;
  const std::string version = "python3." + std::to_string(python.minor);
  const fs::path own = folder.parent_path();
  add_packages(own / "lib" / version / "site-packages", python);
  if (own != real) add_packages(real / "lib" / version / "site-packages", python);
  add_packages(real / "lib" / "python3" / "dist-packages", python);
  return python;
}

}  // namespace

PythonFiles find_python(const std::string& packages) {
  int wanted = kAny;
  if (!packages.empty()) {
    const fs::path version = fs::path(packages).parent_path();
    wanted = minor_of(version);
    PythonFiles own = python_in(version.parent_path().parent_path() / "bin", wanted);
    if (!own.headers.empty()) return own;
  }
  for (const fs::path& folder : folders_on_path()) {
    PythonFiles found = python_in(folder, wanted);
    if (!found.headers.empty()) return found;
  }
  return wanted == kAny ? PythonFiles() : find_python();
}

std::map<int, std::string> find_all_python_headers() {
  std::map<int, std::string> found;
  for (const fs::path& folder : folders_on_path()) {
    std::error_code ignored;
    const fs::path prefix = fs::canonical(folder / "python3", ignored).parent_path().parent_path();
    if (prefix.empty()) continue;
    add_headers(prefix, found);
    add_headers_of_all(prefix / "versions", found);  // pyenv, whose python3 is a script
    if (prefix.has_relative_path() && prefix != "/usr") add_headers_of_all(prefix.parent_path(), found);
  }
  return found;
}

}  // namespace abicheck
