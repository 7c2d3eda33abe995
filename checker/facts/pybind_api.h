// pybind11's own copy of NumPy's table: detail::npy_api, a structure of the entries that it needs, filled once by
// lookup() and kept in a variable of npy_api::get().
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "facts/call_graph.h"
#include "facts/context.h"
#include "facts/term_run.h"

namespace abicheck {

struct PybindApi {
  std::unordered_map<std::uint64_t, std::uint32_t> members;  // address -> entry of NumPy's table
  std::uint64_t begin = 0;                                   // of the structure
  std::uint64_t end = 0;
  std::vector<std::uint64_t> users;           // functions that refer to the structure, ascending
  std::unordered_set<std::uint64_t> getters;  // functions that return its address
  std::string unknown_because;                // why it was not found

  bool found() const { return !members.empty(); }
};

PybindApi find_pybind_api(const ModuleContext& context, const CallGraph& calls, InstructionCache& cache);

// The entries that are taken out of the structure again, to be called or looked at.
std::vector<ApiSlotUse> find_pybind_slots(const ModuleContext& context, const PybindApi& api, const CallGraph& calls);

}  // namespace abicheck
