// The two numbers that _import_array() compares with the running NumPy, read in two ways each: as the argument of
// PyErr_Format beside the message, and as the immediate of the compare behind the call through the table.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "facts/context.h"

namespace abicheck {

// `cmp result, immediate` and the branch behind it, turned into the source's comparison.
struct VersionCompare {
  std::uint64_t site = 0;   // of the cmp
  std::uint32_t value = 0;  // NPY_VERSION or NPY_FEATURE_VERSION
  AbiCompare kind = AbiCompare::kEqual;
};

// The constant third argument (edx) of the PyErr_Format whose message is loaded at `site`.
Known<std::uint32_t> message_argument(const ModuleContext& context, std::uint64_t site);

// Behind which instructions the table's slot number `slot` has been called or loaded, inside `functions`. Nothing, when
// the table has no such slot.
std::vector<std::uint64_t> find_slot_reads(const Code& code, const std::vector<FunctionRange>& functions,
                                           std::optional<std::uint32_t> slot);

// Compares against what `slot` (PyArray_GetNDArrayCFeatureVersion) returned, inside `functions`.
std::vector<VersionCompare> find_api_compares(const Code& code, const std::vector<FunctionRange>& functions,
                                              std::optional<std::uint32_t> slot);

// Compares against one of `versions`, as slot 0 (PyArray_GetNDArrayCVersion) returns them, inside `functions`.
std::vector<VersionCompare> find_abi_compares(const Code& code, const std::vector<FunctionRange>& functions,
                                              const std::vector<std::uint32_t>& versions);

}  // namespace abicheck
