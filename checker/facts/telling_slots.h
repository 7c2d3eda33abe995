// By which slots a table is told that has no name.
#pragma once

#include <cstdint>

#include "facts/code.h"

namespace abicheck {

inline constexpr std::uint64_t kHighestSlot = 1000;  // far above those in use
// The places below are those of types, and of NumPy's oldest functions; other null pointers are read at such small
// distances, those of C++ objects above all.
inline constexpr std::uint64_t kFirstFunction = 45;  // PyArray_DescrFromType

// Whether what the instruction at `site` reads is called.
bool is_called(const Code& code, std::uint64_t site);

}  // namespace abicheck
