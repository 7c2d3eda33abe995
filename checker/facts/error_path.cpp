#include "facts/error_path.h"

#include <algorithm>

#include "facts/failure_flow.h"
#include "facts/values.h"
#include "facts/version_compare.h"

namespace abicheck {

namespace {

constexpr std::size_t kMacroLength = 12;    // instructions between PyErr_Print and PyErr_SetString
constexpr std::size_t kMessageLength = 24;  // instructions from a message to its PyErr_Format

// `PyErr_Print(); PyErr_SetString(PyExc_ImportError, text)`, the body of every import_array and import_umath macro.
struct Macro {
  std::uint64_t print = 0;       // the call of PyErr_Print
  std::uint64_t set_string = 0;  // that of PyErr_SetString
  FunctionRange function;
  std::string text;
};

std::optional<Macro> macro_at(const Code& code, std::uint64_t print_site) {
  const auto print = code.decode_one(print_site);
  if (!print) return std::nullopt;
  Values values(code.machine(), code.image());
  std::uint64_t at = print->end();
  for (std::size_t steps = 0; steps < kMacroLength; ++steps) {
    const auto one = code.decode_one(at);
    if (!one) return std::nullopt;
    const bool merged_jump = one->operation == Operation::kJump && one->target != 0;
    if (one->operation == Operation::kCall || merged_jump) {
      const auto name = code.imported_name(*one, values);
      if (name && *name == "PyErr_SetString") {
        const FunctionRange function = code.function_around(print_site);
        Value text = values.at_callee(*one).argument(1);
        // Two macros that share their tail keep the text in a register that PyErr_Print preserves.
        if (!text.is_address()) text = code.values_in_function(one->address).argument(1);
        const auto known = text.is_address() ? code.image().string_at(text.value) : std::nullopt;
        return Macro{print_site, one->address, function, std::string(known.value_or(""))};
      }
      const bool comes_back = one->piece != nullptr && one->piece->returns();
      if (!merged_jump && !comes_back) return std::nullopt;
      if (comes_back) values.apply(*one);
      at = comes_back ? one->end() : one->target;
      continue;
    }
    if (one->ends_block()) return std::nullopt;
    values.apply(*one);
    at = one->end();
  }
  return std::nullopt;
}

// Where the function that a reference loads the address of is called: `mov rax,[slot]; call rax`.
std::optional<std::uint64_t> call_behind_load(const Code& code, std::uint64_t load, std::string_view name) {
  constexpr std::size_t kMost = 8;
  for (const Instruction& one : code.straight_from(load, kMost)) {
    if (one.operation == Operation::kCall)
      return code.imported_name(one) == name ? std::optional(one.address) : std::nullopt;
  }
  return std::nullopt;
}

std::vector<Macro> find_macros(const Code& code) {
  std::vector<Macro> macros;
  const std::string name = "PyErr_Print";
  for (const Reference& reference : code.references_to_symbol(name)) {
    const bool call = reference.kind == Reference::Kind::kCall || reference.kind == Reference::Kind::kCallThrough;
    const bool load = reference.kind == Reference::Kind::kLoad;
    if (!call && !load) continue;
    const auto site = call ? std::optional(reference.site) : call_behind_load(code, reference.site, name);
    if (!site) continue;
    if (auto macro = macro_at(code, *site)) macros.push_back(std::move(*macro));
  }
  return macros;
}

bool names_table(std::string_view text, CapsuleImport::Table table) {
  const bool umath = text.find("umath failed") != std::string_view::npos;
  const bool multiarray = text.find("multiarray failed") != std::string_view::npos;
  return table == CapsuleImport::Table::kUfunc ? !multiarray : !umath;
}

// A macro whose text differs from way to way: the one of the texts its function refers to that names the table.
Macro name_by_reference(const ModuleContext& context, Macro macro, CapsuleImport::Table table) {
  for (const MarkerReference& reference : context.references) {
    const bool here = reference.marker == Marker::kImportFailed && reference.function.begin == macro.function.begin;
    if (here && names_table(reference.text, table)) macro.text = reference.text;
  }
  return macro;
}

// Cython's inline import_array raises an ImportError whose text is one of the module's string constants, which no
// instruction names; the pxd of NumPy 2 spells it with the underscore.
std::string cython_text(const ModuleContext& context, CapsuleImport::Table table) {
  const std::string_view part =
      table == CapsuleImport::Table::kUfunc ? "umath failed to import" : "multiarray failed to import";
  for (std::string_view package : {"numpy._core.", "numpy.core."}) {
    for (const MarkerText& text : context.texts) {
      if (text.marker == Marker::kImportFailed && text.text == std::string(package) + std::string(part))
        return std::string(text.text);
    }
  }
  // Cython 3.1 and later keep all string constants in one run of text without terminators.
  for (std::string_view package : {"numpy._core.", "numpy.core."}) {
    const std::string text = std::string(package) + std::string(part);
    if (data_contains(context.image(), text)) return text;
  }
  return {};
}

// Cython 3.2 and later may compress the string constants. The texts stand in the pxd that is installed with the
// headers, and Cython no longer brings one of its own (removed in 3.1), so the headers' generation decides.
std::string cython_text_of_headers(bool numpy2_headers, CapsuleImport::Table table) {
  const std::string package = numpy2_headers ? "numpy._core." : "numpy.core.";
  return package + (table == CapsuleImport::Table::kUfunc ? "umath" : "multiarray") + " failed to import";
}

ErrorPath init_wrapper(const ModuleContext& context, ErrorPath inner) {
  // pybind11's module body is C++; what is thrown out of it becomes this ImportError (pybind11.h,
  // PYBIND11_CATCH_INIT_EXCEPTIONS).
  const bool pybind11 = context.generator == "pybind11" && data_contains(context.image(), "initialization failed");
  return pybind11 ? ErrorPath{Wrapper::kInitFailed, inner.text} : inner;
}

// With an exception pending, Boost.Python dies when it makes its first class: class_type() gets an error from
// PyType_Ready and hands a null base to the metaclass (libs/python/src/object/class.cpp). A class made before keeps it
// alive, and so does a function defined first, which clears the exception (add_to_namespace).
enum class NextStep { kUnknown, kMakesClass, kDefinesFunction };

// The first registration in [from, until) of `function` and of what it calls.
NextStep next_registration(const Code& code, std::uint64_t from, std::uint64_t until, const FunctionRange& function,
                           int depth) {
  constexpr int kDeepest = 8;
  for (const Instruction& one : code.function_code(function)) {
    if (one.address < from || one.address >= until ||
        (one.operation != Operation::kCall && one.operation != Operation::kJump))
      continue;
    if (const auto name = code.imported_name(one)) {
      const auto names = [&](std::string_view part) { return name->find(part) != std::string_view::npos; };
      if (names("python7objects10class_baseC") || names("python7objects9enum_baseC")) return NextStep::kMakesClass;
      if (names("scope_setattr_doc") || names("add_to_namespace")) return NextStep::kDefinesFunction;
    }
    const std::uint64_t target = code.own_target(one);
    const FunctionRange* callee = target == 0 ? nullptr : code.function_at(target);
    if (callee == nullptr || callee->begin == function.begin || depth == kDeepest) continue;
    const NextStep inside = next_registration(code, target, callee->end, *callee, depth + 1);
    if (inside != NextStep::kUnknown) return inside;
  }
  return NextStep::kUnknown;
}

ErrorPath dropped(const ModuleContext& context, const std::string& text, std::uint64_t call,
                  const FunctionRange& function) {
  const std::uint64_t behind = call + 1;
  if (context.generator != "boost-python") return {Wrapper::kDropped, text, call};
  const bool has_class =
      next_registration(context.code, function.begin, behind - 1, function, 0) == NextStep::kMakesClass;
  const bool dies =
      !has_class && next_registration(context.code, behind, function.end, function, 0) == NextStep::kMakesClass;
  return {dies ? Wrapper::kDroppedDies : Wrapper::kDropped, text, call};
}

// The place of `function` in the chain; its length when it is no link of it.
std::size_t link_of(const Way& way, const FunctionRange& function) {
  const auto found =
      std::find_if(way.chain.begin(), way.chain.end(), [&](const auto& f) { return f.begin == function.begin; });
  return static_cast<std::size_t>(found - way.chain.begin());
}

// Follows the failure of `function`, a link of the chain, up to the entry: the first caller that does not look at the
// result drops it.
std::optional<ErrorPath> dropped_by_caller(const ModuleContext& context, const FunctionRange& function,
                                           const std::string& text, const Way& way, Aftermath after) {
  for (std::size_t i = link_of(way, function); i + 1 < way.chain.size() && after != Aftermath::kUnclear; ++i) {
    const FunctionRange& caller = way.chain[i + 1];
    const std::vector<std::uint64_t> sites = call_sites(context.code, caller, way.chain[i]);
    for (std::uint64_t site : sites) {
      const bool ignored = after == Aftermath::kReturnsNothing || result_is_ignored(context.code, site);
      if (ignored) return dropped(context, text, site, caller);
    }
    // The caller looks at the result; whether it hands the failure on, or throws, decides about its own caller.
    after = sites.empty() ? Aftermath::kUnclear : aftermath_of_failed_call(context.code, sites.front());
  }
  return std::nullopt;
}

// Where the function that holds the macro goes on when the import succeeded: behind the inlined check, or behind the
// call of it.
std::vector<std::uint64_t> successes_around(const ModuleContext& context, const Macro& macro,
                                            const std::vector<FunctionRange>& bodies, const Way& way) {
  std::vector<std::uint64_t> successes = read_table_check(context.code, bodies, context.abi).successes;
  const std::size_t link = link_of(way, macro.function);
  if (link == 0 || link == way.chain.size()) return successes;
  for (std::uint64_t site : call_sites(context.code, way.chain[link], way.chain[link - 1])) {
    if (const auto point = success_behind(context.code, site, macro.print)) successes.push_back(*point);
  }
  return successes;
}

ErrorPath judge_macro(const ModuleContext& context, const Macro& macro, const std::vector<FunctionRange>& bodies,
                      const Way& way) {
  const bool in_entry = way.entry != nullptr && macro.function.holds(way.entry->address);
  const Aftermath after = aftermath(context.code, macro.set_string, successes_around(context, macro, bodies, way));
  if (after == Aftermath::kGoesOn) return dropped(context, macro.text, macro.set_string, macro.function);
  if (in_entry && after == Aftermath::kReturnsZero && way.entry->kind == EntryPoint::Kind::kExecSlot)
    return {Wrapper::kUnreported, macro.text};
  if (in_entry && after == Aftermath::kReturnsModule && way.entry->kind == EntryPoint::Kind::kInit)
    return {Wrapper::kUnreportedByInit, macro.text};
  if (in_entry && after == Aftermath::kReturnsNothing && !context.python2) return {Wrapper::kDropped, macro.text};
  if (auto path = dropped_by_caller(context, macro.function, macro.text, way, after)) return *path;
  return init_wrapper(context, {Wrapper::kReplaced, macro.text});
}

// Whether a caller answers the failure with PyErr_Clear().
bool cleared_by_caller(const ModuleContext& context, const FunctionRange& function, const Way& way) {
  for (std::size_t i = link_of(way, function); i + 1 < way.chain.size(); ++i) {
    for (std::uint64_t site : call_sites(context.code, way.chain[i + 1], way.chain[i])) {
      if (aftermath_of_failed_call(context.code, site) == Aftermath::kClears) return true;
    }
  }
  return false;
}

// The call, or tail call, of PyErr_Format to which the message loaded at `message` goes, through shared tails.
std::optional<Instruction> call_behind_message(const Code& code, std::uint64_t message) {
  std::uint64_t at = message;
  for (std::size_t steps = 0; steps < kMessageLength; ++steps) {
    const auto one = code.decode_one(at);
    if (!one || one->operation == Operation::kReturn) return std::nullopt;
    const bool leaves = one->operation == Operation::kJump && (one->target == 0 || code.imported_name(*one));
    if (one->operation == Operation::kCall || leaves) return one;
    at = one->operation == Operation::kJump ? one->target : one->end();
  }
  return std::nullopt;
}

// No macro: the code calls _import_array() itself and looks at what it returns, or does not.
ErrorPath judge_raw(const ModuleContext& context, std::uint64_t message, const std::vector<FunctionRange>& bodies,
                    const Way& way) {
  if (const auto format = call_behind_message(context.code, message)) {
    const Aftermath after =
        aftermath(context.code, format->address, read_table_check(context.code, bodies, context.abi).successes);
    const FunctionRange function = context.code.function_around(message);
    if (after == Aftermath::kClears || cleared_by_caller(context, function, way)) return {Wrapper::kCleared, ""};
    if (after == Aftermath::kGoesOn) return dropped(context, "", format->address, function);
    if (auto path = dropped_by_caller(context, function, "", way, after)) return *path;
  }
  return init_wrapper(context, {Wrapper::kRaw, ""});
}

}  // namespace

ErrorPath find_error_path(const ModuleContext& context, std::uint64_t message, const std::vector<FunctionRange>& bodies,
                          const Way& way, CapsuleImport::Table table) {
  if (table == CapsuleImport::Table::kArray) {
    for (const MarkerText& text : context.texts) {
      if (text.marker == Marker::kAutoGenerated) return {Wrapper::kAutoGenerated, std::string(text.text)};
    }
  }
  std::vector<FunctionRange> functions = bodies;
  functions.insert(functions.end(), way.chain.begin(), way.chain.end());
  for (const Macro& macro : find_macros(context.code)) {
    const bool on_the_way =
        std::any_of(functions.begin(), functions.end(), [&](const auto& f) { return f.begin == macro.function.begin; });
    if (!on_the_way) continue;
    const Macro named = macro.text.empty() ? name_by_reference(context, macro, table) : macro;
    if (!named.text.empty() && names_table(named.text, table)) return judge_macro(context, named, bodies, way);
  }
  // The pxd's import_array() is `try: ... except Exception: raise ImportError`. Without that, a declaration of the
  // author's own is called.
  if (context.generator == "cython" && !context.code.references_to_symbol("PyExc_Exception").empty()) {
    std::string text = cython_text(context, table);
    // Cython 3.2, Utility/StringTools.c.
    if (text.empty() && contains(context.image().bytes, "cannot initialise module strings"))
      text = cython_text_of_headers(context.has_text(Marker::kPathUnderscoreCore), table);
    if (!text.empty()) return {Wrapper::kReplaced, text};
  }
  return judge_raw(context, message, bodies, way);
}

}  // namespace abicheck
