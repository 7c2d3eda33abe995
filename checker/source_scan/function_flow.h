// What happens to NumPy's arrays, and to the GIL, on the ways through one function.
#pragma once

#include <clang/AST/Decl.h>

#include <string>

#include "model/source_observations.h"
#include "source_scan/api_calls.h"

namespace abicheck::source_scan {

// Whether a call makes it worth while to follow the function around it.
bool is_worth_following(const clang::CallExpr& call, const ApiNames& names);

// `name` is how the function is called in what is found.
void follow_function(const clang::FunctionDecl& function, const std::string& name, const ApiNames& names,
                     SourceObservations& found);

}  // namespace abicheck::source_scan
