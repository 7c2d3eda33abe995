// Where the headers of installed libraries stand that the compiler does not look for by itself.
#pragma once

#include <string>
#include <vector>

namespace abicheck {

// The folders that the files of pkg-config (*.pc) name in Cflags, such as /usr/include/freetype2: of the folders in
// PKG_CONFIG_PATH, those below the prefixes, and the system's. Only folders that exist; runs nothing.
std::vector<std::string> library_header_folders(const std::vector<std::string>& prefixes = {});

// The folders of one such file: "Cflags: -I${includedir}/freetype2" with "includedir=${prefix}/include".
std::vector<std::string> folders_in_cflags(const std::string& text, const std::string& folder_of_file);

}  // namespace abicheck
