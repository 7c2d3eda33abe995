// Which files of a source tree may hold arguments of the compiler, asked of a path below the root only.
#pragma once

#include <string_view>

namespace abicheck {

// setup.py and what stands beside it or is called after it (setupext.py, src/setup_package.py), meson.build,
// CMakeLists.txt, pyproject.toml, setup.cfg.
bool may_hold_arguments(std::string_view path);

}  // namespace abicheck
