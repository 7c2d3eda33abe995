#include "tables/database_file.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/limits.h"

namespace abicheck {

Result<std::string> read_database_text(const std::string& path) {
  std::error_code failure;
  const auto size = std::filesystem::file_size(path, failure);
  if (failure) return Error{ErrorCode::kUnreadable, "the file cannot be read: " + failure.message(), path};
  if (size > limits::kDatabaseFileBytes)
    return Error{ErrorCode::kTooLarge,
                 "the file is larger than " + std::to_string(limits::kDatabaseFileBytes >> 20) + " MB", path};
  std::ifstream stream(path, std::ios::binary);
  std::string text(size, '\0');
  if (!stream.read(text.data(), static_cast<std::streamsize>(size)))
    return Error{ErrorCode::kUnreadable, "the file cannot be read", path};
  return text;
}

}  // namespace abicheck
