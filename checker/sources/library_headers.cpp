#include "sources/library_headers.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>

#include "input/file.h"

namespace abicheck {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 1 << 16;  // of one file

// "${prefix}/include" with what was defined above; a variable that was not is left out.
std::string expanded(const std::string& text, const std::map<std::string, std::string>& variables) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.compare(at, 2, "${") == 0 ? text.find('}', at) : std::string::npos;
    if (end == std::string::npos) {
      result += text[at++];
      continue;
    }
    const auto found = variables.find(text.substr(at + 2, end - at - 2));
    if (found != variables.end()) result += found->second;
    at = end + 1;
  }
  return result;
}

void add_existing(std::vector<std::string>& folders, const fs::path& folder) {
  const std::string path = folder.lexically_normal().native();
  std::error_code ignored;
  if (fs::is_directory(path, ignored) && std::find(folders.begin(), folders.end(), path) == folders.end())
    folders.push_back(path);
}

// Of a prefix: <prefix>/lib/pkgconfig, <prefix>/lib/x86_64-linux-gnu/pkgconfig, <prefix>/share/pkgconfig.
void add_prefix(std::vector<std::string>& folders, const fs::path& prefix) {
  for (const char* name : {"lib", "lib64"}) {
    add_existing(folders, prefix / name / "pkgconfig");
    std::error_code error;
    for (fs::directory_iterator it(prefix / name, error), end; !error && it != end; it.increment(error)) {
      if (it->path().filename().native().find("-linux-") != std::string::npos)
        add_existing(folders, it->path() / "pkgconfig");
    }
  }
  add_existing(folders, prefix / "share" / "pkgconfig");
}

std::vector<std::string> folders_of_files(const std::vector<std::string>& prefixes) {
  std::vector<std::string> folders;
  if (const char* path = std::getenv("PKG_CONFIG_PATH")) {
    std::istringstream list(path);
    for (std::string folder; std::getline(list, folder, ':');) {
      if (!folder.empty()) add_existing(folders, folder);
    }
  }
  for (const std::string& prefix : prefixes) add_prefix(folders, prefix);
  for (const char* prefix : {"/usr/local", "/usr"}) add_prefix(folders, prefix);
  return folders;
}

}  // namespace

std::vector<std::string> folders_in_cflags(const std::string& text, const std::string& folder_of_file) {
  std::map<std::string, std::string> variables{{"pcfiledir", folder_of_file}};
  std::vector<std::string> folders;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const std::size_t end = line.find_first_of("=:");
    if (end == std::string::npos) continue;
    const std::string key = line.substr(0, line.find_last_not_of(" \t", end - (end > 0 ? 1 : 0)) + 1);
    const std::size_t begin = line.find_first_not_of(" \t", end + 1);
    const std::string value = begin == std::string::npos ? "" : expanded(line.substr(begin), variables);
    if (line[end] == '=') {
      variables[key] = value;
    } else if (key == "Cflags" || key == "CFlags") {
      std::istringstream words(value);
      for (std::string word; words >> word;) {
        if (word.starts_with("-I") && word.size() > 2) folders.push_back(word.substr(2));
      }
    }
  }
  return folders;
}

std::vector<std::string> library_header_folders(const std::vector<std::string>& prefixes) {
  std::vector<std::string> folders;
  for (const std::string& folder : folders_of_files(prefixes)) {
    std::vector<std::string> files;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      if (it->path().extension() == ".pc") files.push_back(it->path().native());
    }
    std::sort(files.begin(), files.end());
    for (const std::string& file : files) {
      const Result<ByteBuffer> bytes = read_file(file, kMostBytes);
      if (!bytes) continue;  // it is about something else then
      for (const std::string& named : folders_in_cflags(std::string(as_text(bytes->view())), folder))
        add_existing(folders, named);
    }
  }
  return folders;
}

}  // namespace abicheck
