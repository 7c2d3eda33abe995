// Which of its arguments a module's copy of __Pyx_ImportType takes for what, by what it does with them. Needed where
// compilers hand arguments to local functions as they like, and in any order: 32-bit x86.
#pragma once

#include <optional>
#include <vector>

#include "facts/context.h"

namespace abicheck {

// Arguments (Value::Kind::kArgument), or constants where the copy is made for one value.
struct TypeParameters {
  Value module;
  Value type;
  Value size;  // unknown when no text names it and nothing is compared with it
  Value mode;  // unknown when the copy knows only one
};

// `bodies` are the parts of the function. Empty when its error texts do not tell.
std::optional<TypeParameters> find_type_parameters(const ModuleContext& context,
                                                   const std::vector<FunctionRange>& bodies);

}  // namespace abicheck
