#include "report/outcome.h"

#include <algorithm>

#include "report/summary.h"

namespace abicheck {

namespace {

Outcome outcome_of_when(When when) {
  switch (when) {
    case When::kCrash:
      return Outcome::kCrash;
    case When::kFirstUse:
      return Outcome::kFirstUse;
    case When::kImport:
    case When::kBuild:
    case When::kNone:
      return Outcome::kImport;
  }
  return Outcome::kImport;
}

// How an incompatible thing fails: the worst that its errors predict, a plain failure when they predict nothing.
Outcome failure(const std::vector<Finding>& findings) {
  Outcome worst = Outcome::kNotJudged;
  for (const Finding& finding : findings) {
    if (finding.severity != Severity::kError || finding.when == When::kNone) continue;
    worst = std::max(worst, outcome_of_when(finding.when));
  }
  return worst == Outcome::kNotJudged ? Outcome::kImport : worst;
}

Outcome outcome_of_other(Verdict verdict) {
  switch (verdict) {
    case Verdict::kCompatible:
      return Outcome::kOk;
    case Verdict::kNotApplicable:
      return Outcome::kNotApplicable;
    case Verdict::kUnknown:
    case Verdict::kIncompatible:
      return Outcome::kUnknown;
  }
  return Outcome::kUnknown;
}

}  // namespace

OutcomeLook look_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNotJudged:
      return {".", Ink::kDim, "not judged: name this NumPy with --numpy"};
    case Outcome::kNotApplicable:
      return {"-", Ink::kDim, "this NumPy does not exist for the file's Python or platform"};
    case Outcome::kOk:
      return {"ok", Ink::kGood, ""};
    case Outcome::kUnknown:
      return {"?", Ink::kDoubt, "could not be decided"};
    case Outcome::kFirstUse:
      return {"use!", Ink::kDoubt, "imports, then fails or computes wrong values at first use"};
    case Outcome::kImport:
      return {"FAIL", Ink::kBad, ""};
    case Outcome::kCrash:
      return {"crash", Ink::kBad, "the Python process dies"};
  }
  return {"?", Ink::kDoubt, ""};
}

Outcome outcome_of(const ModuleReport& module, std::string_view key) {
  const ModuleVerdict* verdict = find_verdict(module.verdicts, key);
  if (verdict == nullptr) return Outcome::kNotJudged;
  return verdict->verdict == Verdict::kIncompatible ? failure(verdict->findings) : outcome_of_other(verdict->verdict);
}

Outcome outcome_of(const FileReport& file, std::string_view key) {
  const Verdict* verdict = find_verdict(file.verdicts, key);
  if (verdict == nullptr) return Outcome::kNotJudged;
  if (*verdict != Verdict::kIncompatible) return outcome_of_other(*verdict);
  Outcome worst = Outcome::kNotJudged;
  for (const ModuleReport& module : file.modules) worst = std::max(worst, outcome_of(module, key));
  for (const SourceReport& source : file.sources) {
    const ModuleVerdict* one = find_verdict(source.verdicts, key);
    if (one != nullptr && one->verdict == Verdict::kIncompatible) worst = std::max(worst, failure(one->findings));
  }
  return worst >= Outcome::kFirstUse ? worst : failure(file.findings);
}

std::size_t count_numpy_sources(const FileReport& file) {
  return static_cast<std::size_t>(std::count_if(file.sources.begin(), file.sources.end(),
                                                [](const SourceReport& source) { return source.uses_numpy; }));
}

std::size_t count_numpy_users(const FileReport& file) {
  return std::count_if(file.modules.begin(), file.modules.end(),
                       [](const ModuleReport& m) { return m.facts.uses_numpy; });
}

}  // namespace abicheck
