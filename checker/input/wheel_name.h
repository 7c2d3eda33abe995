// A wheel's file name -> WheelName.
#pragma once

#include <string_view>

#include "base/result.h"
#include "model/input.h"

namespace abicheck {

// `path` may have directories before the name. kMalformed when the name does not follow PEP 427. Tags of unknown
// implementations leave both `pythons` and `python_at_least` empty.
Result<WheelName> parse_wheel_name(std::string_view path);

}  // namespace abicheck
