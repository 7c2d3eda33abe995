// By which numbers a module names the functions of a DType of its own, which it hands to PyArrayInitDTypeMeta_FromSpec
// in an array of PyType_Slot. NumPy 2.4 gave part of them (NPY_DT_PyArray_ArrFuncs_*) other numbers without changing
// any version.
#pragma once

#include <vector>

#include "facts/context.h"

namespace abicheck {

// `uses` are the places of NumPy's tables that the module uses. Empty when it makes no such DType.
std::optional<DtypeSpec> find_dtype_spec(const ModuleContext& context, const std::vector<ApiSlotUse>& uses);

}  // namespace abicheck
