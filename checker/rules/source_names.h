// What several rules of sources know about NumPy's C names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "abi/database.h"
#include "model/source_observations.h"
#include "rules/source_rules.h"

namespace abicheck {

// Of "PyArray_Descr.elsize": "PyArray_Descr"; empty for what is no member.
std::string_view structure_of(std::string_view name);
// By which direct access to a member is told: rule::kMemberAccess, kComplexMember, or nothing for members that
// everybody may use.
std::string_view rule_of_member(std::string_view name);

// "A or B or C", as the database names what to use instead.
std::vector<std::string> alternatives(std::string_view text);

// Whether headers of the release declare the name for a target as old as headers allow, and NPY_NO_DEPRECATED_API
// unset.
bool is_declared(const CName& name, const std::string& release, const AbiDatabase& database);

// "use PyDataType_ELSIZE (...)": of several replacements those that fit what is done with the member; empty when NumPy
// has none.
std::string remedy_for(const CName& name, std::string_view how, const AbiDatabase& database);

// Whether flags that asked for copies to be written back are now the same without it.
bool loses_writeback(const CName& name, const SourceQuestion& question);

// "NumPy 2.0"
std::string numpy_of(const std::string& release);

}  // namespace abicheck
