// JSON text -> PlainValue, with bounds on what a hostile text can cost.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/value.h"

namespace abicheck {

// kMalformed with the place: "line 3, column 7" of what is no JSON, the path of a key that stands twice or of a value
// nested deeper than limits::kJsonDepth.
Result<PlainValue> parse_json(std::string_view text);

// RFC 7396: the keys of `patch` replace those of `target`, null removes them.
PlainValue merge_patch(PlainValue target, const PlainValue& patch);

}  // namespace abicheck
