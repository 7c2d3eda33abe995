// A source distribution (PEP 625: .tar.gz through libarchive; older ones .zip): the texts of the members that matter to
// a compiler and to those who call it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace abicheck {

// C, C++ and Cython sources and headers, and the files that say how they are compiled; asked of a path's name only.
bool is_source_name(std::string_view path);  // what is compiled: .c .cc .cpp .cxx .pyx ...
bool is_cython_name(std::string_view path);  // .pyx .pxd .pxi
bool is_text_of_source(
    std::string_view path);  // also headers, templates, setup.py, meson.build, CMakeLists.txt, PKG-INFO

struct SourceTexts {
  std::map<std::string, std::string> texts;  // by path below the root
  std::vector<Error> problems;               // of single members: they are missing above
};

// By member path; directories, links and members with other names are left out. Errors name the path, and the member.
Result<SourceTexts> read_source_archive(const std::string& path);

// The same of a folder on disk, by path below it; hidden folders and links to folders are left out.
Result<SourceTexts> read_source_folder(const std::string& root);

}  // namespace abicheck
