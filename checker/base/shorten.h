// Texts of an input in a message: whatever stands there, the message stays a line that a person can read.
#pragma once

#include <string>
#include <string_view>

namespace abicheck {

// The text, or its beginning and "...": at most 64 bytes, never half a character of UTF-8.
std::string shortened(std::string_view text);

// The same in single quotes.
std::string in_quotes(std::string_view text);

}  // namespace abicheck
