// A file of the database, read with a limit.
#pragma once

#include <string>

#include "base/result.h"

namespace abicheck {

struct DatabaseFile {
  std::string name;  // "numpy-1.26.json"
  std::string text;
};

Result<std::string> read_database_text(const std::string& path);

}  // namespace abicheck
