// Where code that pybind11 up to 2.11 generated reads members of PyArray_Descr at the offsets of the oldest headers,
// and whether anything comes of it.
//
// That there is such a read says little: one constructor of py::array holds one, and every module that makes arrays
// holds that constructor. It is executed only where a caller passes no strides, and matters only for an extent above
// one. So each read is followed up through the callers that lead to it.
#pragma once

#include <vector>

#include "facts/call_graph.h"
#include "facts/context.h"
#include "facts/pybind_api.h"
#include "facts/term_run.h"

namespace abicheck {

// `slots` is what find_pybind_slots() found.
std::vector<DescriptorRead> find_descriptor_reads(const ModuleContext& context, const PybindApi& api,
                                                  const std::vector<ApiSlotUse>& slots, const CallGraph& calls,
                                                  InstructionCache& cache);

}  // namespace abicheck
