#include "cli/database_command.h"

#include <ostream>

#include "abi/compare.h"
#include "abi/describe.h"
#include "cli/common.h"
#include "report/database_json.h"
#include "report/database_text.h"

namespace abicheck {

namespace {

Result<std::string> list(const AbiDatabase& database, bool json) {
  const DatabaseListing listing = list_database(database);
  return json ? write_listing_json(listing) : write_listing_text(listing);
}

Result<std::string> show(const AbiDatabase& database, const std::string& numpy, bool json) {
  const Result<NumpyDescription> description = describe_numpy(database, numpy);
  if (!description) return description.error();
  return json ? write_description_json(*description) : write_description_text(*description);
}

Result<std::string> diff(const AbiDatabase& database, const std::string& from, const std::string& to, bool json) {
  const Result<NumpyDescription> before = describe_numpy(database, from);
  if (!before) return before.error();
  const Result<NumpyDescription> after = describe_numpy(database, to);
  if (!after) return after.error();
  const NumpyChanges changes = compare_numpys(*before, *after);
  return json ? write_changes_json(changes) : write_changes_text(changes);
}

Result<std::string> answer(const DatabaseOptions& options) {
  const Result<AbiDatabase> database = open_database(options.database);
  if (!database) return database.error();
  const bool json = options.format == "json";
  switch (options.command) {
    case DatabaseOptions::Command::kList:
      return list(*database, json);
    case DatabaseOptions::Command::kShow:
      return show(*database, options.numpy, json);
    case DatabaseOptions::Command::kDiff:
      break;
  }
  return diff(*database, options.numpy, options.other_numpy, json);
}

}  // namespace

ExitStatus run_database_command(const DatabaseOptions& options, std::ostream& out, std::ostream& err) {
  const Result<std::string> text = answer(options);
  if (!text) return err << line_of(text.error()), ExitStatus::kUsage;
  out << *text << std::flush;
  if (!out) return err << "abicheck: the answer could not be written to standard output\n", ExitStatus::kUsage;
  return ExitStatus::kCompatible;
}

}  // namespace abicheck
