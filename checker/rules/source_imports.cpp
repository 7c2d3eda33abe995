// import_array(): tables that nothing fills, that are filled where nothing leads to, and that another file fills.
#include <algorithm>

#include "rules/import_tables.h"
#include "rules/rule_table.h"
#include "rules/source_rules.h"

namespace abicheck {

namespace {

constexpr std::string_view kPlainArrays = "PyArray_API";
constexpr std::string_view kPlainUfuncs = "PyUFunc_API";

std::string left_out(const std::optional<std::string>& condition) {
  if (!condition) return "";
  return condition->empty()
             ? "; an import that this file names was not compiled with the macros of this scan"
             : "; an import stands behind " + *condition + ", and was not compiled with the macros of this scan";
}

std::string import_of(const TreeTable& table) {
  return table.ufunc ? "import_umath()" : "import_array()";
}

std::string text_of(const SourcePlace& place) {
  return place.file + ":" + std::to_string(place.line);
}

class Judge {
 public:
  Judge(const TreeQuestion& question, TreeFindings& findings)
      : question_(question), findings_(findings), tables_(question.units, question.tree, question.release) {}

  void run() {
    for (const TreeTable& table : tables_.all()) {
      if (table.doubtful) continue;
      if (!table.fills.empty()) {
        if (table.calls.empty()) continue;
        if (tables_.nothing_calls(table.fills)) {
          not_called(table, table.fills, Severity::kWarning);
        } else if (const auto early = tables_.read_before_import(table)) {
          called_too_late(table, *early);
        }
      } else if (!table.unused_fills.empty()) {
        if (!table.calls.empty()) not_called(table, table.unused_fills, Severity::kError);
      } else if (!table.calls.empty()) {
        never_filled(table);
      } else if (!table.versions.empty()) {
        version_unknown(table);
      }
    }
  }

 private:
  // What the user wrote of NumPy's: the inline function, or the name of the entry.
  std::string name_of(const TreeTable& table, const TableAccess& access) const {
    if (!access.through.empty()) return access.through;
    const auto slot = access.slot < 0 ? std::nullopt
                                      : question_.database.slot(table.ufunc, static_cast<std::uint32_t>(access.slot),
                                                                question_.release);
    return slot ? slot->name : table.symbol;
  }

  const std::string& path_of(std::size_t unit) const { return question_.units[unit].path; }

  Finding start(std::string_view rule, const TreeTable& table, const TreeAccess& use) const {
    Finding finding;
    finding.rule = rule;
    finding.when = When::kCrash;
    finding.place = use.access->place;
    finding.symbol = name_of(table, *use.access);
    return finding;
  }

  // A unit that runs together with this one and fills its own or another shared table of the same kind.
  const TreeAccess* filled_elsewhere(const TreeTable& table) const {
    for (const TreeTable& other : tables_.all()) {
      if (&other == &table || other.ufunc != table.ufunc) continue;
      for (const TreeAccess& fill : other.fills) {
        for (const std::size_t unit : table.units) {
          if (unit != fill.unit && tables_.are_joined(unit, fill.unit)) return &fill;
        }
      }
    }
    return nullptr;
  }

  void never_filled(const TreeTable& table) {
    const TreeAccess& first = table.calls.front();
    const TreeAccess* elsewhere = filled_elsewhere(table);
    Finding finding = start(elsewhere != nullptr ? rule::kImportElsewhere : rule::kImportMissing, table, first);
    const std::string name = finding.symbol + " is taken from " + table.symbol;
    const std::optional<std::string> condition = tables_.condition_of_import(table);
    if (table.owner) {
      finding.message = name + ", a pointer of this file's own that nothing in it fills";
    } else if (table.of_one_module) {
      finding.message = name + ", which this file defines for a module of its own and does not fill";
    } else if (table.is_defined) {
      finding.message = name + ", which no file fills";
    } else {
      finding.message = name + ", which this file expects from another one (NO_IMPORT_ARRAY) and no file defines";
      finding.rule = rule::kImportElsewhere;
      // Without a name of its own such a table never was of use: the compiler's command line may give it one.
      if (table.symbol == kPlainArrays || table.symbol == kPlainUfuncs) finding.severity = Severity::kWarning;
      finding.when = When::kImport;
      finding.predicted_error = PredictedError{"ImportError", "undefined symbol: " + table.symbol, nullptr};
    }
    if (elsewhere != nullptr) {
      const auto merged = [&](const TreeAccess& call) { return tables_.may_run_elsewhere(call); };
      if (table.owner && std::all_of(table.calls.begin(), table.calls.end(), merged))
        finding.severity = Severity::kWarning;
      finding.message += ": " + import_of(table) + " at " + text_of(elsewhere->access->place) + " fills another, " +
                         elsewhere->access->symbol;
      finding.remedy =
          "define the same PY_ARRAY_UNIQUE_SYMBOL in both files, and NO_IMPORT_ARRAY in the one that does "
          "not call " +
          import_of(table);
    } else if (condition) {
      finding.message += left_out(condition);
      finding.remedy = "call " + import_of(table) +
                       " in the module's init function whatever macros the build defines, or give the scan its macros "
                       "behind --";
    } else {
      if (table.owner || table.is_defined) finding.message += ": " + import_of(table) + " is missing";
      finding.remedy =
          "call " + import_of(table) + " in the module's init function" +
          (table.is_defined ? "" : ", in a file with this PY_ARRAY_UNIQUE_SYMBOL and without NO_IMPORT_ARRAY");
    }
    if (condition) finding.severity = Severity::kWarning;
    add(first.unit, std::move(finding));
  }

  // The reads are of what NumPy 2 put elsewhere, and without a version the headers take NumPy 1's places.
  void version_unknown(const TreeTable& table) {
    const TreeAccess& first = table.versions.front();
    Finding finding = start(rule::kImportMissing, table, first);
    const bool inside = !first.access->through.empty();
    if (!inside) finding.symbol = "PyArray_RUNTIME_VERSION";
    const std::optional<std::string> condition = tables_.condition_of_import(table);
    finding.severity = inside && !condition ? Severity::kError : Severity::kWarning;
    finding.when = When::kFirstUse;
    finding.message = finding.symbol + (inside ? " looks at PyArray_RUNTIME_VERSION, which is 0" : " is 0") +
                      " because nothing here calls import_array(): NumPy is taken for one of the 1.x series" +
                      left_out(condition);
    finding.remedy = "call import_array() in the module's init function, or PyArray_ImportNumPyAPI() before";
    add(first.unit, std::move(finding));
  }

  void not_called(const TreeTable& table, const std::vector<TreeAccess>& fills, Severity severity) {
    const TreeAccess& fill = fills.front();
    Finding finding = start(rule::kImportNotReached, table, fill);
    const SourceObservations* seen = nullptr;
    for (const auto& [headers, one] : question_.units[fill.unit].parsed) {
      if (headers == question_.release) seen = &one;
    }
    std::string function;
    for (const ImportCall& call : seen->imports) {
      if (call.place == fill.access->place) function = call.function;
    }
    finding.severity = severity;
    finding.symbol = function;
    const TreeAccess& use = table.calls.front();
    const std::string where = function.empty() ? "code" : function + "()";
    finding.message = import_of(table) + " stands " +
                      (fill.access->is_behind_return  ? "behind a return of " + where
                       : severity == Severity::kError ? "in " + where + ", which nothing calls"
                                                      : "in " + where + ", which nothing in this tree calls") +
                      ", and " + name_of(table, *use.access) + " at " + text_of(use.access->place) + " needs it";
    finding.remedy =
        fill.access->is_behind_return ? "call it in front of that return" : "call it from the module's init function";
    add(fill.unit, std::move(finding));
  }

  void called_too_late(const TreeTable& table, const TreeStep& early) {
    TableAccess access;
    access.place = early.step->place;
    access.slot = early.step->slot;
    Finding finding = start(rule::kImportNotReached, table, {early.unit, &access});
    const std::string import = import_of(table);
    finding.severity = Severity::kError;
    finding.message = finding.symbol + " is taken from " + table.symbol + " before " + import + " at " +
                      text_of(table.fills.front().access->place) + " fills it: " + early.init + "() comes here first";
    finding.remedy = "call " + import + " in front of it";
    add(early.unit, std::move(finding));
  }

  void add(std::size_t unit, Finding finding) { findings_.of_unit[unit].push_back(std::move(finding)); }

  const TreeQuestion& question_;
  TreeFindings& findings_;
  ImportTables tables_;
};

}  // namespace

void import_rule(const TreeQuestion& question, TreeFindings& findings) {
  Judge(question, findings).run();
}

}  // namespace abicheck
