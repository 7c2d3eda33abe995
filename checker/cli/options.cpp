#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <thread>

#include "abi/targets.h"
#include "base/shorten.h"
#include "cli/exit_status.h"
#include "report/formats.h"
#include "report/text_style.h"

namespace abicheck {

namespace {

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const Format& format : formats()) names.emplace_back(format.name);
  return names;
}

// "--format: 'xml' is not one of text, json"
CLI::Validator one_of(const std::vector<std::string>& words) {
  std::string all;
  std::string shown;
  for (const std::string& word : words) {
    all += (all.empty() ? "" : ", ") + word;
    shown += (shown.empty() ? "{" : ",") + word;
  }
  const auto check = [words, all](const std::string& given) {
    const bool known = std::find(words.begin(), words.end(), given) != words.end();
    return known ? std::string() : in_quotes(given) + " is not one of " + all;
  };
  return CLI::Validator(check, shown + "}");
}

constexpr int kUsage = static_cast<int>(ExitStatus::kUsage);

// Help or the version, as asked for.
int write_help(const CLI::App& app, const CLI::ParseError& stop) {
  app.exit(stop, std::cout, std::cerr);
  std::cout << std::flush;
  if (std::cout) return 0;
  std::cerr << "abicheck: the help could not be written to standard output\n";
  return kUsage;
}

int write_usage_error(const std::string& message, std::string_view hint) {
  std::cerr << "abicheck: " << printable(message) << "\n" << hint;
  return kUsage;
}

// What the command line gives is short in the message about it.
std::string message_of(const CLI::ParseError& stop) {
  constexpr std::size_t kLongest = 200;
  const std::string message = stop.what();
  return message.size() <= kLongest ? message : message.substr(0, kLongest) + "...";
}

// The parts of --help that name NumPys.
void add_examples(CLI::App& app) {
  const TargetExamples example = target_examples(AbiDatabase::embedded());
  app.get_option("--numpy")->description(
      "target: " + example.minor + ", " + example.release + ", '" + example.list + "', '" + example.range +
      "', latest, all, installed; repeatable. Without it: every NumPy that the wheel's own metadata allows");
  app.footer(
      "Examples:\n  abicheck dist/*.whl --numpy " + example.minor + "\n  abicheck wheelhouse/ --numpy '" +
      example.range + "' --format json\n  abicheck src/ --numpy " + example.minor +
      " -- -Iinclude -DNAME=1\n\n"
      "Commands:\n  abicheck db list, show, diff   read the database of NumPy releases (abicheck db --help)\n"
      "  abicheck explain RULE          what a rule means (abicheck explain --list)\n\n"
      "Exit status: 0 compatible, 1 a finding at or above --fail-on, 2 wrong usage or nothing checked, 3 something "
      "is unknown.");
}

void add_common(CLI::App& command, DatabaseOptions& options) {
  command.add_option("-f,--format", options.format, "text or json")
      ->check(one_of({"text", "json"}))
      ->type_name("FORMAT")
      ->capture_default_str();
  command.add_option("--db", options.database, "read this directory instead of what is compiled in")->type_name("DIR");
}

// `argv` begins with the word "db".
using Parsed = std::variant<Options, DatabaseOptions, ExplainOptions, int>;

Parsed parse_database_options(int argc, const char* const* argv) {
  DatabaseOptions options;
  CLI::App app("Reads the database of NumPy releases: what each offers to compiled code.", "abicheck db");
  app.require_subcommand(1);
  CLI::App* list = app.add_subcommand("list", "a line for each minor release");
  CLI::App* show = app.add_subcommand("show", "all that is known of one NumPy");
  CLI::App* diff = app.add_subcommand("diff", "what changed from one NumPy to another, for code that uses the C-API");
  for (CLI::App* command : {&app, list, show, diff}) add_common(*command, options);
  constexpr const char* kForms = "a minor X.Y, which stands for its newest release, or a release X.Y.Z";
  show->add_option("NUMPY", options.numpy, kForms)->required();
  diff->add_option("FROM", options.numpy, kForms)->required();
  diff->add_option("TO", options.other_numpy, kForms)->required();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    if (stop.get_exit_code() == 0) return write_help(app, stop);
    if (dynamic_cast<const CLI::ValidationError*>(&stop) != nullptr) return write_usage_error(message_of(stop), "");
    const bool none = app.get_subcommands().empty() && dynamic_cast<const CLI::ArgumentMismatch*>(&stop) == nullptr;
    return write_usage_error(none ? "give one of the commands list, show and diff" : message_of(stop),
                             "Run abicheck db --help for the commands.\n");
  }
  if (*show) options.command = DatabaseOptions::Command::kShow;
  if (*diff) options.command = DatabaseOptions::Command::kDiff;
  return options;
}

// `argv` begins with the word "explain".
Parsed parse_explain_options(int argc, const char* const* argv) {
  ExplainOptions options;
  bool list = false;
  CLI::App app("What a rule means: what happens at run time, why, and how to fix it.", "abicheck explain");
  app.add_option("RULE", options.rules, "ids, as findings end with");
  app.add_flag("--list", list, "every rule, a line each");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    if (stop.get_exit_code() == 0) return write_help(app, stop);
    return write_usage_error(message_of(stop), "Run abicheck explain --help for the options.\n");
  }
  if (list == options.rules.empty()) return options;
  return write_usage_error("give rules to explain, or --list", "");
}

}  // namespace

std::size_t Options::threads() const {
  return jobs > 0 ? static_cast<std::size_t>(jobs) : std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

Parsed parse_options(int argc, const char* const* argv) {
  // A command is the first word or none; a file of its name is ./db.
  if (argc > 1 && std::string_view(argv[1]) == "db") return parse_database_options(argc - 1, argv + 1);
  if (argc > 1 && std::string_view(argv[1]) == "explain") return parse_explain_options(argc - 1, argv + 1);
  Options options;
  CLI::App app(
      "Says what will happen when wheels, extension modules and their sources meet a given NumPy, without running any "
      "of "
      "them.",
      "abicheck");
  app.set_version_flag("-V,--version", std::string("abicheck ") + ABICHECK_VERSION);
  app.add_option(
         "PATH", options.paths,
         "wheels, extension modules, shared libraries, source distributions, sources, directories; - or @FILE for a "
         "list of paths")
      ->required();
  app.add_option("--numpy", options.numpy)->type_name("SPEC")->allow_extra_args(false);
  app.add_option("-f,--format", options.format, "how the report is written")
      ->check(one_of(format_names()))
      ->capture_default_str();
  app.add_option("--db", options.database, "read the NumPy database from this directory")->type_name("DIR");
  const std::vector<std::pair<std::string, FailOn>> fail_on{{"error", FailOn::kError},
                                                            {"warning", FailOn::kWarning},
                                                            {"unknown", FailOn::kUnknown},
                                                            {"never", FailOn::kNever}};
  app.add_option("--fail-on", options.fail_on, "what makes the exit status 1")
      ->transform(CLI::Transformer(fail_on).description(""))
      ->transform(one_of({"error", "warning", "unknown", "never"}))  // asked first: CLI11 puts it in front
      ->default_str("error");
  app.add_option("-p,--compile-commands", options.compile_commands,
                 "for sources: compile_commands.json, or the folder that holds it")
      ->type_name("PATH");
  CLI::Option* fix = app.add_flag("--fix", options.fix, "change sources where that is safe, and report what is left");
  app.add_flag("--diff", options.diff, "show what --fix would change, instead of the report")->excludes(fix);
  app.add_option("--source-timeout", options.source_timeout,
                 "seconds of the processor after which a source is given up")
      ->check(CLI::Range(1, 100'000))
      ->type_name("SECONDS")
      ->capture_default_str();
  app.add_flag("--exit-zero", options.exit_zero, "exit with 0 where it would be 1");
  app.add_option("-j,--jobs", options.jobs, "threads; 0: one for each core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_flag("--no-cache", options.no_cache, "do not use a cache (this version keeps none)");
  app.add_flag("-q,--quiet", options.quiet, "only what is not compatible");
  app.add_flag("-v,--verbose", options.verbose, "every module by name; twice: its facts too");
  app.add_option("--color", options.color, "auto, always or never")
      ->check(one_of({"auto", "always", "never"}))
      ->type_name("WHEN")
      ->capture_default_str();
  // What stands behind "--" is the compiler's.
  const auto* const end = std::find(argv, argv + argc, std::string_view("--"));
  if (end != argv + argc) options.compiler_arguments.assign(end + 1, argv + argc);
  try {
    app.parse(static_cast<int>(end - argv), argv);
  } catch (const CLI::CallForHelp& stop) {
    add_examples(app);
    return write_help(app, stop);
  } catch (const CLI::ParseError& stop) {
    if (stop.get_exit_code() == 0) return write_help(app, stop);
    const bool value = dynamic_cast<const CLI::ValidationError*>(&stop) != nullptr;
    return write_usage_error(message_of(stop), value ? "" : "Run abicheck --help for the options.\n");
  }
  return options;
}

}  // namespace abicheck
