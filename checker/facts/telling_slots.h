// By which slots a table is told that has no name.
#pragma once

#include <cstdint>
#include <vector>

#include "facts/code.h"

namespace abicheck {

inline constexpr std::uint64_t kHighestSlot = 1000;  // far above those in use
// The places below are those of types, and of NumPy's oldest functions; other null pointers are read at such small
// distances, those of C++ objects above all.
inline constexpr std::uint64_t kFirstFunction = 45;  // PyArray_DescrFromType
inline constexpr std::uint32_t kMakesUfunc = 1;      // of the ufunc table: PyUFunc_FromFuncAndData

// Whether what the instruction at `site` reads is called.
bool is_called(const Code& code, std::uint64_t site);

// The calls through `slot` of the table behind a static variable for which `sites` read that slot.
std::vector<std::uint64_t> calls_through(const Code& code, std::uint64_t variable, std::uint32_t slot,
                                         const std::vector<std::uint64_t>& sites);

// Whether a call has the arguments of PyUFunc_FromFuncAndData (numpy/_core/code_generators/numpy_api.py,
// doc/source/reference/c-api/ufunc.rst), as far as the code in front of it tells: loops, data, types, how many of them,
// how many inputs and outputs, identity, name, documentation and a zero. Types, counts and name have to be told.
bool makes_ufunc(const Code& code, std::uint64_t call);

}  // namespace abicheck
