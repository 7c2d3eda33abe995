#include "rules/use_rules.h"

#include <algorithm>
#include <utility>

#include "rules/rule_table.h"
#include "rules/wording.h"

namespace abicheck {

namespace {

// What comes of a member that is read where this NumPy has something else.
std::string consequence_of(const DescriptorRead& read) {
  if (read.effect == DescriptorRead::Effect::kStrides)
    return "arrays that it makes from a count or a dtype, without strides, get stride 0, so that all their items are "
           "one";
  if (read.member == "elsize") return "the item size of most dtypes (itemsize(), nbytes()) comes out as 0";
  if (read.member == "names") return "dtypes with fields come out as having none (has_fields())";
  if (read.member == "alignment") return "the alignment of dtypes comes out as 0 (alignment())";
  if (read.member == "flags") return "the flags of dtypes come out as 0 (flags())";
  return "values of dtypes come out wrong";
}

std::string place_of(const DescriptorRead& read) {
  if (read.member.empty()) return "";
  return "PyArray_Descr." + read.member + " where that has it, at offset " + std::to_string(read.offset);
}

// Members of dtypes that are read where the oldest NumPys have them; `reads` says who does, `remedy` what helps.
std::optional<Finding> layout_finding(const Question& q, std::string_view rule, const std::string& reads,
                                      const std::string& remedy) {
  const AbiHistory& history = q.context.history;
  const auto& all = q.facts.descriptor_reads;
  const auto of = [&](DescriptorRead::Status status) {
    return std::find_if(all.begin(), all.end(), [&](const DescriptorRead& read) { return read.status == status; });
  };
  const auto proven = of(DescriptorRead::Status::kProven);
  const auto undecided = of(DescriptorRead::Status::kUndecided);
  const bool known = q.numpy.elsize_offset && history.oldest_elsize_offset;
  if (known && q.numpy.elsize_offset == history.oldest_elsize_offset) return std::nullopt;
  if (proven == all.end() && undecided == all.end()) return std::nullopt;
  const std::string what = "it was built with " + reads + " of " + old_series(history);
  if (known && proven != all.end()) {
    return make_finding(rule, When::kFirstUse,
                        what + ", and reads " + place_of(*proven) + ": under NumPy " + q.numpy.version +
                            " it loads, and " + consequence_of(*proven) + ", without an error",
                        remedy + or_stay_below(history));
  }
  std::string why = "the database does not describe them for NumPy " + q.numpy.version;
  if (known) {
    why = undecided->member.empty() ? "what it reads of dtypes could not be recovered: " + undecided->evidence.how
                                    : "it may read " + place_of(*undecided) + " (" + undecided->evidence.how +
                                          "), so that " + consequence_of(*undecided);
  }
  return make_finding(rule, When::kNone, what + "; " + why,
                      "check by using the module under this NumPy, or " + remedy + or_stay_below(history));
}

// pybind11 compares the running NumPy's API version with that of the release that its message names.
std::optional<Finding> minimum_finding(const Question& q) {
  const std::string& release = q.facts.own_way_at_least;
  if (release.empty()) return std::nullopt;
  const auto least = q.context.api_from(release);
  if (least && q.numpy.api >= *least) return std::nullopt;
  return make_finding(rule::kPybind11TooOld, When::kFirstUse,
                      "it was built with pybind11, whose array support refuses NumPy older than " + release,
                      "require numpy>=" + release);
}

}  // namespace

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
  if (auto finding = minimum_finding(q)) return finding;
  switch (q.facts.own_way) {
    case OwnWay::kNone:
    case OwnWay::kPybind11:
    case OwnWay::kRust:
      return std::nullopt;
    case OwnWay::kPybind11Old:
      return layout_finding(q, rule::kPybind11Layout, "pybind11 older than 2.12, which knows the dtype structure",
                            "rebuild with pybind11 2.12 or newer");
    case OwnWay::kRustOld:
      return layout_finding(q, rule::kRustLayout, "rust-numpy older than 0.22, which knows the structures",
                            "rebuild with rust-numpy 0.22 or newer");
    case OwnWay::kPybind11Only1: {
      if (!q.other_abi()) return std::nullopt;
      Finding finding = make_finding(rule::kPybind11Only1, When::kFirstUse,
                                     "it was built with PYBIND11_NUMPY_1_ONLY and refuses NumPy " + q.numpy.version +
                                         " when it first meets an array",
                                     "rebuild without PYBIND11_NUMPY_1_ONLY" + or_stay_below(q.context.history));
      if (!q.facts.own_way_refusal.empty())
        finding.predicted_error = PredictedError{"RuntimeError", q.facts.own_way_refusal, nullptr};
      return finding;
    }
    case OwnWay::kForeign:
      return make_finding(rule::kForeignImport, When::kNone,
                          "it reaches for NumPy's C-API in a way that is not known here",
                          "check by using the module under this NumPy");
  }
  return std::nullopt;
}

// Places of a table that this NumPy leaves empty: calling one is calling address 0. Only what was compiled without
// asking for the running version gets here, such as the datetime accessors in the headers of NumPy 2.5.0.
std::optional<Finding> empty_slot_rule(const Question& q) {
  if (!q.context.slot_of) return std::nullopt;
  std::string names;
  for (const ApiSlotUse& use : q.facts.api_slots) {
    if (use.guarded || use.unused || q.context.slot_of(use, q.numpy.version)) continue;
    names += (names.empty() ? "" : ", ") + name_of(use);
  }
  if (names.empty()) return std::nullopt;
  return make_finding(
      rule::kEmptySlot, When::kCrash,
      "it uses " + names + " of NumPy's C-API, which NumPy " + q.numpy.version +
          " does not have: it loads, and the process dies where they are used",
      "require a NumPy that has them, or ask for PyArray_GetNDArrayCFeatureVersion() before using them");
}

// Functions that are in the table still, and do nothing but raise.
std::optional<Finding> disabled_function_rule(const Question& q) {
  for (const ApiSlotUse& use : q.facts.api_slots) {
    const auto found = q.numpy.disabled.find(use.name);
    if (use.guarded || use.unused || use.unfilled || found == q.numpy.disabled.end()) continue;
    const DisabledFunction& function = found->second;
    const std::string since = short_release(function.since);
    Finding finding = make_finding(
        rule::kDisabledFunction, When::kFirstUse,
        "it uses " + name_of(use) + " of NumPy's C-API, which only raises an error since NumPy " + since,
        (function.replacement.empty() ? "do without it" : "use " + function.replacement + " in its place") +
            ", or require numpy<" + since);
    if (!function.raises.type.empty())
      finding.predicted_error = PredictedError{function.raises.type, function.raises.text, nullptr};
    return finding;
  }
  return std::nullopt;
}

// A pointer to a table that stays null: import_array() is missing, or runs in a file whose PyArray_API is another.
std::optional<Finding> unfilled_table_rule(const Question& q) {
  std::string names;
  bool while_loading = false;
  bool missing[2] = {};  // by table
  for (const ApiSlotUse& use : q.facts.api_slots) {
    if (!use.unfilled) continue;
    while_loading |= use.while_loading;
    missing[static_cast<int>(use.table)] = true;
    names += (names.empty() ? "" : ", ") + name_of(use);
  }
  if (names.empty()) return std::nullopt;
  return make_finding(rule::kUnfilledTable, while_loading ? When::kImport : When::kCrash,
                      "it uses " + names + " of NumPy's C-API through a pointer that nothing fills: " +
                          (while_loading ? "the process dies while the module loads"
                                         : "it loads, and the process dies where they are used") +
                          ", with every NumPy",
                      std::string("call ") + (missing[0] ? "import_array()" : "") +
                          (missing[0] && missing[1] ? " and " : "") + (missing[1] ? "import_umath()" : "") +
                          " in the module's init function; in a module of several files define "
                          "PY_ARRAY_UNIQUE_SYMBOL in all of them and NO_IMPORT_ARRAY in all but that one");
}

// A pointer that stays null unless something outside calls a function by its name.
std::optional<Finding> filled_outside_rule(const Question& q) {
  if (!q.facts.python_module) return std::nullopt;
  const auto& all = q.facts.api_slots;
  const auto use = std::find_if(all.begin(), all.end(), [](const ApiSlotUse& one) { return !one.filled_by.empty(); });
  if (use == all.end()) return std::nullopt;
  return make_finding(rule::kFilledOutside, When::kNone,
                      "it uses " + name_of(*use) + " of NumPy's C-API, which only its exported function " +
                          use->filled_by.front() +
                          "() imports, and nothing here calls that: unless something else does, the process dies where "
                          "the C-API is used, with every NumPy",
                      "call import_array() in the module's init function");
}

// The functions of legacy dtypes got other numbers although no version changed; those of another release are refused.
std::optional<Finding> dtype_rule(const Question& q) {
  if (!q.facts.dtype_spec) return std::nullopt;
  const DtypeSpec& spec = *q.facts.dtype_spec;
  const std::string remedy = "rebuild with the headers of this NumPy, or require the NumPy it was built with";
  const std::vector<std::uint32_t>& known = q.numpy.dtype_functions;
  if (!spec.unknown_because.empty()) {
    return make_finding(rule::kDtypeFunctions, When::kNone, "it makes a DType of its own, and " + spec.unknown_because,
                        "check by using the module under this NumPy");
  }
  const auto has = [&](std::uint32_t number) { return std::binary_search(known.begin(), known.end(), number); };
  // Numbers of both kinds are chosen at run time.
  if (std::any_of(spec.functions.begin(), spec.functions.end(), has) || spec.functions.empty()) return std::nullopt;
  const std::string number = std::to_string(spec.functions.front());
  Finding finding = make_finding(rule::kDtypeFunctions, spec.reach == Reach::kImport ? When::kImport : When::kFirstUse,
                                 "it makes a DType of its own and names one of its functions by the number " + number +
                                     ", which NumPy " + q.numpy.version + " does not know",
                                 remedy);
  finding.predicted_error =
      PredictedError{"RuntimeError", "Invalid slot with value " + number + " passed in.", nullptr};
  return finding;
}

}  // namespace abicheck
