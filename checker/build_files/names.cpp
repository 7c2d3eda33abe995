#include "build_files/names.h"

#include <algorithm>

#include "base/text.h"

namespace abicheck {

bool may_hold_arguments(std::string_view path) {
  constexpr std::string_view kNames[] = {"meson.build", "CMakeLists.txt", "pyproject.toml", "setup.cfg"};
  const std::string_view name = base_name(path);
  if (std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames)) return true;
  if (!name.ends_with(".py")) return false;
  // An archive holds one folder with everything.
  return name.starts_with("setup") || std::count(path.begin(), path.end(), '/') <= 1;
}

}  // namespace abicheck
