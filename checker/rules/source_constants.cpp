// Constants of NumPy's that mean something else in another NumPy, or on another platform.
#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "rules/rule_table.h"
#include "rules/source_fixes.h"
#include "rules/source_names.h"
#include "rules/source_rules.h"

namespace abicheck {

namespace {

// The parameters for which NPY_MAXDIMS used to mean "all of the array, flattened", as axis=None does.
struct AxisParameter {
  std::string_view api;
  unsigned index;
};
constexpr std::string_view kConverter = "PyArray_AxisConverter";
constexpr AxisParameter kAxes[] = {
    {"PyArray_CheckAxis", 1},   {kConverter, 1},        {"PyArray_TakeFrom", 2},
    {"PyArray_Repeat", 2},      {"PyArray_ArgSort", 1}, {"PyArray_ArgPartition", 2},
    {"PyArray_Concatenate", 1}, {"PyArray_ArgMax", 1},  {"PyArray_ArgMin", 1},
    {"PyArray_Max", 1},         {"PyArray_Min", 1},     {"PyArray_Ptp", 1},
    {"PyArray_Mean", 1},        {"PyArray_Any", 1},     {"PyArray_All", 1},
    {"PyArray_Sum", 1},         {"PyArray_CumSum", 1},  {"PyArray_Prod", 1},
    {"PyArray_CumProd", 1},     {"PyArray_Std", 1},     {"PyArray_Compress", 2},
};

constexpr std::string_view kMostDimensions = "NPY_MAXDIMS";
constexpr std::string_view kRavel = "NPY_RAVEL_AXIS";

bool is_axis(const ApiArgument& argument) {
  return std::any_of(std::begin(kAxes), std::end(kAxes), [&](const AxisParameter& axis) {
    return axis.api == argument.api && axis.index == argument.index;
  });
}

// What is given for an axis; an axis that a variable gets says nothing of the value that it had before.
const ApiArgument* axis_among(const ConstantUse& use) {
  const std::vector<ApiArgument>& given = use.given;
  const auto found = std::find_if(given.begin(), given.end(), [&](const ApiArgument& argument) {
    if (use.role != "compared" && argument.api == kConverter) return false;
    return is_axis(argument);
  });
  return found == given.end() ? nullptr : &*found;
}

std::string told(const ConstantUse& use, const ApiArgument& axis) {
  const std::string name = use.name;
  if (use.role == "argument") return name + " is given to " + axis.api + " as the axis";
  if (use.role == "compared") return name + " is compared with an axis (of " + axis.api + ")";
  return name + " is the value of an axis that is given to " + axis.api;
}

void judge_axis(const ConstantUse& use, const ApiArgument& axis, const CName& ravel, const SourceQuestion& question,
                std::vector<Finding>& findings) {
  Finding finding = finding_at(rule::kMostDimensions, use.place, use.name);
  const bool here = AbiDatabase::is_from(question.release, ravel.since);
  finding.message = told(use, axis);
  finding.severity = !here ? Severity::kNote : use.role == "argument" ? Severity::kError : Severity::kWarning;
  if (here) finding.when = When::kFirstUse;
  const std::string since = numpy_of(ravel.since);
  if (!here) {
    finding.message += "; from " + since + " on it does not mean the flattened array";
  } else if (use.role == "compared") {
    finding.message += ", which is " + std::string(kRavel) + " for the flattened array since " + since;
  } else {
    finding.message += ": an axis out of bounds since " + since + ", where it used to mean the flattened array";
  }
  finding.remedy = "use " + std::string(kRavel) + " (of " + ravel.header + "; a copy of it, or #define " +
                   std::string(kRavel) + " NPY_MAXDIMS, serves older ones)";
  const bool axis_alone = std::all_of(use.given.begin(), use.given.end(), is_axis);
  if (axis_alone) add_fix(use.place, use.name, kRavel, question, finding);
  findings.push_back(std::move(finding));
}

}  // namespace

void axis_rule(const SourceQuestion& question, std::vector<Finding>& findings) {
  const auto ravel = question.database.c_name(kRavel);
  if (!ravel) return;
  for (const ConstantUse& use : question.seen.constants) {
    if (use.name != kMostDimensions || use.guarded) continue;
    if (const ApiArgument* axis = axis_among(use)) judge_axis(use, *axis, *ravel, question, findings);
  }
}

// An array of NPY_MAXDIMS elements is as long as the headers say, and modules do not load with a NumPy of another ABI:
// it is the project's own number that stays behind. Shorter ones are for arrays of which more is known.
void buffer_rule(const SourceQuestion& question, std::vector<Finding>& findings) {
  const AbiDatabase& database = question.database;
  const auto now = database.constant(kMostDimensions, question.release);
  const auto before = database.constant(kMostDimensions, database.minors().front().releases.front());
  if (!now || !before) return;
  for (const DimensionBuffer& buffer : question.seen.buffers) {
    if (buffer.length < *before || buffer.length >= *now) continue;
    Finding finding = finding_at(rule::kMostDimensions, buffer.place, kMostDimensions);
    finding.severity = Severity::kWarning;
    finding.when = When::kCrash;
    finding.message = buffer.variable + " has " + std::to_string(buffer.length) +
                      " elements and gets one for each dimension of an array, of which there can be " +
                      std::to_string(*now) + " in " + numpy_of(question.release);
    finding.remedy = "make it NPY_MAXDIMS long, or compare PyArray_NDIM with its length first";
    findings.push_back(std::move(finding));
  }
}

namespace {

constexpr std::string_view kLong = "NPY_LONG";
constexpr std::string_view kDefaultInteger = "NPY_DEFAULT_INT";
constexpr char kOnWindows[] =
    " on 64-bit Windows, where NPY_LONG has 32 bits and the integers of Python have 64 since ";

// The flags by which a function converts what it is given; empty for other functions and unknown flags.
std::optional<std::int64_t> conversion_flags(const ArrayMade& made) {
  if (!is_one_of(made.api, {"PyArray_FromAny", "PyArray_CheckFromAny"}) || made.arguments.size() < 5)
    return std::nullopt;
  return made.arguments[4];
}

void judge_conversion(const ArrayMade& made, const CName& integer, const SourceQuestion& question,
                      std::vector<Finding>& findings) {
  const auto flags = conversion_flags(made);
  const auto force = question.database.constant("NPY_ARRAY_FORCECAST", question.release);
  if (made.type != kLong || !flags || !force || (*flags & *force) != 0) return;
  Finding finding = finding_at(rule::kLongWidth, made.place, kLong);
  finding.severity = Severity::kWarning;
  finding.when = When::kFirstUse;
  finding.message =
      made.name + " refuses to convert arrays of Python's integers to NPY_LONG" + kOnWindows + numpy_of(integer.since);
  finding.remedy =
      "ask for NPY_INTP or NPY_INT64 and read it as npy_intp or npy_int64, or convert with NPY_ARRAY_FORCECAST";
  findings.push_back(std::move(finding));
}

void judge_reading(const ArrayMade& made, const CName& integer, std::vector<Finding>& findings) {
  if (made.type != kDefaultInteger || !is_one_of(made.read_as, {"long", "npy_long"})) return;
  Finding finding = finding_at(rule::kLongWidth, made.place, kDefaultInteger);
  finding.severity = Severity::kWarning;
  finding.when = When::kFirstUse;
  finding.message = "an array of NPY_DEFAULT_INT is read as " + made.read_as + ", which is wrong" + kOnWindows +
                    numpy_of(integer.since);
  finding.remedy = "ask for NPY_INTP and read it as npy_intp";
  findings.push_back(std::move(finding));
}

}  // namespace

void long_rule(const SourceQuestion& question, std::vector<Finding>& findings) {
  const auto integer = question.database.c_name(kDefaultInteger);
  if (!integer || !AbiDatabase::is_from(question.release, integer->since)) return;
  for (const ArrayMade& made : question.seen.arrays) {
    judge_conversion(made, *integer, question, findings);
    judge_reading(made, *integer, findings);
  }
  for (const ConstantUse& use : question.seen.constants) {
    if (use.name != kLong || use.role != "compared" || use.guarded) continue;
    Finding finding = finding_at(rule::kLongWidth, use.place, kLong);
    finding.severity = Severity::kNote;
    finding.message =
        std::string("arrays of Python's integers are not NPY_LONG") + kOnWindows + numpy_of(integer->since);
    finding.remedy = "look for NPY_INTP, NPY_INT64 or NPY_LONGLONG as well";
    findings.push_back(std::move(finding));
  }
}

}  // namespace abicheck
