// What compiles with the headers of one NumPy and not with those of the target: the compiler is the judge, the database
// says why.
#include <algorithm>
#include <iterator>
#include <set>

#include "rules/rule_table.h"
#include "rules/source_fixes.h"
#include "rules/source_lines.h"
#include "rules/source_names.h"
#include "rules/source_rules.h"

namespace abicheck {

namespace {

// Its macro I is in the way of many a variable.
constexpr std::string_view kComplexHeader = "complex.h";

constexpr std::string_view kNoMember = "no member named";
constexpr std::string_view kUndeclaredCall = "call to undeclared";

using Line = std::pair<std::string, unsigned>;

template <typename Placed>
Line line_of(const Placed& what) {
  return {what.place.file, what.place.line};
}

// Of headers with which a unit was parsed: the release, and what else tells them apart behind a blank.
std::string release_of(const std::string& headers) {
  return headers.substr(0, headers.find(' '));
}

std::set<Line> error_lines(const SourceObservations& seen) {
  std::set<Line> lines;
  for (const SourceDiagnostic& error : seen.diagnostics) {
    if (!is_returned_by_import(error, seen)) lines.insert(line_of(error));
  }
  return lines;
}

// Errors that are findings of the rules about import_array() and NPY_TARGET_VERSION.
bool is_told_elsewhere(const SourceDiagnostic& error, const SourceQuestion& question) {
  return is_returned_by_import(error, question.seen) || is_left_out_import(error, question.seen) ||
         is_target_too_high(error, question);
}

// 'struct _PyArray_Descr' -> PyArray_Descr, by which users and database know it.
std::string without_tag(std::string type) {
  for (const std::string_view word : {"struct ", "_"}) {
    if (type.starts_with(word)) type.erase(0, word.size());
  }
  return type;
}

// The name of NumPy that the message quotes. Of members clang names the structure too: no member named 'elsize' in
// 'struct _PyArray_Descr'.
std::optional<CName> name_in(const SourceDiagnostic& error, const AbiDatabase& database) {
  std::vector<std::string> names = error.quoted;
  if (error.text.starts_with(kNoMember) && error.quoted.size() == 2)
    names = {without_tag(error.quoted[1]) + "." + error.quoted[0]};
  for (const std::string& quoted : names) {
    if (const auto name = database.c_name(quoted)) return name;
  }
  return std::nullopt;
}

// A header that other releases have. Of other names only a parse with their headers tells: a project or Python itself
// may have what NumPy once had too.
bool is_header_that_went(const SourceDiagnostic& error, const SourceQuestion& question) {
  if (!error.text.ends_with("file not found")) return false;
  const auto name = name_in(error, question.database);
  return name && name->kind == "header" && !question.database.declares(*name, question.release);
}

// The name itself is not known here, whatever is done with it.
bool is_undeclared(const SourceDiagnostic& error) {
  constexpr std::string_view kBeginnings[] = {"use of undeclared", kUndeclaredCall, "unknown type name"};
  return std::any_of(std::begin(kBeginnings), std::end(kBeginnings),
                     [&](std::string_view beginning) { return error.text.starts_with(beginning); });
}

// A header is missing that is none of NumPy's, with whatever it declares.
bool lacks_others(const SourceQuestion& question) {
  return std::any_of(question.seen.diagnostics.begin(), question.seen.diagnostics.end(), [&](const auto& error) {
    return error.text.ends_with("file not found") && !name_in(error, question.database);
  });
}

// Text that other files include behind NumPy's headers: it shows nothing by itself.
bool is_part(const SourceQuestion& question) {
  const auto& errors = question.seen.diagnostics;
  if (!question.seen.feature_version &&
      std::any_of(errors.begin(), errors.end(), [](const auto& error) { return !error.is_only_a_warning; }))
    return true;
  return std::any_of(question.units.begin(), question.units.end(), [&](const ScannedUnit& unit) {
    return std::any_of(unit.parsed.begin(), unit.parsed.end(), [&](const auto& parsed) {
      const auto& included = parsed.second.included_sources;
      return std::find(included.begin(), included.end(), question.unit.path) != included.end();
    });
  });
}

// A call in C of what nothing declares, which many a compiler lets pass. NumPy has its functions in tables: no library
// has a symbol of such a name, and the module cannot be loaded.
bool is_unresolved_call(const SourceDiagnostic& error, const SourceQuestion& question) {
  if (!error.text.starts_with(kUndeclaredCall) || error.quoted.empty()) return false;
  const std::string& name = error.quoted.front();
  if (!question.database.is_slot(false, name) && !question.database.is_slot(true, name)) return false;
  const auto defines = [&](const SourceObservations& seen) {
    return std::any_of(seen.nodes.begin(), seen.nodes.end(), [&](const SourceNode& node) { return node.name == name; });
  };
  return !lacks_others(question) && !is_part(question) &&
         std::none_of(question.units.begin(), question.units.end(), [&](const ScannedUnit& unit) {
           return std::any_of(unit.parsed.begin(), unit.parsed.end(),
                              [&](const auto& parsed) { return defines(parsed.second); });
         });
}

// What NumPy is to blame for: errors in lines that compile with the headers of some other NumPy, and those about a name
// that such headers know there, whatever else is wrong with the line.
class Blame {
 public:
  explicit Blame(const SourceQuestion& question) : question_(question) {
    const std::set<Line> here = error_lines(question.seen);
    for (const auto& [headers, seen] : question.unit.parsed) {
      const std::set<Line> there = error_lines(seen);
      std::set_difference(here.begin(), here.end(), there.begin(), there.end(), std::inserter(lines_, lines_.end()));
    }
  }

  bool is_on(const SourceDiagnostic& error) const {
    return lines_.count(line_of(error)) != 0 || is_header_that_went(error, question_) || is_known_elsewhere(error) ||
           is_unresolved_call(error, question_);
  }

  // Whether some error that is not about NumPy keeps the line from compiling with any: what is wrong with NumPy's name
  // is then true, but not what the compiler stops at.
  bool fails_anyway(const SourceDiagnostic& error) const {
    if (lines_.count(line_of(error)) != 0) return false;
    const auto fails_with = [&](const std::string& text, const SourceObservations& seen) {
      return std::any_of(seen.diagnostics.begin(), seen.diagnostics.end(), [&](const SourceDiagnostic& other) {
        return !other.is_only_a_warning && other.text == text && line_of(other) == line_of(error) &&
               !name_in(other, question_.database);
      });
    };
    const auto& parsed = question_.unit.parsed;
    const auto other =
        std::find_if(parsed.begin(), parsed.end(), [&](const auto& one) { return &one.second != &question_.seen; });
    if (other == parsed.end()) return false;
    const auto& first = other->second.diagnostics;
    return std::any_of(first.begin(), first.end(), [&](const SourceDiagnostic& one) {
      return std::all_of(parsed.begin(), parsed.end(), [&](const auto& each) {
        return &each.second == &question_.seen || fails_with(one.text, each.second);
      });
    });
  }

 private:
  bool is_known_elsewhere(const SourceDiagnostic& error) const {
    if (!is_undeclared(error) && !error.text.starts_with(kNoMember)) return false;
    const auto name = name_in(error, question_.database);
    if (!name) return false;
    const bool hidden = !is_declared(*name, question_.release, question_.database);
    return std::any_of(question_.unit.parsed.begin(), question_.unit.parsed.end(), [&](const auto& parsed) {
      const auto& [headers, seen] = parsed;
      // What stands beside another error may be lost to the parse.
      const bool used = (hidden && question_.database.declares(*name, release_of(headers))) ||
                        std::any_of(seen.uses.begin(), seen.uses.end(), [&](const NameUse& use) {
                          return use.name == name->name && line_of(use) == line_of(error);
                        });
      return used && std::none_of(seen.diagnostics.begin(), seen.diagnostics.end(), [&](const SourceDiagnostic& other) {
               return line_of(other) == line_of(error) && other.text == error.text;
             });
    });
  }

  const SourceQuestion& question_;
  std::set<Line> lines_;
};

// "2.0" -> "2_0"
std::string underscored(std::string release) {
  std::replace(release.begin(), release.end(), '.', '_');
  return release;
}

// The first of NumPy's headers that is not there: whatever it would have declared is missing as well.
std::string missing_header(const SourceQuestion& question) {
  for (const SourceDiagnostic& error : question.seen.diagnostics) {
    if (error.text.ends_with("file not found") && !error.quoted.empty() && error.quoted[0].starts_with("numpy/"))
      return error.quoted[0];
  }
  return "";
}

// The header that took the name over from one that the source includes.
std::optional<NameHeader> other_header(const CName& name, const SourceDiagnostic& error,
                                       const SourceQuestion& question) {
  if (!is_undeclared(error) || !question.database.declares(name, question.release)) return std::nullopt;
  auto now = question.database.header_of(name.name, question.release);
  return now && !now->since.empty() ? now : std::nullopt;
}

// The source does not see it, whatever it would do with it.
bool is_absent(const SourceDiagnostic& error, const SourceQuestion& question) {
  return use_behind(error, question) != nullptr || error.text.starts_with(kNoMember) || is_undeclared(error);
}

// The lowest NPY_TARGET_VERSION that shows a name which these headers have; empty when that is not the reason.
std::string hidden_below(const CName& name, const SourceDiagnostic& error, const SourceQuestion& question) {
  const bool there = question.database.declares(name, question.release) && missing_header(question).empty();
  return there && is_absent(error, question) ? question.database.first_release_of_api(name.min_target) : "";
}

std::string why(const CName& name, const SourceDiagnostic& error, const SourceQuestion& question) {
  const std::string numpy = "NumPy " + minor_of_release(question.release);
  if (!question.database.is_from(question.release, name.since))
    return name.name + " is not in the headers of " + numpy + ": new in NumPy " + minor_of_release(name.since);
  if (!question.database.declares(name, question.release))
    return name.name + " is not in the headers of " + numpy + ": removed in NumPy " + minor_of_release(name.removed);
  const std::string header = missing_header(question);
  if (!header.empty()) return name.name + " is not declared without " + header + ", which " + numpy + " does not have";
  if (const std::string target = hidden_below(name, error, question); !target.empty())
    return name.name + " is declared by the headers of " + numpy + " only for NPY_TARGET_VERSION " + target +
           " and newer";
  if (!name.no_deprecated_api && is_absent(error, question))
    return name.name + " is not declared by the headers of " + numpy + " where NPY_NO_DEPRECATED_API is set";
  if (const auto other = other_header(name, error, question))
    return name.name + " is declared in " + other->header + " since NumPy " + minor_of_release(other->since) +
           ", and no longer by the headers that are included";
  if (is_undeclared(error)) return name.name + " is not declared by the headers that are included";
  return numpy + " declares " + name.name + " otherwise: " + error.text;
}

// Macros that took any pointer became functions: of C++ "no matching function for call to 'PyArray_DIMS'", of C
// "incompatible pointer types passing 'PyObject *' to parameter of type 'PyArrayObject *'".
std::string remedy_for_argument(const SourceDiagnostic& error) {
  const bool call = error.text.starts_with("no matching function for call to 'PyArray_");
  const bool parameter = error.text.find("parameter of type") != std::string::npos &&
                         error.text.find("PyArrayObject") != std::string::npos;
  return call || parameter ? "cast the argument to PyArrayObject *" : "";
}

// Whether the line does not compile either with headers that define the macro.
bool fails_with(const CName& macro, const SourceDiagnostic& error, const SourceQuestion& question) {
  const auto& parsed = question.unit.parsed;
  return std::any_of(parsed.begin(), parsed.end(), [&](const auto& one) {
    const auto& [headers, seen] = one;
    return question.database.declares(macro, release_of(headers)) && error_lines(seen).count(line_of(error)) != 0;
  });
}

// The innermost condition around the error that asks for a macro which these headers lack and others have.
const AbsentMacro* condition_around(const SourceDiagnostic& error, const SourceQuestion& question) {
  const AbsentMacro* innermost = nullptr;
  for (const AbsentMacro& one : question.seen.absent_macros) {
    const bool around =
        one.place.file == error.place.file && one.place.line < error.place.line && error.place.line < one.end;
    if (!around || (innermost != nullptr && one.place.line < innermost->place.line)) continue;
    const auto name = question.database.c_name(one.name);
    if (name && name->kind == "macro" && !question.database.declares(*name, question.release) &&
        !fails_with(*name, error, question))
      innermost = &one;
  }
  return innermost;
}

// The line is read only where NumPy does not define a macro.
void blame_condition(const AbsentMacro& condition, const SourceDiagnostic& error, const SourceQuestion& question,
                     Finding& finding) {
  const auto name = question.database.c_name(condition.name);
  finding.rule = rule::kNameMissing;
  finding.symbol = condition.name;
  finding.message = why(*name, error, question) + "; the condition in line " + std::to_string(condition.place.line) +
                    " asks for it, and what is read instead does not compile: " + error.text;
  finding.remedy = remedy_for(*name, "", question.database);
  if (finding.remedy.empty())
    finding.remedy =
        "ask in line " + std::to_string(condition.place.line) + " for what the code needs, not for " + condition.name;
}

Finding finding_for(const SourceDiagnostic& error, const SourceQuestion& question) {
  Finding finding;
  finding.severity = Severity::kError;
  finding.when = When::kBuild;
  finding.place = error.place;
  const NameUse* use = use_behind(error, question);
  // Where the rules tell of the name too that judge what compiles.
  if (use != nullptr) finding.place = use->place;
  const auto name = use != nullptr ? question.database.c_name(use->name) : name_in(error, question.database);
  const std::string numpy = "NumPy " + minor_of_release(question.release);
  if (!name) {
    if (const AbsentMacro* condition = condition_around(error, question)) {
      blame_condition(*condition, error, question, finding);
      return finding;
    }
    finding.rule = rule::kNotCompiled;
    const std::string header = missing_header(question);
    const std::string without = header.empty() ? "with the headers of " : "without " + header + ", which is not in ";
    finding.message = "does not compile " + without + numpy + ": " + error.text;
    finding.symbol = error.quoted.empty() ? "" : error.quoted.front();
    finding.remedy = remedy_for_argument(error);
    if (error.macro_header == kComplexHeader) {
      finding.symbol = error.macro;
      finding.message += "; " + error.macro + " is a macro of " + error.macro_header + ", which these headers include";
      finding.remedy = "rename it, or #undef " + error.macro + " behind NumPy's headers";
    }
    return finding;
  }
  finding.rule = name->kind == "header" ? rule::kHeaderMissing : rule::kNameMissing;
  if (!rule_of_member(name->name).empty()) finding.rule = rule_of_member(name->name);
  finding.symbol = name->name;
  finding.message = why(*name, error, question);
  if (error.text.starts_with(kUndeclaredCall) && missing_header(question).empty())
    finding.message += "; compilers that let the call pass leave a module that cannot be loaded";
  finding.remedy = remedy_for(*name, use != nullptr ? use->how : "", question.database);
  if (finding.remedy.empty()) finding.remedy = remedy_for_argument(error);
  if (const auto other = other_header(*name, error, question); other && finding.remedy.empty())
    finding.remedy = "include " + other->header;
  if (const std::string target = hidden_below(*name, error, question); finding.remedy.empty() && !target.empty())
    finding.remedy = "define NPY_TARGET_VERSION as NPY_" + underscored(target) + "_API_VERSION, and require NumPy " +
                     target + " to run it";
  add_fix(*finding.place, name->name, question, finding);
  return finding;
}

}  // namespace

void compile_rule(const SourceQuestion& question, std::vector<Finding>& findings) {
  const Blame blame(question);
  for (const SourceDiagnostic& error : question.seen.diagnostics) {
    if (!blame.is_on(error) || is_told_elsewhere(error, question)) continue;
    findings.push_back(finding_for(error, question));
    if (!blame.fails_anyway(error)) continue;
    findings.back().severity = Severity::kWarning;
    findings.back().when = When::kNone;
  }
}

const SourceDiagnostic* foreign_error(const SourceQuestion& question) {
  const Blame blame(question);
  const auto& all = question.seen.diagnostics;
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& error) {
    return !error.is_only_a_warning && !blame.is_on(error) && !is_told_elsewhere(error, question);
  });
  return found == all.end() ? nullptr : &*found;
}

Finding finding_at(std::string_view rule, SourcePlace place, std::string_view symbol, Severity severity, When when) {
  Finding finding;
  finding.rule = rule;
  finding.severity = severity;
  finding.when = when;
  finding.place = std::move(place);
  finding.symbol = symbol;
  return finding;
}

std::string minor_of_release(const std::string& release) {
  return release.substr(0, release.find('.', release.find('.') + 1));
}

}  // namespace abicheck
