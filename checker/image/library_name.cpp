#include "image/library_name.h"

#include <algorithm>

namespace abicheck {

std::string library_name(std::string_view format, std::string_view name) {
  if (format == "macho") return std::string(name.substr(name.rfind('/') + 1));
  std::string decides(name);
  if (format == "pe") {
    std::transform(decides.begin(), decides.end(), decides.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  }
  return decides;
}

}  // namespace abicheck
