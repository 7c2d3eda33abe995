// Where a text stands in a file: what is asked of every byte of every file, many times.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/bytes.h"

namespace abicheck {

// The offset of the first `text` at or behind `from`; npos when there is none.
std::size_t find_text(ByteView bytes, std::string_view text, std::size_t from = 0);

}  // namespace abicheck
