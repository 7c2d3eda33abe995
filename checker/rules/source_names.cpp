#include "rules/source_names.h"
#include "base/text.h"

#include <algorithm>
#include <iterator>

#include "rules/rule_table.h"

namespace abicheck {

namespace {

constexpr std::string_view kStructures[] = {"PyArray_Descr",
                                            "PyArray_Descr_fields",
                                            "PyArrayObject",
                                            "PyArrayObject_fields",
                                            "PyUFuncObject",
                                            "PyUFuncObject_fields",
                                            "PyArrayIterObject",
                                            "PyArrayIterObject_fields",
                                            "PyArrayFlagsObject",
                                            "PyArrayMultiIterObject",
                                            "PyArrayMapIterObject",
                                            "PyArrayNeighborhoodIterObject",
                                            "PyArrayMultiIterObject_fields"};

bool writes(const std::string& accessor) {
  constexpr std::string_view kWords[] = {"SET", "Set", "ENABLE", "CLEAR"};
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](std::string_view word) { return accessor.find(word) != std::string::npos; });
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : " or ") + part;
  return text;
}

// The structure behind PyArrayObject has the same members; the accessors are told of the type that everybody uses.
std::string public_name(const std::string& name) {
  constexpr std::string_view kFields = "_fields.";
  const auto at = name.find(kFields);
  return at == std::string::npos ? name : name.substr(0, at) + "." + name.substr(at + kFields.size());
}

// Where a replacement is too new for the NumPys that have what it replaces, projects may copy its header.
std::string also_for_older(const std::vector<std::string>& accessors, const CName& name, const AbiDatabase& database) {
  for (const std::string& accessor : accessors) {
    const auto found = database.c_name(accessor);
    if (!found || AbiDatabase::is_from(name.since, found->since)) continue;
    if (!name.deprecated.empty() && AbiDatabase::is_from(name.deprecated, found->since)) continue;
    const bool copied = found->header.find("_compat.h") != std::string::npos;
    return copied ? " (new in " + numpy_of(found->since) + "; a copy of " + found->header + " gives it to older ones)"
                  : " (new in " + numpy_of(found->since) + ")";
  }
  return "";
}

}  // namespace

std::vector<std::string> alternatives(std::string_view text) {
  constexpr std::string_view kOr = " or ";
  std::vector<std::string> parts;
  for (;;) {
    const auto end = text.find(kOr);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + kOr.size());
  }
}

std::string_view structure_of(std::string_view name) {
  const auto dot = name.find('.');
  return dot == std::string_view::npos || name.ends_with(".h") ? "" : name.substr(0, dot);
}

std::string_view rule_of_member(std::string_view name) {
  const std::string_view structure = structure_of(name);
  if (structure.starts_with("npy_c")) return rule::kComplexMember;
  return is_one_of(structure, kStructures) ? rule::kMemberAccess : "";
}

bool is_declared(const CName& name, const std::string& release, const AbiDatabase& database) {
  if (!database.declares(name, release)) return false;
  const std::string& condition = name.min_target_since.empty() ? name.since : name.min_target_since;
  return name.min_target == 0 || condition == name.since || !AbiDatabase::is_from(release, condition);
}

std::string remedy_for(const CName& name, std::string_view how, const AbiDatabase& database) {
  const auto known = database.c_name(public_name(name.name));
  const std::string& replacement = known && !known->replacement.empty() ? known->replacement : name.replacement;
  if (replacement.empty()) return "";
  if (how == "own" && structure_of(name.name) == "PyArray_Descr" && database.c_name("PyArray_DescrProto"))
    return "make it a PyArray_DescrProto";
  std::vector<std::string> fitting;
  const std::vector<std::string> all = alternatives(replacement);
  const bool written = how == "written" || how == "own";
  if (!how.empty()) {
    std::copy_if(all.begin(), all.end(), std::back_inserter(fitting),
                 [&](const std::string& accessor) { return writes(accessor) == written; });
  }
  if (fitting.empty() && written) return "";  // none of them sets it
  if (fitting.empty()) fitting = all;
  return "use " + joined(fitting) + also_for_older(fitting, name, database);
}

std::string numpy_of(const std::string& release) {
  return "NumPy " + minor_of_release(release);
}

}  // namespace abicheck
