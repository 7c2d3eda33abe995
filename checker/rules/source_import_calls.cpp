// Calls of import_array() and its kin: their result, the function that they stand in, headers that leave them out.
#include <algorithm>

#include "base/text.h"
#include "rules/rule_table.h"
#include "rules/source_rules.h"

namespace abicheck {

namespace {

constexpr std::string_view kNoImport[] = {"NO_IMPORT_ARRAY", "NO_IMPORT", "NO_IMPORT_UFUNC"};
constexpr std::string_view kNames[] = {"import_array",           "import_array1",         "import_array2",
                                       "_import_array",          "import_umath",          "import_umath1",
                                       "import_umath2",          "_import_umath",         "import_ufunc",
                                       "PyArray_ImportNumPyAPI", "PyUFunc_ImportUFuncAPI"};

bool is_cplusplus(std::string_view path) {
  return !path.ends_with(".c");
}

const SwitchDefine* without_import(const SourceObservations& seen) {
  const auto found = std::find_if(seen.defines.begin(), seen.defines.end(),
                                  [](const SwitchDefine& define) { return is_one_of(define.name, kNoImport); });
  return found == seen.defines.end() ? nullptr : &*found;
}

std::string quoted_name(const SourceDiagnostic& error) {
  return error.quoted.empty() ? "import_array" : error.quoted.front();
}

void left_out(const SourceQuestion& question, std::vector<Finding>& findings) {
  const SwitchDefine* define = without_import(question.seen);
  for (const SourceDiagnostic& error : question.seen.diagnostics) {
    if (define == nullptr || !is_left_out_import(error, question.seen)) continue;
    Finding finding = finding_at(rule::kImportElsewhere, error.place, quoted_name(error), Severity::kError);
    finding.when = When::kBuild;
    const std::string where =
        define->place.file.empty() ? "" : " at " + define->place.file + ":" + std::to_string(define->place.line);
    finding.message = "NumPy's headers do not declare " + quoted_name(error) + " where " + define->name +
                      " is defined, as it is" + where;
    finding.remedy = "call it in the one file of the module that does not define " + define->name;
    findings.push_back(std::move(finding));
    return;
  }
}

// A function that returns nothing leaves it to its caller to ask PyErr_Occurred().
bool caller_asks(const ImportCall& call, const SourceObservations& seen) {
  return std::any_of(seen.nodes.begin(), seen.nodes.end(), [&](const SourceNode& node) {
    return node.looks_at_errors &&
           std::find(node.leads_to.begin(), node.leads_to.end(), call.node) != node.leads_to.end();
  });
}

void ignored(const ImportCall& call, const SourceObservations& seen, std::vector<Finding>& findings) {
  if (!call.ignored || caller_asks(call, seen)) return;
  Finding finding = finding_at(rule::kImportIgnored, call.place, call.name, Severity::kWarning);
  finding.when = When::kFirstUse;
  finding.message = "nothing looks at the result of " + call.name +
                    "(): where NumPy refuses, this goes on with an exception set and without its C-API";
  // What one of the user's own functions returns is the user's matter: often NULL, always.
  finding.remedy = (is_one_of(call.name, kNames) ? "if (" + call.name + "() < 0)"
                                                 : "behind " + call.name + "(), if (PyErr_Occurred())") +
                   " return the function's own error value";
  findings.push_back(std::move(finding));
}

void returns(const ImportCall& call, const SourceQuestion& question, std::vector<Finding>& findings) {
  if (call.macro_returns != "nothing" && call.macro_returns != "number") return;
  const bool cplusplus = is_cplusplus(question.unit.path);
  const bool refused = call.macro_returns == "nothing" && cplusplus;
  // In C++ a number takes NULL for 0, which is what such functions return to say that something failed.
  if (cplusplus && !refused && !call.zero_is_success) return;
  Finding finding =
      finding_at(rule::kImportReturns, call.place, call.name, refused ? Severity::kError : Severity::kWarning);
  finding.when = refused || !call.zero_is_success ? When::kBuild : When::kFirstUse;
  const std::string inside = call.name + "() returns NULL from " + call.function + "(), which returns " + call.returns;
  finding.message = refused                ? inside + ": no C++ compiler accepts it"
                    : call.zero_is_success ? inside + ": 0 is also what it returns where nothing failed"
                                           : inside + ": clang and gcc 14 refuse it";
  const bool umath = call.name.find("umath") != std::string::npos || call.name.find("ufunc") != std::string::npos;
  finding.remedy = std::string("use ") + (umath ? "import_umath1" : "import_array1") + "(" +
                   (call.macro_returns == "nothing" ? "" : "the value that says that it failed") + ")";
  findings.push_back(std::move(finding));
}

}  // namespace

bool is_returned_by_import(const SourceDiagnostic& error, const SourceObservations& seen) {
  return std::any_of(seen.imports.begin(), seen.imports.end(), [&](const ImportCall& call) {
    const bool misfit = call.macro_returns == "nothing" || call.macro_returns == "number";
    return misfit && call.place == error.place;
  });
}

bool is_left_out_import(const SourceDiagnostic& error, const SourceObservations& seen) {
  if (without_import(seen) == nullptr || error.text.find("undeclared") == std::string::npos) return false;
  return std::any_of(error.quoted.begin(), error.quoted.end(),
                     [](const std::string& name) { return is_one_of(name, kNames); });
}

void import_call_rule(const SourceQuestion& question, std::vector<Finding>& findings) {
  left_out(question, findings);
  for (const ImportCall& call : question.seen.imports) {
    ignored(call, question.seen, findings);
    returns(call, question, findings);
  }
}

}  // namespace abicheck
