// What a condition at run time says of the NumPy that is running: PyArray_RUNTIME_VERSION >= NPY_2_0_API_VERSION.
#pragma once

#include <clang/AST/Stmt.h>

#include "source_scan/api_tables.h"

namespace abicheck::source_scan {

// The API version that NumPy has at least where the condition is true, and where it is false; 0 when nothing is known.
struct RunningGuards {
  std::uint32_t then = 0, otherwise = 0;
};

RunningGuards running_guards(const clang::Expr& condition, const ApiTables& tables, const clang::ASTContext& context);

// Whether what stands behind the statement is never reached through it: it ends with a return, a throw or a jump.
bool leaves(const clang::Stmt* statement);

}  // namespace abicheck::source_scan
