// Reads one file of abi_db/. Strict: what is missing, unknown or contradictory is an error, because a fact that is
// silently skipped would turn into a wrong verdict.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "abi/database.h"
#include "base/result.h"

namespace abicheck {

struct DatabaseFile {
  NumpyMinor minor;
  std::map<std::uint32_t, std::string> api_names;
};

Result<DatabaseFile> read_database_file(std::string_view text);

// `text` with the release in the place of "{v}".
std::string shim_text_for(const std::string& text, const std::string& release);

}  // namespace abicheck
