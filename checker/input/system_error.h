// The operating system's error numbers in the words that a user of ls or pip knows, without the place.
#pragma once

#include "base/result.h"

namespace abicheck {

Error system_error(int number);

}  // namespace abicheck
