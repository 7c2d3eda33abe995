// What a failing _import_array(), _import_umath() or size check raises, and what Python shows of it.
#pragma once

#include <optional>
#include <string>

#include "model/facts.h"
#include "model/finding.h"
#include "model/numpy_release.h"
#include "rules/judge.h"

namespace abicheck {

// A check that does not pass: the exception as raised, which rule it breaks and why; or that it cannot be decided.
struct Failure {
  std::string rule;
  std::string reason;
  std::string remedy;
  PredictedError error;
  bool undecided = false;
  bool has_table = false;  // the versions did not fit, which is tested when the module already holds the table
};

// The exception that the C function leaves, before any macro touches it; empty when the import succeeds.
std::optional<Failure> import_failure(const CapsuleImport& import, const NumpyRelease& numpy,
                                      const JudgeContext& context, bool python2);

// A ufunc table's import that runs while another exception is pending: PyImport_ImportModule fails at once.
Failure failure_under_pending(const CapsuleImport& import, const Failure& pending);

std::optional<Failure> size_failure(const SizeCheck& check, const NumpyRelease& numpy, const AbiHistory& history);

// The exception as the user sees it once the module's wrapper is done with it.
PredictedError as_seen(const CapsuleImport& import, const PredictedError& raised, const JudgeContext& context);

}  // namespace abicheck
