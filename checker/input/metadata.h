// The text of METADATA or PKG-INFO -> WheelMetadata.
#pragma once

#include <string_view>

#include "model/input.h"

namespace abicheck {

// Never fails: a field that is not there stays empty. Of a field that may stand only once, the first counts, as with
// Python's email parser, which pip and importlib.metadata use.
WheelMetadata parse_metadata(std::string_view text);

}  // namespace abicheck
