// The outcome of judging facts against a target (contract: verdicts, findings, predicted_error).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace abicheck {

enum class Verdict { kCompatible, kIncompatible, kUnknown, kNotApplicable };
enum class When { kNone, kImport, kFirstUse, kCrash };
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
};

struct ModuleVerdict {
  Verdict verdict = Verdict::kCompatible;
  std::vector<Finding> findings;
};

}  // namespace abicheck
