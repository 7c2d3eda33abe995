#include "facts/error_path.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "facts/constants.h"

namespace abicheck {

namespace {

constexpr std::size_t kMacroLength = 12;  // instructions between PyErr_Print and PyErr_SetString
constexpr std::size_t kPathLength = 64;   // instructions followed behind PyErr_SetString

bool holds(const FunctionRange& function, std::uint64_t address) {
  return address >= function.begin && address < function.end;
}

// `PyErr_Print(); PyErr_SetString(PyExc_ImportError, text)`, the body of every import_array and import_umath macro.
struct Macro {
  std::uint64_t set_string = 0;  // the call
  FunctionRange function;
  std::string text;
};

std::optional<Macro> macro_at(const Code& code, std::uint64_t print_site) {
  const auto print = code.decode_one(print_site);
  if (!print) return std::nullopt;
  Registers registers;
  std::uint64_t at = print->end();
  for (std::size_t steps = 0; steps < kMacroLength; ++steps) {
    const auto one = code.decode_one(at);
    if (!one) return std::nullopt;
    const bool merged_jump = one->operation == Operation::kJump && one->target != 0;
    if (one->operation == Operation::kCall || merged_jump) {
      const auto name = code.imported_name(*one);
      if (name && *name == "PyErr_SetString") {
        const auto text =
            registers.argument(1).is_address() ? code.image().string_at(registers.argument(1).value) : std::nullopt;
        if (!text) return std::nullopt;
        return Macro{one->address, code.function_around(print_site), std::string(*text)};
      }
      if (!merged_jump) return std::nullopt;
      at = one->target;
      continue;
    }
    if (one->ends_block()) return std::nullopt;
    registers.apply(*one);
    at = one->end();
  }
  return std::nullopt;
}

std::vector<Macro> find_macros(const Code& code) {
  const Code::Doors doors = code.doors_of_symbol("PyErr_Print");
  std::vector<std::uint64_t> targets = doors.slots;
  targets.insert(targets.end(), doors.stubs.begin(), doors.stubs.end());
  std::sort(targets.begin(), targets.end());
  std::vector<Macro> macros;
  for (const Reference& reference : code.references_to(targets)) {
    const bool call = reference.kind == Reference::Kind::kCall || reference.kind == Reference::Kind::kCallThrough;
    if (!call) continue;
    if (auto macro = macro_at(code, reference.site)) macros.push_back(std::move(*macro));
  }
  return macros;
}

// What happens behind the macro's PyErr_SetString.
enum class Aftermath {
  kReturnsZero,
  kReturnsValue,    // non-zero, or not known
  kReturnsNothing,  // eax is what PyErr_SetString left: a void function
  kGoesOn,          // other code of the init runs
};

Aftermath aftermath(const Code& code, std::uint64_t set_string) {
  const auto call = code.decode_one(set_string);
  if (!call) return Aftermath::kReturnsValue;
  if (call->operation == Operation::kJump) return Aftermath::kReturnsNothing;  // tail call of PyErr_SetString
  Registers registers;
  bool eax_written = false;
  std::uint64_t at = call->end();
  std::set<std::uint64_t> seen;
  for (std::size_t steps = 0; steps < kPathLength && seen.insert(at).second; ++steps) {
    const auto one = code.decode_one(at);
    if (!one) return Aftermath::kReturnsValue;
    if (one->operation == Operation::kReturn) {
      if (!eax_written) return Aftermath::kReturnsNothing;
      const Constant& result = registers[Register::rax];
      return result.is_number() && result.value == 0 ? Aftermath::kReturnsZero : Aftermath::kReturnsValue;
    }
    if (one->operation == Operation::kCall) {
      const auto name = code.imported_name(*one);
      const bool imports_next = name && (*name == "PyImport_ImportModule" || *name == "PyImport_Import");
      if (imports_next) return Aftermath::kGoesOn;
      eax_written = false;
    }
    if (one->operation == Operation::kJump) {
      if (one->target == 0 || code.imported_name(*one)) return Aftermath::kReturnsValue;
      at = one->target;
      continue;
    }
    if (one->written == Register::rax) eax_written = true;
    registers.apply(*one);
    at = one->end();
  }
  return Aftermath::kReturnsValue;
}

bool names_table(std::string_view text, CapsuleImport::Table table) {
  const bool umath = text.find("umath failed") != std::string_view::npos;
  const bool multiarray = text.find("multiarray failed") != std::string_view::npos;
  return table == CapsuleImport::Table::kUfunc ? !multiarray : !umath;
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
    if (contains(context.image().bytes, text)) return text;
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
  const bool pybind11 = context.generator == "pybind11" && contains(context.image().bytes, "initialization failed");
  return pybind11 ? ErrorPath{Wrapper::kInitFailed, inner.text} : inner;
}

// The calls from `caller` to `callee`, directly or through an exported name's stub.
std::vector<std::uint64_t> call_sites(const Code& code, const FunctionRange& caller, const FunctionRange& callee) {
  std::vector<std::uint64_t> sites;
  for (const Instruction& one : code.function_code(caller)) {
    if (one.operation == Operation::kCall && holds(callee, code.own_target(one))) sites.push_back(one.address);
  }
  return sites;
}

// Whether the code behind a call never looks at what the call returned.
bool result_is_ignored(const Code& code, std::uint64_t call_site) {
  constexpr std::size_t kLook = 12;
  const auto call = code.decode_one(call_site);
  if (!call) return false;
  for (const Instruction& one : code.straight_from(call->end(), kLook)) {
    const auto& [left, right] = one.operands;
    const auto names_result = [](const Operand& operand) {
      return operand.kind != Operand::Kind::kNone && (operand.reg == Register::rax || operand.index == Register::rax);
    };
    const bool only_written =
        one.written == Register::rax && left.is_register() && left.reg == Register::rax &&
        (one.operation == Operation::kZero ||
         ((one.operation == Operation::kMove || one.operation == Operation::kLea) && !names_result(right)));
    if (one.operation == Operation::kCall || only_written) return true;
    if (names_result(left) || names_result(right) || one.ends_block()) return false;
  }
  return false;
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
    const FunctionRange* callee = target == 0 ? nullptr : code.image().function_at(target);
    if (callee == nullptr || callee->begin == function.begin || depth == kDeepest) continue;
    const NextStep inside = next_registration(code, target, callee->end, *callee, depth + 1);
    if (inside != NextStep::kUnknown) return inside;
  }
  return NextStep::kUnknown;
}

ErrorPath dropped(const ModuleContext& context, const std::string& text, std::uint64_t behind,
                  const FunctionRange& function) {
  if (context.generator != "boost-python") return {Wrapper::kDropped, text};
  const bool has_class =
      next_registration(context.code, function.begin, behind - 1, function, 0) == NextStep::kMakesClass;
  const bool dies =
      !has_class && next_registration(context.code, behind, function.end, function, 0) == NextStep::kMakesClass;
  return {dies ? Wrapper::kDroppedDies : Wrapper::kDropped, text};
}

// Follows the failure from the macro's function up to the entry: the first caller that does not look at the result
// drops it.
std::optional<ErrorPath> dropped_by_caller(const ModuleContext& context, const Macro& macro, const Way& way,
                                           bool returns_nothing) {
  const auto at =
      std::find_if(way.chain.begin(), way.chain.end(), [&](const auto& f) { return f.begin == macro.function.begin; });
  if (at == way.chain.end()) return std::nullopt;
  for (auto callee = at; std::next(callee) != way.chain.end(); ++callee) {
    const FunctionRange& caller = *std::next(callee);
    for (std::uint64_t site : call_sites(context.code, caller, *callee)) {
      if (returns_nothing || result_is_ignored(context.code, site))
        return dropped(context, macro.text, site + 1, caller);
    }
    returns_nothing = false;
  }
  return std::nullopt;
}

ErrorPath judge_macro(const ModuleContext& context, const Macro& macro, const Way& way) {
  const bool in_entry = way.entry != nullptr && holds(macro.function, way.entry->address);
  const Aftermath after = aftermath(context.code, macro.set_string);
  if (after == Aftermath::kGoesOn) return dropped(context, macro.text, macro.set_string + 1, macro.function);
  if (in_entry && after == Aftermath::kReturnsZero && way.entry->kind == EntryPoint::Kind::kExecSlot)
    return {Wrapper::kUnreported, macro.text};
  if (in_entry && after == Aftermath::kReturnsNothing && !context.python2) return {Wrapper::kDropped, macro.text};
  if (auto path = dropped_by_caller(context, macro, way, after == Aftermath::kReturnsNothing)) return *path;
  return init_wrapper(context, {Wrapper::kReplaced, macro.text});
}

}  // namespace

ErrorPath find_error_path(const ModuleContext& context, const std::vector<FunctionRange>& bodies, const Way& way,
                          CapsuleImport::Table table) {
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
    if (on_the_way && names_table(macro.text, table)) return judge_macro(context, macro, way);
  }
  if (context.generator == "cython") {
    const std::string text = cython_text(context, table);
    return {Wrapper::kReplaced,
            text.empty() ? cython_text_of_headers(context.has_text(Marker::kPathUnderscoreCore), table) : text};
  }
  return init_wrapper(context, {Wrapper::kRaw, ""});
}

}  // namespace abicheck
