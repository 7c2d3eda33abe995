// The changes of the text that set a finding right, where that is certain: accessors for members, other names for
// macros and headers. The same text must do with the NumPys on both sides of a change of the ABI, so names
// that the older ones lack come with a definition for them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/source_rules.h"

namespace abicheck {

// Gives the finding the fix of the use of `name` at `place`, or the reason why there is none. Of several uses in the
// line it is the one in this column.
void add_fix(const SourcePlace& place, std::string_view name, const SourceQuestion& question, Finding& finding);

// As above, with the name that is to stand there instead.
void add_fix(const SourcePlace& place, std::string_view name, std::string_view instead, const SourceQuestion& question,
             Finding& finding);

// The names whose other name takes a line above it: a header that nothing else includes, or a definition.
std::vector<std::string> names_with_line_above(const AbiDatabase& database);

}  // namespace abicheck
