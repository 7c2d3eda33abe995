#include "rules/question.h"

#include <utility>

namespace abicheck {

Finding make_finding(const Failure& failure, When when, std::optional<PredictedError> error) {
  Finding finding;
  finding.rule = failure.rule;
  finding.severity = failure.undecided ? Severity::kWarning : Severity::kError;
  finding.when = failure.undecided ? When::kNone : when;
  finding.message = failure.reason;
  finding.remedy = failure.remedy;
  if (!failure.undecided) finding.predicted_error = std::move(error);
  return finding;
}

Finding make_finding(std::string_view rule, When when, std::string message, std::string remedy) {
  Finding finding;
  finding.rule = rule;
  finding.severity = when == When::kNone ? Severity::kWarning : Severity::kError;
  finding.when = when;
  finding.message = std::move(message);
  finding.remedy = std::move(remedy);
  return finding;
}

std::string name_of(const ApiSlotUse& use) {
  const std::string place = "slot " + std::to_string(use.index);
  return use.name.empty() ? place : use.name + " (" + place + ")";
}

}  // namespace abicheck
