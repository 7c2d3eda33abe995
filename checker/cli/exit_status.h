// What the exit status means (contract).
#pragma once

namespace abicheck {

enum class ExitStatus { kCompatible = 0, kFindings = 1, kUsage = 2, kUnknown = 3 };

}  // namespace abicheck
