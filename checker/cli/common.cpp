#include "cli/common.h"

#include "report/text_style.h"

namespace abicheck {

Result<AbiDatabase> open_database(const std::string& directory) {
  return directory.empty() ? AbiDatabase::embedded() : AbiDatabase::from_directory(directory);
}

std::string line_of(const Error& error) {
  return "abicheck: " + printable((error.where.empty() ? "" : error.where + ": ") + error.message) + "\n";
}

}  // namespace abicheck
