// Which tool wrote the module, and whether it reaches for NumPy's tables in a way of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "facts/context.h"

namespace abicheck {

// One of the contract's `generator` names, from texts that the tool leaves in every module it writes.
// `texts` are the places to search: the read-only data of a parsed image, or the whole file.
std::string find_generator(const std::vector<ByteView>& texts, std::string_view init_function);

// The tool's version as the module tells it: "3.0.10" of Cython, "1.22.4" of f2py (that of NumPy; "2" in its older
// releases), and, where only the version of structures shared between modules is told, that: "internals 4" of pybind11.
// Empty when nothing tells. `texts` are the places to search: names of local functions and wanted libraries tell too.
std::string find_generator_version(const std::vector<ByteView>& texts, std::string_view generator);

// How a module gets at the array table when it does not hold NumPy's own template; `evidence` says by which text.
OwnWay find_own_way(const std::vector<ByteView>& texts, const std::string& generator, Evidence& evidence);

// The message of pybind11 built with PYBIND11_NUMPY_1_ONLY, whole; empty without it.
std::string find_numpy_1_only(const std::vector<ByteView>& texts);

// The oldest NumPy that pybind11 takes, from the message with which it refuses older ones; empty without that message.
std::string find_pybind11_minimum(const std::vector<ByteView>& texts);

}  // namespace abicheck
