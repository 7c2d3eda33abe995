// The outcome of judging facts against a target (contract: verdicts, findings, predicted_error).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/source_observations.h"

namespace abicheck {

enum class Verdict { kCompatible, kIncompatible, kUnknown, kNotApplicable };
enum class When { kNone, kImport, kFirstUse, kCrash, kBuild };
enum class Severity { kNote, kWarning, kError };

std::string_view verdict_name(Verdict verdict);
std::string_view when_name(When when);
std::string_view severity_name(Severity severity);

// incompatible > unknown > compatible; not_applicable only when both are.
Verdict worse(Verdict a, Verdict b);

// What Python prints: type and message, and the exception that is hidden behind it.
struct PredictedError {
  std::string type;
  std::string message;
  std::shared_ptr<const PredictedError> cause;
};

// Text that a fix puts in the place of the characters from `begin` up to, not including, `end`; both in one file.
struct SourceEdit {
  SourcePlace begin;
  SourcePlace end;
  std::string text;
  auto operator<=>(const SourceEdit&) const = default;
};

// Of one use of a name: all of it is done, or nothing. Ascending, in one file.
using SourceChange = std::vector<SourceEdit>;

// A line that a file must have above a change; behind #if where there is a condition.
struct SourceNeed {
  std::string line;
  std::string condition = {};
  bool operator==(const SourceNeed&) const = default;
};

struct Finding {
  std::string rule;  // "NPY101"
  Severity severity = Severity::kError;
  When when = When::kNone;
  std::string message;  // the reason, one sentence
  std::string remedy;   // what to change
  std::optional<PredictedError> predicted_error;
  // Where it is not about the module itself: the paths of the modules that it imports one through the other, up to the
  // one that fails.
  std::vector<std::string> through;
  // Of sources: the user's line, the C name that it is about, and what would set it right without a doubt.
  std::optional<SourcePlace> place;
  std::string symbol;
  std::vector<SourceChange> fix;
  std::vector<SourceNeed> fix_needs;  // each an #include or a #define, in front of `fix_needs_at`
  SourcePlace fix_needs_at;
  std::string fix_problem;  // why nothing may be changed where others like it are
};

struct ModuleVerdict {
  Verdict verdict = Verdict::kCompatible;
  std::vector<Finding> findings;
};

}  // namespace abicheck
