// Sources in the text report: a line for each finding, in the form that editors and terminals know.
//   src/_core.c:12:5: error: PyArray_Descr.elsize is not in the headers of NumPy 2.0 [NPY410]
#pragma once

#include <string>

#include "model/report.h"
#include "report/write_options.h"

namespace abicheck {

std::string write_sources(const FileReport& file, const std::vector<Target>& targets, const WriteOptions& options);

}  // namespace abicheck
