// What a module makes of the exception that _import_array() or _import_umath() left: the import_array macros print it
// and set an ImportError of their own, Cython's inline functions raise one, pybind11 wraps it, or it is dropped.
#pragma once

#include <cstdint>
#include <string>

#include "facts/context.h"

namespace abicheck {

struct ErrorPath {
  Wrapper wrapper = Wrapper::kRaw;
  std::string text;
  std::uint64_t dropped_at = 0;  // of kDropped: the call behind which the code goes on as if nothing had failed
};

// `message` is the place where the check's own error text is loaded, `bodies` are the parts of the function that holds
// the check, `way` the calls that lead to it.
ErrorPath find_error_path(const ModuleContext& context, std::uint64_t message, const std::vector<FunctionRange>& bodies,
                          const Way& way, CapsuleImport::Table table);

}  // namespace abicheck
