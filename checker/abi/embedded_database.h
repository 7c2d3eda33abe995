// The files of abi_db/ as they were when the program was built; scripts/embed.cmake writes the definition.
#pragma once

#include <string_view>
#include <vector>

namespace abicheck {

struct EmbeddedFile {
  std::string_view name;  // "numpy-1.26.json"
  std::string_view text;
};

const std::vector<EmbeddedFile>& embedded_database();

}  // namespace abicheck
