// Which tokens of a statement stand where Cython expects a type.
#pragma once

#include <vector>

#include "cython/statements.h"

namespace abicheck {

using CythonTokens = std::vector<CythonToken>;

// The index behind the bracket that closes the one at `open`; the end when none does.
std::size_t behind_bracket(const CythonTokens& tokens, std::size_t open);

// The index behind a dotted name that begins at `at`: np.ndarray.
std::size_t behind_dotted(const CythonTokens& tokens, std::size_t at);

// For each token. `declaration`: the statement declares something (cdef, ctypedef, a member of a struct, a line of a
// fused type); `definition`: it is the head of a function, whose parameters are declarations.
std::vector<bool> type_positions(const CythonTokens& tokens, bool declaration, bool definition);

}  // namespace abicheck
