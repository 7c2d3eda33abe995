#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "cli/exit_status.h"
#include "report/formats.h"

namespace abicheck {

namespace {

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const Format& format : formats()) names.emplace_back(format.name);
  return names;
}

}  // namespace

std::variant<Options, int> parse_options(int argc, const char* const* argv) {
  Options options;
  CLI::App app(
      "Says what will happen when wheels and extension modules meet a given NumPy, without running any of them.",
      "abicheck");
  app.footer(
      "Examples:\n  abicheck dist/*.whl --numpy 2.0\n  abicheck wheelhouse/ --numpy '>=1.25,<3' --format json\n\n"
      "Exit status: 0 compatible, 1 a finding at or above --fail-on, 2 wrong usage or nothing checked, 3 something is "
      "unknown.");
  app.set_version_flag("-V,--version", std::string("abicheck ") + ABICHECK_VERSION);
  app.add_option("PATH", options.paths,
                 "wheels, extension modules, shared libraries, directories; - or @FILE for a list of paths")
      ->required();
  app.add_option("--numpy", options.numpy,
                 "target: 2.0, 2.0.2, '1.26,2.0', '>=1.25,<3', latest, all, installed; repeatable. "
                 "Without it: every NumPy that the wheel's own metadata allows")
      ->type_name("SPEC")
      ->allow_extra_args(false);
  app.add_option("-f,--format", options.format, "how the report is written")
      ->check(CLI::IsMember(format_names()))
      ->capture_default_str();
  app.add_option("--db", options.database, "read the NumPy database from this directory")->type_name("DIR");
  const std::map<std::string, FailOn> fail_on{{"error", FailOn::kError},
                                              {"warning", FailOn::kWarning},
                                              {"unknown", FailOn::kUnknown},
                                              {"never", FailOn::kNever}};
  app.add_option("--fail-on", options.fail_on, "what makes the exit status 1")
      ->transform(CLI::CheckedTransformer(fail_on))
      ->default_str("error");
  app.add_flag("--exit-zero", options.exit_zero, "exit with 0 where it would be 1");
  app.add_option("-j,--jobs", options.jobs, "threads; 0: one for each core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_flag("--no-cache", options.no_cache, "do not use a cache (this version keeps none)");
  app.add_flag("-q,--quiet", options.quiet, "only what is not compatible");
  app.add_flag("-v,--verbose", options.verbose, "every module by name; twice: its facts too");
  app.add_option("--color", options.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->type_name("WHEN")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    const bool asked = stop.get_exit_code() == 0;
    if (asked) return app.exit(stop, std::cout, std::cerr);
    std::cerr << "abicheck: " << stop.what() << "\nRun abicheck --help for the options.\n";
    return static_cast<int>(ExitStatus::kUsage);
  }
  return options;
}

}  // namespace abicheck
