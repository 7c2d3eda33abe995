// The report for a person: one line for a wheel that is fine; for one that is not, what Python will print, why, and
// what to do about it.
#pragma once

#include <string>

#include "model/report.h"
#include "report/write_options.h"

namespace abicheck {

std::string write_text(const Report& report, const WriteOptions& options);

}  // namespace abicheck
