// What functions do with the arrays that NumPy makes for them: whether they look if there is one, and whether they end
// what WRITEBACKIFCOPY began.
#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "rules/rule_table.h"
#include "rules/source_names.h"
#include "rules/source_rules.h"

namespace abicheck {

namespace {

// They fail for what they are given; the others in the second list only without memory, or with a wrong shape.
constexpr std::string_view kConverting[] = {"PyArray_FromAny",    "PyArray_CheckFromAny", "PyArray_FromArray",
                                            "PyArray_FromBuffer", "PyArray_FromString",   "PyArray_FromFile",
                                            "PyArray_FromIter",   "PyArray_CastToType",   "PyArray_FromArrayAttr",
                                            "PyArray_Newshape",   "PyArray_Reshape"};
constexpr std::string_view kAllocating[] = {"PyArray_New",          "PyArray_NewFromDescr", "PyArray_Zeros",
                                            "PyArray_Empty",        "PyArray_NewLikeArray", "PyArray_NewCopy",
                                            "PyArray_MultiIterNew", "PyArray_IterNew",      "PyArray_IterAllButAxis",
                                            "PyArray_Arange",       "PyArray_ArangeObj"};

std::string line_text(const SourcePlace& place) {
  return "line " + std::to_string(place.line);
}

// The flags among the arguments.
std::optional<std::int64_t> flags_of(const ArrayMade& made) {
  const std::size_t index = made.api == "PyArray_FromArray" ? 2 : 4;
  if (made.api != "PyArray_FromArray" && made.api != "PyArray_FromAny" && made.api != "PyArray_CheckFromAny")
    return std::nullopt;
  return index < made.arguments.size() ? made.arguments[index] : std::nullopt;
}

}  // namespace

void unchecked_rule(const SourceQuestion& question, std::vector<Finding>& findings) {
  for (const ArrayMade& made : question.seen.arrays) {
    if (!made.trusted) continue;
    const bool converting = is_one_of(made.api, kConverting);
    if (!converting && !is_one_of(made.api, kAllocating)) continue;
    Finding finding;
    finding.rule = rule::kUnchecked;
    finding.severity = converting ? Severity::kWarning : Severity::kNote;
    finding.when = When::kCrash;
    finding.message = made.variable + " may be NULL here, where " + made.trusted_by +
                      " reads it: nothing looked at what " + made.name + " returned in " + line_text(made.place);
    finding.remedy = "return or go to the error path when it is NULL";
    finding.place = made.trusted;
    finding.symbol = made.name;
    findings.push_back(std::move(finding));
  }
}

bool loses_writeback(const CName& name, const SourceQuestion& question) {
  const AbiDatabase& database = question.database;
  const auto old = database.c_name("NPY_ARRAY_UPDATEIFCOPY");
  const auto writeback = database.constant("NPY_ARRAY_WRITEBACKIFCOPY", question.release);
  if (!old || old->removed.empty() || !writeback || !AbiDatabase::is_from(question.release, old->removed)) return false;
  const auto bit = database.constant(old->name, old->since);
  const auto before = database.constant(name.name, name.since);
  const auto now = database.constant(name.name, question.release);
  return bit && before && now && (*before & *bit) != 0 && (*now & (*bit | *writeback)) == 0;
}

namespace {

void judge_ending(const ArrayMade& made, std::int64_t writeback, std::vector<Finding>& findings) {
  const auto flags = flags_of(made);
  if (!made.left || !flags || (*flags & writeback) == 0) return;
  Finding finding;
  finding.rule = rule::kWriteback;
  finding.severity = Severity::kWarning;
  finding.when = When::kFirstUse;
  finding.message = made.variable +
                    " is a copy that is to be written back (WRITEBACKIFCOPY), and the function ends in " +
                    line_text(*made.left) +
                    " with neither PyArray_ResolveWritebackIfCopy nor "
                    "PyArray_DiscardWritebackIfCopy: NumPy warns when it is deleted, and PyPy never writes it back";
  finding.remedy =
      "call PyArray_ResolveWritebackIfCopy before the last Py_DECREF, PyArray_DiscardWritebackIfCopy on errors";
  finding.place = made.place;
  finding.symbol = made.name;
  findings.push_back(std::move(finding));
}

}  // namespace

void writeback_rule(const SourceQuestion& question, std::vector<Finding>& findings) {
  if (const auto writeback = question.database.constant("NPY_ARRAY_WRITEBACKIFCOPY", question.release)) {
    for (const ArrayMade& made : question.seen.arrays) judge_ending(made, *writeback, findings);
  }
  for (const NameUse& use : question.seen.uses) {
    if (use.kind != "macro" || use.guarded) continue;
    const auto name = question.database.c_name(use.name);
    if (!name || !loses_writeback(*name, question)) continue;
    Finding finding;
    finding.rule = rule::kWriteback;
    finding.severity = Severity::kWarning;
    finding.when = When::kFirstUse;
    finding.message = use.name + " has not written copies back since " +
                      numpy_of(question.database.c_name("NPY_ARRAY_UPDATEIFCOPY")->removed) +
                      ": where the argument has to be copied, what is written to the array is lost";
    finding.remedy = remedy_for(*name, "", question.database) + ", and end it with PyArray_ResolveWritebackIfCopy";
    finding.place = use.place;
    finding.symbol = use.name;
    findings.push_back(std::move(finding));
  }
}

}  // namespace abicheck
