// Compares a writer's output with a file of tests/golden/. When the environment variable ABICHECK_REBASE is set the
// file is rewritten instead: run the tests once with it, and review the difference like code.
#pragma once

#include <string>
#include <string_view>

namespace abicheck::golden {

// Fails the running test when `actual` is not the content of tests/golden/<name>.
void check(std::string_view name, const std::string& actual);

}  // namespace abicheck::golden
