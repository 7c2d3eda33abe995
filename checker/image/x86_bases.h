// From where position-independent 32-bit x86 code counts that knows no global offset table: Darwin's functions take the
// address behind a call, `call L; L: pop %ebx`, and reach data by its distance from there.
#pragma once

#include "model/binary_image.h"

namespace abicheck {

// Sets image.bases; image.functions must be there.
void find_code_bases(BinaryImage& image);

}  // namespace abicheck
