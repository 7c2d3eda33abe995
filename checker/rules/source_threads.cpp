// NumPy's functions between NPY_BEGIN_THREADS and its end.
#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "rules/rule_table.h"
#include "rules/source_rules.h"

namespace abicheck {

namespace {

// Entries of the table that touch no Python object (numpy/_core/src/multiarray): arithmetic on shapes, memory of their
// own, loops over numbers. Of iterators those that only read, or that tell errors by a text where they are asked to
// (NpyIter_Reset and its like).
constexpr std::string_view kFree[] = {"PyArray_MultiplyList",
                                      "PyArray_MultiplyIntList",
                                      "PyArray_OverflowMultiplyList",
                                      "PyArray_CompareLists",
                                      "PyArray_GetPtr",
                                      "PyArray_GetEndianness",
                                      "PyArray_GetNDArrayCVersion",
                                      "PyArray_GetNDArrayCFeatureVersion",
                                      "PyUFunc_getfperr",
                                      "PyUFunc_clearfperr",
                                      "PyArray_CheckStrides",
                                      "PyArray_ElementStrides",
                                      "PyArray_CanCastSafely",
                                      "PyArray_ValidType"};
constexpr std::string_view kFreeFamilies[] = {"PyDataMem_", "NpyString_", "NpyDatetime_"};
constexpr std::string_view kIterators[] = {"NpyIter_New",  "NpyIter_MultiNew",   "NpyIter_AdvancedNew",
                                           "NpyIter_Copy", "NpyIter_Deallocate", "NpyIter_RemoveAxis"};
// Inline functions of the headers that do more than read a member.
constexpr std::string_view kInline[] = {"PyArray_GETITEM", "PyArray_SETITEM", "PyArray_DiscardWritebackIfCopy",
                                        "PyArray_XDECREF_ERR"};

// PyUFunc_dd_d, PyUFunc_ff_f_As_dd_d: loops over numbers. Those with an O call objects.
bool is_loop(std::string_view api) {
  constexpr std::string_view kPrefix = "PyUFunc_";
  if (!api.starts_with(kPrefix)) return false;
  api.remove_prefix(kPrefix.size());
  return api.find('_') != std::string_view::npos && api.find_first_not_of("efdgFDGAs_") == std::string_view::npos;
}

bool needs_gil(const UnlockedCall& call) {
  if (!call.table) return is_one_of(call.api, kInline);
  if (call.api.starts_with("NpyIter_")) return is_one_of(call.api, kIterators);
  const bool family = std::any_of(std::begin(kFreeFamilies), std::end(kFreeFamilies),
                                  [&](std::string_view prefix) { return call.api.starts_with(prefix); });
  return !family && !is_one_of(call.api, kFree) && !is_loop(call.api);
}

}  // namespace

void unlocked_rule(const SourceQuestion& question, std::vector<Finding>& findings) {
  for (const UnlockedCall& call : question.seen.unlocked) {
    if (!needs_gil(call)) continue;
    Finding finding;
    finding.rule = rule::kUnlocked;
    finding.severity = Severity::kWarning;
    finding.when = When::kCrash;
    const std::string behind = call.name == call.api ? "" : " (" + call.api + ")";
    finding.message = call.name + behind + " is called without the GIL, which " + call.released_by + " in line " +
                      std::to_string(call.released.line) + " released";
    finding.remedy =
        "call it before the GIL is released or after it is taken again, or between NPY_ALLOW_C_API and "
        "NPY_DISABLE_C_API";
    finding.place = call.place;
    finding.symbol = call.name;
    findings.push_back(std::move(finding));
  }
}

}  // namespace abicheck
