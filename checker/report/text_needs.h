// What sources need of NumPy, and what they are built for, in the text report:
//   lowest: numpy 1.14, for PyArray_ResolveWritebackIfCopy at src/_core.c:12:5
//   target: NumPy 1.16 (0xd) with the headers of NumPy 2.0.2
#pragma once

#include <string>

#include "model/report.h"
#include "report/write_options.h"

namespace abicheck {

std::string write_needs(const FileReport& file, const WriteOptions& options);

}  // namespace abicheck
