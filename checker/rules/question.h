// One module asked about under one NumPy, and how what is found is said.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/facts.h"
#include "model/finding.h"
#include "model/numpy_release.h"
#include "rules/import_events.h"
#include "rules/judge.h"

namespace abicheck {

struct Question {
  const ModuleFacts& facts;
  const NumpyRelease& numpy;
  const JudgeContext& context;

  bool other_abi() const { return numpy.abi != context.history.oldest_abi; }
};

// What is undecided is a warning, and comes without a time.
Finding make_finding(const Failure& failure, When when, std::optional<PredictedError> error);
Finding make_finding(std::string_view rule, When when, std::string message, std::string remedy);

// "PyArray_CastTo (slot 50)"
std::string name_of(const ApiSlotUse& use);

}  // namespace abicheck
