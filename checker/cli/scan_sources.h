// Sources, trees of them and source distributions -> reports, judged.
#pragma once

#include "abi/database.h"
#include "abi/generated_headers.h"
#include "base/result.h"
#include "cli/options.h"
#include "model/input.h"
#include "model/report.h"

namespace abicheck {

struct SourceContext {
  const Options& options;
  const AbiDatabase& database;
  const std::vector<Target>& targets;
};

// Errors name the path: what cannot be read at all, or a build without a scanner.
Result<FileReport> scan_sources(const Input& input, const SourceContext& context);

}  // namespace abicheck
