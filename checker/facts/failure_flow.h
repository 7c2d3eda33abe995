// Where the code goes behind a failed _import_array(): back to its caller and with what, on with the module's init as
// if nothing had happened, or up as a C++ exception.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "facts/code.h"

namespace abicheck {

enum class Aftermath {
  kReturnsZero,
  kReturnsValue,    // non-zero, or not known
  kReturnsModule,   // what a call that makes a module returned
  kReturnsNothing,  // the result is what the last call left: a void function
  kGoesOn,          // other code of the init runs
  kClears,          // PyErr_Clear: the module can do without NumPy
  kUnclear,         // it throws, or the way was lost
};

// Follows the code behind the call at `call`, the last one of the failing path. `successes` are places that the code
// reaches when nothing failed; arriving at one of them means that the failure was dropped.
Aftermath aftermath(const Code& code, std::uint64_t call, const std::vector<std::uint64_t>& successes);

// The same for the failing side of the test behind the call at `call`, which returned something else than 0.
Aftermath aftermath_of_failed_call(const Code& code, std::uint64_t call);

// The side of a branch behind the call at `call` that is taken when that returned null.
struct NullSide {
  std::uint64_t branch = 0;
  std::uint64_t target = 0;
};
std::optional<NullSide> null_side_behind(const Code& code, std::uint64_t call);

// Where the code goes on when the call at `call` succeeded: the side of the test of its result that does not lead to
// `failure`.
std::optional<std::uint64_t> success_behind(const Code& code, std::uint64_t call, std::uint64_t failure);

// The calls from `caller` to `callee`, directly or through an exported name's stub.
std::vector<std::uint64_t> call_sites(const Code& code, const FunctionRange& caller, const FunctionRange& callee);

// Whether the code behind a call never looks at what the call returned.
bool result_is_ignored(const Code& code, std::uint64_t call);

}  // namespace abicheck
