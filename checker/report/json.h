// The report as one JSON document. Its keys are a promise to scripts: they are only ever added to, and
// abicheck-report-1.schema.json beside this file describes them.
#pragma once

#include <string>

#include "model/report.h"
#include "report/write_options.h"

namespace abicheck {

std::string write_json(const Report& report, const WriteOptions& options);

}  // namespace abicheck
