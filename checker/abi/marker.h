// Environment markers (PEP 508): evaluated while they are read, without a tree in between.
#pragma once

#include <string>
#include <string_view>

#include "abi/requirement.h"

namespace abicheck {

// PEP 503: lower case, and every run of '-', '_' and '.' is one '-'.
std::string normalized_name(std::string_view name);

}  // namespace abicheck
