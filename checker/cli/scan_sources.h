// Sources, trees of them and source distributions -> reports, judged.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "abi/database.h"
#include "abi/generated_headers.h"
#include "base/result.h"
#include "cli/options.h"
#include "input/installed_numpy.h"
#include "model/input.h"
#include "model/report.h"
#include "model/source_scan.h"

namespace abicheck {

struct SourceContext {
  const Options& options;
  const AbiDatabase& database;
  const std::vector<Target>& targets;
  std::vector<Target> also = {};                    // that are judged besides what is asked for
  std::map<std::string, std::string> changed = {};  // texts by path below the root, which files do not have yet
};

struct SourceOutcome {
  std::optional<FileReport> file;  // missing where nothing could be looked at
  SourceTree tree = {};
  std::vector<Problem> problems;  // they name the path: what cannot be read, or a build without a scanner
};

// The NumPy of --numpy installed: beside the first path in whose surroundings there is one; for sources otherwise that
// of the Python whose headers they are compiled with.
Result<InstalledNumpy> installed_numpy(const std::vector<std::string>& paths);

SourceOutcome scan_sources(const Input& input, const SourceContext& context);

}  // namespace abicheck
