// The command line, as the contract spells it.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace abicheck {

enum class FailOn { kError, kWarning, kUnknown, kNever };

struct Options {
  std::vector<std::string> paths;
  std::vector<std::string> numpy;               // one entry for each --numpy
  std::vector<std::string> compiler_arguments;  // behind "--"
  std::string compile_commands;                 // -p: the file, or the folder that holds it
  std::string format = "text";
  std::string database;  // --db DIR; empty for the embedded one
  std::string color = "auto";
  FailOn fail_on = FailOn::kError;
  unsigned source_timeout = 120;  // seconds of the processor, for one reading of one source
  int jobs = 0;                   // 0: as many as the machine has cores
  int verbose = 0;
  bool quiet = false;
  bool exit_zero = false;
  bool fix = false;       // --fix: change sources where that is safe, report what is left
  bool diff = false;      // --diff: only show those changes
  bool no_cache = false;  // accepted so that scripts may say it; nothing is cached

  std::size_t threads() const;  // that -j stands for
};

// `abicheck db ...`
struct DatabaseOptions {
  enum class Command { kList, kShow, kDiff };
  Command command = Command::kList;
  std::string numpy;        // of show; what diff begins with
  std::string other_numpy;  // of diff
  std::string format = "text";
  std::string database;  // as above
};

// `abicheck explain ...`
struct ExplainOptions {
  std::vector<std::string> rules;  // empty with --list
};

// The options of the command, or the exit status when there is nothing to run: help, version, wrong usage.
std::variant<Options, DatabaseOptions, ExplainOptions, int> parse_options(int argc, const char* const* argv);

}  // namespace abicheck
