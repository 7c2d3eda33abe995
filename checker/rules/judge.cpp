#include "rules/judge.h"

#include <algorithm>

#include "base/text.h"
#include "rules/import_events.h"
#include "rules/question.h"
#include "rules/rule_table.h"
#include "rules/use_rules.h"
#include "rules/wording.h"

namespace abicheck {

namespace {

// The first size check that does not pass; later ones never run.
struct SizeFinding {
  Finding finding;
  std::size_t index = 0;  // of the check
};

std::optional<SizeFinding> first_size_finding(const Question& q) {
  for (const SizeCheck& check : q.facts.size_checks) {
    if (check.reach == Reach::kNever) continue;
    auto failure = size_failure(check, q.numpy, q.context.history);
    if (!failure) continue;
    if (check.reach != Reach::kImport) {
      // Cython writes these checks into the module's initialiser and nowhere else.
      failure->undecided = true;
      failure->rule = rule::kSizeUnknown;
      failure->reason += "; no way from the module's init function to this check was found";
    }
    return SizeFinding{make_finding(*failure, When::kImport, failure->error),
                       static_cast<std::size_t>(&check - q.facts.size_checks.data())};
  }
  return std::nullopt;
}

// What the module has raised before it goes on: the macro's error, or that of _import_array() itself.
PredictedError raised_error(const CapsuleImport& import, const Failure& failure) {
  if (import.wrapper_text.empty()) return failure.error;
  return {"ImportError", import.wrapper_text, std::make_shared<const PredictedError>(failure.error)};
}

Finding dying_finding(const CapsuleImport& import, const Failure& failure) {
  Finding finding = make_finding(failure, When::kImport, raised_error(import, failure));
  finding.message +=
      "; the module prints that error and goes on with it pending, of which the process dies while the module loads";
  return finding;
}

// What of NumPy's C-API is used at `where`.
std::string name_of_use_at(const Question& q, std::uint64_t where) {
  for (const ApiSlotUse& use : q.facts.api_slots) {
    if (std::find(use.sites.begin(), use.sites.end(), where) != use.sites.end()) return name_of(use);
  }
  return "that";
}

// The import failed, and the module went on without NumPy's C-API.
Finding dropped_finding(const Question& q, const CapsuleImport& import, const Failure& failure) {
  const bool while_loading = !import.use_behind.how.empty() && !failure.has_table;
  Finding finding = make_finding(failure, while_loading ? When::kImport : When::kCrash, raised_error(import, failure));
  finding.rule = rule::kErrorDropped;
  finding.message += "; the module drops that error and goes on without NumPy's C-API, so that the process dies ";
  finding.message += while_loading ? "when it uses " + name_of_use_at(q, import.use_behind.where) + ", while it loads"
                                   : "where it is used, be it while loading or later";
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
    if (import.wrapper == Wrapper::kCleared) continue;  // it loads
    if (import.wrapper == Wrapper::kDroppedDies && !pending) return dying_finding(import, *failure);
    if (import.wrapper != Wrapper::kDropped && import.wrapper != Wrapper::kDroppedDies) {
      return make_finding(*failure, When::kImport, as_seen(import, failure->error, q.context));
    }
    if (!pending) {
      dropped = &import;
      pending = failure;
    }
  }
  return pending ? std::optional(dropped_finding(q, *dropped, *pending)) : std::nullopt;
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

bool other_error(const Finding& a, const Finding& b) {
  return a.predicted_error && b.predicted_error &&
         (a.predicted_error->type != b.predicted_error->type ||
          a.predicted_error->message != b.predicted_error->message);
}

// A variable that the loader must find before anything of the module runs.
std::optional<Finding> missing_table_finding(const Question& q, bool certain) {
  const std::string remedy =
      "leave NO_IMPORT_ARRAY out in one file and call import_array() there, with the same PY_ARRAY_UNIQUE_SYMBOL in "
      "all";
  for (const SharedTable& table : q.facts.shared_tables) {
    if (table.refusal.empty() || table.may_come_from.empty() != certain) continue;
    const std::string what = "it takes " + table.name + ", a pointer to NumPy's C-API, from another library";
    if (certain) {
      Finding finding = make_finding(rule::kTableMissing, When::kImport,
                                     what + ", and nothing defines that: it does not load, with any NumPy", remedy);
      finding.predicted_error = PredictedError{"ImportError", table.refusal, nullptr};
      return finding;
    }
    return make_finding(rule::kTableMissing, When::kNone,
                        what + ", which nothing that was looked at defines; " + table.may_come_from +
                            " may, otherwise it does not load",
                        "check by importing the module, or " + remedy);
  }
  return std::nullopt;
}

std::optional<Finding> missing_table_rule(const Question& q) {
  return missing_table_finding(q, false);
}

OwnLoading own_loading(const Question& q) {
  if (auto missing = missing_table_finding(q, true)) return {std::move(missing), std::nullopt};
  auto size = first_size_finding(q);
  auto import = import_finding(q);
  if (size && !(q.facts.api_checked_before_sizes && import)) return {std::move(size->finding), size->index};
  return {import ? std::move(import) : library_finding(q), std::nullopt};
}

// Cython imports types, functions and variables of other modules in the order of the code, among NumPy's types and
// before the module's own body, where an author's import_array() stands. A module that would fail by itself in the very
// same way does not owe it to another one.
std::optional<Finding> first_of(const ModuleFacts& facts, OwnLoading own, std::optional<SiblingFailure> sibling) {
  if (!sibling) return std::move(own.finding);
  if (!own.finding) return std::move(sibling->finding);
  const bool refused = own.finding->rule == rule::kTableMissing;  // by the loader, before it imports anything
  const bool own_first =
      refused || (own.size_check ? *own.size_check < sibling->size_checks_before : facts.api_checked_before_sizes);
  return !own_first && other_error(*own.finding, sibling->finding) ? std::move(sibling->finding)
                                                                   : std::move(own.finding);
}

std::optional<Finding> load_rules(const Question& q) {
  OwnLoading own = own_loading(q);
  if (!q.context.sibling_failure) return std::move(own.finding);
  return first_of(q.facts, std::move(own), first_sibling_failure(q.facts, [&](const SiblingImport& sibling) {
                    return q.context.sibling_failure(sibling, q.numpy);
                  }));
}

// Who clears the error means to do without NumPy, or with what the table holds; whether a flag keeps the module from
// the table that stayed null is not followed.
std::optional<Finding> cleared_import_rule(const Question& q) {
  for (const CapsuleImport& import : q.facts.imports) {
    if (import.reach != Reach::kImport || import.wrapper != Wrapper::kCleared) continue;
    const auto failure = import_failure(import, q.numpy, q.context, q.facts.is_python2());
    if (!failure || failure->undecided) continue;
    Finding finding = make_finding(*failure, When::kNone, std::nullopt);
    finding.rule = rule::kErrorDropped;
    finding.severity = Severity::kWarning;
    finding.message +=
        "; the module clears that error and goes on without NumPy's C-API, and whether it then uses it "
        "all the same, of which the process would die, was not found out";
    return finding;
  }
  return std::nullopt;
}

std::optional<Finding> unread_finding(const ModuleFacts& facts) {
  if (facts.unknowns.empty()) return std::nullopt;
  const std::string_view id = facts.unreadable ? rule::kUnreadable : rule::kSizeUnknown;
  return make_finding(id, When::kNone, facts.unknowns.front(), "check by importing the module under this NumPy");
}

std::optional<Finding> unread_rule(const Question& q) {
  return unread_finding(q.facts);
}

// Nothing that NumPy has a part in, but what is said of such a module would be of one that never runs.
std::optional<Finding> machine_rule(const Question& q) {
  if (q.facts.machine_conflict.empty() || !q.facts.uses_numpy) return std::nullopt;
  return make_finding(rule::kOtherMachine, When::kNone, q.facts.machine_conflict,
                      "build it for the machine of the tag, or correct the tag");
}

// Each asks one kind of question; the first finding that says the module does not load ends the matter.
struct RuleFamily {
  std::optional<Finding> (*find)(const Question&);
  bool about_use;  // only of what happens to a module that has NumPy's C-API
};
constexpr RuleFamily kFamilies[] = {
    {load_rules, false},          {missing_table_rule, false},  {unread_rule, false},
    {machine_rule, false},        {cleared_import_rule, false}, {later_import_rule, true},
    {own_way_rule, true},         {empty_slot_rule, true},      {disabled_function_rule, true},
    {unfilled_table_rule, false}, {filled_outside_rule, false}, {dtype_rule, true}};

// Whether the process dies, with this NumPy, where the module first uses the C-API: nothing else comes to light then.
bool goes_on_without(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.rule == rule::kErrorDropped && finding.when == When::kCrash;
  });
}

// What was said of another module, as a finding about the one that imports it.
void tell_of_importer(Finding& finding) {
  const bool fails = finding.when != When::kNone;
  if (fails) finding.rule = rule::kSiblingFails;
  finding.message =
      "it imports " + std::string(base_name(finding.through.front())) +
      (finding.through.size() > 1 ? ", and through it " + std::string(base_name(finding.through.back())) : "") +
      (fails ? ", which does not load: " : ", which may not load: ") + finding.message;
}

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
  for (const RuleFamily& family : kFamilies) {
    if (family.about_use && goes_on_without(result.findings)) continue;
    auto finding = family.find(question);
    if (!finding) continue;
    const bool never_loads = finding->when == When::kImport;
    if (!finding->through.empty()) tell_of_importer(*finding);
    result.findings.push_back(std::move(*finding));
    if (never_loads) break;
  }
  result.verdict = verdict_of(result.findings);
  return result;
}

OwnLoading judge_own_loading(const ModuleFacts& facts, const NumpyRelease& numpy, const JudgeContext& context) {
  return own_loading({facts, numpy, context});
}

std::optional<SiblingFailure> first_sibling_failure(
    const ModuleFacts& facts, const std::function<std::optional<Finding>(const SiblingImport&)>& failure_of) {
  for (const SiblingImport& sibling : facts.sibling_imports) {
    if (auto failure = failure_of(sibling)) return SiblingFailure{std::move(*failure), sibling.size_checks_before};
  }
  return std::nullopt;
}

std::optional<Finding> judge_loading(const ModuleFacts& facts, const OwnLoading& own,
                                     std::optional<SiblingFailure> sibling) {
  auto finding = first_of(facts, own, std::move(sibling));
  if (finding && (finding->when == When::kImport || finding->when == When::kNone)) return finding;
  return unread_finding(facts);
}

std::string module_name_of(std::string_view path) {
  const std::size_t base = path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1;
  const std::size_t dot = path.find('.', base);
  std::string name(path.substr(0, dot));
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

}  // namespace abicheck
