// Which other extension modules of the same wheel a Cython module imports before its own body runs: for the types that
// it cimports (__Pyx_ImportType), for functions and variables (__Pyx_ImportFunction, __Pyx_ImportVoidPtr). Cython lets
// every failure of those through unchanged.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "facts/context.h"

namespace abicheck {

// Whether the bytes can belong to a Cython module that imports C functions of another and has nothing else to do with
// NumPy.
bool mentions_module_imports(ByteView bytes);

// Where the data holds the dotted name of one of `siblings`, by address.
std::map<std::uint64_t, std::string> find_sibling_names(const BinaryImage& image,
                                                        const std::set<std::string>& siblings);

// `references` holds all references to those names, `checks` the module's own size checks. The result is in the order
// of their addresses, which is that in which Cython writes them.
std::vector<SiblingImport> find_sibling_imports(const ModuleContext& context,
                                                const std::map<std::uint64_t, std::string>& names,
                                                const std::vector<Reference>& references,
                                                const std::vector<SizeCheck>& checks);

}  // namespace abicheck
