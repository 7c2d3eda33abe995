#include "cli/run.h"

#include <sys/ioctl.h>
#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <istream>
#include <memory>
#include <ostream>
#include <string_view>

#include "abi/database.h"
#include "abi/requirement.h"
#include "abi/targets.h"
#include "cli/common.h"
#include "cli/fix_sources.h"
#include "cli/python_of.h"
#include "cli/scan.h"
#include "cli/scan_sources.h"
#include "input/discover.h"
#include "report/formats.h"
#include "rules/file_verdict.h"

namespace abicheck {

namespace {

// `installed` stands for the version that is.
Result<std::vector<std::string>> replace_installed(const Options& options) {
  std::vector<std::string> specs = options.numpy;
  for (std::string& spec : specs) {
    if (spec != "installed") continue;
    Result<InstalledNumpy> found = installed_numpy(options.paths);
    if (!found) return found.error();
    spec = std::move(found->version);
  }
  return specs;
}

// No --numpy: every known minor, of which each wheel is judged on those that its metadata allows.
Result<TargetList> choose_targets(const Options& options, const AbiDatabase& database) {
  if (options.numpy.empty()) return parse_targets({"all"}, database);
  Result<std::vector<std::string>> specs = replace_installed(options);
  if (!specs) return specs.error();
  return parse_targets(*specs, database);
}

std::vector<ScannedFile> scan_all(const std::vector<Input>& inputs, const ScanOptions& options) {
  std::vector<ScannedFile> files(inputs.size());
  tbb::parallel_for(std::size_t{0}, inputs.size(), [&](std::size_t i) { files[i] = scan_file(inputs[i], options); });
  return files;
}

// Moves what was recovered into the report; nothing is judged yet.
FileReport start_file_report(ScannedFile& scanned) {
  FileReport file;
  file.path = scanned.input.path;
  file.kind = scanned.input.kind == InputKind::kWheel ? "wheel" : "module";
  file.sha256 = std::move(scanned.sha256);
  file.name = scanned.metadata.name.empty() ? scanned.name.distribution : scanned.metadata.name;
  file.version = scanned.metadata.version.empty() ? scanned.name.version : scanned.metadata.version;
  file.tags = std::move(scanned.name.tags);
  for (ScannedModule& module : scanned.modules) {
    ModuleReport report;
    report.path = std::move(module.path);
    report.format = std::move(module.format);
    report.arch = std::move(module.arch);
    report.bits = module.bits;
    const CPythonBuild python = cpython_build_of(report.path, file.tags);
    report.data_model =
        data_model_of(report.format, report.arch, report.bits, python.free_threaded, python.at_least_315);
    report.facts = std::move(module.facts);
    file.modules.push_back(std::move(report));
  }
  return file;
}

// The requirement on NumPy that holds for the wheel's own Python, not for ours.
void read_requirement(const ScannedFile& scanned, const PythonRange& pythons, FileReport& file,
                      std::vector<Problem>& problems) {
  if (scanned.input.kind != InputKind::kWheel) return;
  const Result<std::optional<std::string>> requirement =
      numpy_requirement(scanned.metadata.requires_dist, markers_of(scanned, pythons));
  if (requirement) {
    file.requires_numpy = *requirement;
  } else {
    problems.push_back(within(scanned.input.path, requirement.error()));
  }
}

ExitStatus status_of(const Report& report, const Options& options) {
  bool unknown = !report.problems.empty();
  bool failing = false;
  const auto look = [&](const Finding& finding, Verdict verdict) {
    const bool error = finding.severity == Severity::kError;
    const bool warning = error || (finding.severity == Severity::kWarning && verdict != Verdict::kUnknown);
    failing |= (options.fail_on == FailOn::kError && error) || (options.fail_on == FailOn::kWarning && warning) ||
               (options.fail_on == FailOn::kUnknown && error);
  };
  for (const FileReport& file : report.files) {
    for (const Finding& finding : file.findings) look(finding, Verdict::kCompatible);
    for (const auto& [key, verdict] : file.verdicts) unknown |= verdict == Verdict::kUnknown;
    const auto look_at = [&](const auto& parts) {
      for (const auto& part : parts) {
        for (const auto& [key, verdict] : part.verdicts) {
          unknown |= verdict.verdict == Verdict::kUnknown;
          for (const Finding& finding : verdict.findings) look(finding, verdict.verdict);
        }
      }
    };
    look_at(file.modules);
    look_at(file.sources);
  }
  if (options.fail_on == FailOn::kUnknown) failing |= unknown;
  if (failing) return options.exit_zero ? ExitStatus::kCompatible : ExitStatus::kFindings;
  return unknown ? ExitStatus::kUnknown : ExitStatus::kCompatible;
}

bool wants_color(const Options& options) {
  if (options.color != "auto") return options.color == "always";
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
  };
  if (set("NO_COLOR")) return false;
  return set("FORCE_COLOR") || isatty(STDOUT_FILENO) != 0;
}

int terminal_width() {
  constexpr int kUsual = 100;
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0) return 0;
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

void write_report(const Report& report, const Options& options, const AbiDatabase& database, std::ostream& out) {
  WriteOptions how;
  how.version = ABICHECK_VERSION;
  how.color = wants_color(options);
  how.quiet = options.quiet;
  how.verbose = options.verbose;
  how.width = terminal_width();
  how.release_of_api = [&database](std::uint32_t api) { return database.last_release_of_api(api); };
  out << find_format(options.format)->write(report, how) << std::flush;
}

// Those of sources, by their place among the inputs. The units of a tree share the processors; files that are inputs of
// their own do, too.
std::vector<SourceOutcome> scan_all_sources(const std::vector<Input>& inputs, const SourceContext& context) {
  std::vector<SourceOutcome> outcomes(inputs.size());
  const auto scan = [&](std::size_t i) {
    outcomes[i] = scan_sources(inputs[i], context);
    outcomes[i].tree = {};  // has been judged
  };
  tbb::parallel_for(std::size_t{0}, inputs.size(), [&](std::size_t i) {
    if (inputs[i].kind == InputKind::kSource) scan(i);
  });
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (is_of_sources(inputs[i].kind) && inputs[i].kind != InputKind::kSource) scan(i);
  }
  return outcomes;
}

// Looks at every file and judges it.
Report check(const Discovery& found, const AbiDatabase& database, const TargetList& targets, const Options& options) {
  // The facts of every member of every file, in order.
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, options.threads());
  std::vector<ScannedFile> scanned = scan_all(found.inputs, {database.known_abi(), options.format == "json"});

  // The verdicts.
  Report report;
  report.database_min = database.oldest();
  report.database_max = database.newest();
  report.database_revision = database.revision();
  report.targets = targets.targets;
  report.notes = targets.notes;
  report.problems = found.problems;
  const Judgement judgement(database, report.targets, options.numpy.empty());
  std::vector<SourceOutcome> sources = scan_all_sources(found.inputs, {options, database, report.targets});
  for (std::size_t i = 0; i < scanned.size(); ++i) {
    ScannedFile& file = scanned[i];
    if (is_of_sources(file.input.kind)) {
      SourceOutcome& outcome = sources[i];
      report.problems.insert(report.problems.end(), outcome.problems.begin(), outcome.problems.end());
      if (outcome.file) report.files.push_back(std::move(*outcome.file));
      continue;
    }
    report.problems.insert(report.problems.end(), file.problems.begin(), file.problems.end());
    if (!file.opened) continue;
    const PythonRange pythons = pythons_of(file);
    FileReport judged = start_file_report(file);
    read_requirement(file, pythons, judged, report.problems);
    judge_file(judgement, pythons, judged);
    report.files.push_back(std::move(judged));
  }
  return report;
}

}  // namespace

ExitStatus run(const Options& options, std::istream& in, std::ostream& out, std::ostream& err) {
  // The database, compiled in or from --db.
  const Result<AbiDatabase> database = open_database(options.database);
  if (!database) return err << line_of(database.error()), ExitStatus::kUsage;

  // The NumPys asked about.
  Result<TargetList> targets = choose_targets(options, *database);
  if (!targets) return err << line_of(targets.error()), ExitStatus::kUsage;

  // The files that the paths stand for.
  Discovery found = discover(options.paths, in);

  // What is to be changed, and the changes.
  const SourceContext context{options, *database, targets->targets};
  if (options.diff) return show_fixes(found.inputs, context, out, err);
  const bool written = !options.fix || fix_sources(found.inputs, context, err);

  Report report = check(found, *database, *targets, options);

  // Nothing that could be looked at: only the reasons.
  if (report.files.empty()) {
    for (const Problem& problem : report.problems) err << line_of(problem);
    return ExitStatus::kUsage;
  }

  // The report.
  write_report(report, options, *database, out);
  if (!out) return err << "abicheck: the report could not be written to standard output\n", ExitStatus::kUsage;
  const ExitStatus status = status_of(report, options);
  return written || status != ExitStatus::kCompatible ? status : ExitStatus::kUnknown;
}

}  // namespace abicheck
