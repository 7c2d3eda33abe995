#include "sources/python_headers.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <vector>

namespace abicheck {

namespace {

namespace fs = std::filesystem;

// The number behind "python3." of an include folder, -1 for others: "python3.11" -> 11.
int minor_of(const fs::path& folder) {
  constexpr std::string_view kPrefix = "python3.";
  const std::string name = folder.filename().native();
  if (!name.starts_with(kPrefix)) return -1;
  const std::string number = name.substr(kPrefix.size());
  if (number.empty() || number.find_first_not_of("0123456789") != std::string::npos || number.size() > 3) return -1;
  return std::stoi(number);
}

// The newest among <prefix>/include/python3.*
std::string newest_below(const fs::path& prefix) {
  std::error_code error;
  std::string best;
  int newest = -1;
  for (fs::directory_iterator it(prefix / "include", error), end; !error && it != end; it.increment(error)) {
    const int minor = minor_of(it->path());
    std::error_code ignored;
    if (minor > newest && fs::exists(it->path() / "Python.h", ignored)) {
      newest = minor;
      best = it->path().native();
    }
  }
  return best;
}

}  // namespace

std::string find_python_headers() {
  std::vector<fs::path> prefixes;
  if (const char* path = std::getenv("PATH")) {
    std::istringstream folders(path);
    for (std::string folder; std::getline(folders, folder, ':');) {
      std::error_code ignored;
      // A virtual environment's python3 is a link to the one that has headers.
      const fs::path python = fs::canonical(fs::path(folder) / "python3", ignored);
      if (!python.empty()) prefixes.push_back(python.parent_path().parent_path());
    }
  }
  prefixes.emplace_back("/usr/local");
  prefixes.emplace_back("/usr");
  for (const fs::path& prefix : prefixes) {
    const std::string found = newest_below(prefix);
    if (!found.empty()) return found;
  }
  return "";
}

}  // namespace abicheck
