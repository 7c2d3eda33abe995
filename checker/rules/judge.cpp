#include "rules/judge.h"

#include <algorithm>

#include "rules/import_events.h"
#include "rules/rule_table.h"

namespace abicheck {

namespace {

struct Question {
  const ModuleFacts& facts;
  const NumpyRelease& numpy;
  const JudgeContext& context;

  bool numpy2() const { return numpy.abi >= 0x02000000; }
};

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
  finding.when = when;
  finding.message = std::move(message);
  finding.remedy = std::move(remedy);
  return finding;
}

// The first size check that does not pass; later ones never run.
std::optional<Finding> first_size_finding(const Question& q) {
  for (const SizeCheck& check : q.facts.size_checks) {
    if (check.reach == Reach::kNever) continue;
    auto failure = size_failure(check, q.numpy);
    if (!failure) continue;
    if (check.reach != Reach::kImport) {
      // Cython writes these checks into the module's initialiser and nowhere else.
      failure->undecided = true;
      failure->rule = rule::kSizeUnknown;
      failure->reason += "; no way from the module's init function to this check was found";
    }
    return make_finding(*failure, When::kImport, failure->error);
  }
  return std::nullopt;
}

Finding cleared_finding(const Failure& failure) {
  Finding finding = make_finding(failure, When::kFirstUse, std::nullopt);
  finding.rule = rule::kErrorDropped;
  finding.message += "; the module clears that error and goes on without NumPy's C-API";
  return finding;
}

Finding dying_finding(const CapsuleImport& import, const Failure& failure) {
  Finding finding = make_finding(
      failure, When::kImport,
      PredictedError{"ImportError", import.wrapper_text, std::make_shared<const PredictedError>(failure.error)});
  finding.message +=
      "; the module prints that error and goes on with it pending, of which the process dies while the module loads";
  return finding;
}

// The capsule imports that run while the module loads, in order. One whose error is dropped leaves it pending for the
// next; when nothing fails after it, the module goes on with an empty table.
std::optional<Finding> import_finding(const Question& q) {
  const CapsuleImport* dropped = nullptr;
  std::optional<Failure> pending;
  for (const CapsuleImport& import : q.facts.imports) {
    if (import.reach != Reach::kImport) continue;
    std::optional<Failure> failure = pending ? failure_under_pending(import, *pending)
                                             : import_failure(import, q.numpy, q.context, q.facts.is_python2());
    if (!failure) continue;
    if (failure->undecided) return make_finding(*failure, When::kNone, {});
    if (import.wrapper == Wrapper::kCleared) return cleared_finding(*failure);
    if (import.wrapper == Wrapper::kDroppedDies && !pending) return dying_finding(import, *failure);
    if (import.wrapper != Wrapper::kDropped && import.wrapper != Wrapper::kDroppedDies) {
      return make_finding(*failure, When::kImport, as_seen(import, failure->error, q.context));
    }
    if (!pending) {
      dropped = &import;
      pending = failure;
    }
  }
  if (!pending) return std::nullopt;
  Finding finding = make_finding(
      *pending, When::kCrash,
      PredictedError{"ImportError", dropped->wrapper_text, std::make_shared<const PredictedError>(pending->error)});
  finding.rule = rule::kErrorDropped;
  finding.message =
      pending->reason +
      "; the module drops that error and goes on without NumPy's C-API, so that the process dies where it is used, "
      "be it while loading or later";
  return finding;
}

std::optional<Finding> library_finding(const Question& q) {
  for (const LibraryImport& library : q.facts.library_imports) {
    const auto failure = import_failure(library.import, q.numpy, q.context, q.facts.is_python2());
    if (!failure) continue;
    Finding finding = make_finding(*failure, When::kImport, as_seen(library.import, failure->error, q.context));
    finding.message += " (the bundled " + library.library + ", through " + library.function + ")";
    return finding;
  }
  return std::nullopt;
}

std::optional<Finding> load_rules(const Question& q) {
  if (!q.facts.api_checked_before_sizes) {
    if (auto finding = first_size_finding(q)) return finding;
    if (auto finding = import_finding(q)) return finding;
  } else {
    if (auto finding = import_finding(q)) return finding;
    if (auto finding = first_size_finding(q)) return finding;
  }
  return library_finding(q);
}

std::optional<Finding> later_import_rule(const Question& q) {
  for (const CapsuleImport& import : q.facts.imports) {
    if (import.reach != Reach::kLater && import.reach != Reach::kExported) continue;
    const auto failure = import_failure(import, q.numpy, q.context, q.facts.is_python2());
    if (!failure) continue;
    if (failure->undecided) return make_finding(*failure, When::kNone, {});
    Finding finding = make_finding(*failure, When::kFirstUse, as_seen(import, failure->error, q.context));
    finding.rule = rule::kImportLater;
    finding.message += "; it imports NumPy's C-API only when first used";
    return finding;
  }
  return std::nullopt;
}

std::optional<Finding> own_way_rule(const Question& q) {
  const std::string numpy = "NumPy " + q.numpy.version;
  switch (q.facts.own_way) {
    case OwnWay::kNone:
    case OwnWay::kPybind11:
    case OwnWay::kRust:
      return std::nullopt;
    case OwnWay::kPybind11Old:
      if (!q.numpy2()) return std::nullopt;
      return make_finding(
          rule::kPybind11Layout, When::kFirstUse,
          "it was built with pybind11 older than 2.12, which reads the dtype structure of NumPy 1.x: under " + numpy +
              " it loads, and item sizes and fields of dtypes come out wrong without an error",
          "rebuild with pybind11 2.12 or newer, or require numpy<2");
    case OwnWay::kRustOld:
      if (!q.numpy2()) return std::nullopt;
      return make_finding(
          rule::kRustLayout, When::kFirstUse,
          "it was built with rust-numpy older than 0.22, which reads the structures of NumPy 1.x: under " + numpy +
              " it loads, and values of dtypes may come out wrong without an error",
          "rebuild with rust-numpy 0.22 or newer, or require numpy<2");
    case OwnWay::kPybind11Only1: {
      if (!q.numpy2()) return std::nullopt;
      return make_finding(
          rule::kPybind11Only1, When::kFirstUse,
          "it was built with PYBIND11_NUMPY_1_ONLY and refuses " + numpy + " when it first meets an array",
          "rebuild without PYBIND11_NUMPY_1_ONLY, or require numpy<2");
    }
    case OwnWay::kForeign: {
      Finding finding = make_finding(rule::kForeignImport, When::kNone,
                                     "it reaches for NumPy's C-API in a way that is not known here",
                                     "check by using the module under this NumPy");
      finding.severity = Severity::kWarning;
      return finding;
    }
  }
  return std::nullopt;
}

std::optional<Finding> unread_rule(const Question& q) {
  if (q.facts.unknowns.empty()) return std::nullopt;
  const std::string_view id = q.facts.unreadable ? rule::kUnreadable : rule::kSizeUnknown;
  Finding finding =
      make_finding(id, When::kNone, q.facts.unknowns.front(), "check by importing the module under this NumPy");
  finding.severity = Severity::kWarning;
  return finding;
}

// Each asks one kind of question; the first finding that says the module does not load ends the matter.
using RuleFamily = std::optional<Finding> (*)(const Question&);
constexpr RuleFamily kFamilies[] = {load_rules, unread_rule, later_import_rule, own_way_rule};

Verdict verdict_of(const std::vector<Finding>& findings) {
  Verdict verdict = Verdict::kCompatible;
  for (const Finding& finding : findings)
    verdict = worse(verdict, finding.when == When::kNone ? Verdict::kUnknown : Verdict::kIncompatible);
  return verdict;
}

}  // namespace

ModuleVerdict judge_module(const ModuleFacts& facts, const NumpyRelease& numpy, const JudgeContext& context) {
  const Question question{facts, numpy, context};
  ModuleVerdict result;
  for (RuleFamily family : kFamilies) {
    auto finding = family(question);
    if (!finding) continue;
    const bool never_loads = finding->when == When::kImport;
    result.findings.push_back(std::move(*finding));
    if (never_loads) break;
  }
  result.verdict = verdict_of(result.findings);
  return result;
}

std::string module_name_of(std::string_view path) {
  const std::size_t base = path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1;
  const std::size_t dot = path.find('.', base);
  std::string name(path.substr(0, dot));
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

}  // namespace abicheck
