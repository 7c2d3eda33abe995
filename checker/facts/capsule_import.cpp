#include "facts/capsule_import.h"

#include <algorithm>

#include "base/add_once.h"
#include "base/hex.h"
#include "facts/error_path.h"
#include "facts/version_compare.h"

namespace abicheck {

namespace {

// One copy: the function that refers to the message (or, for the ufunc table, to the attribute) and the functions that
// belong to it because the compiler moved cold code or shared tails out of it.
struct Copy {
  const MarkerReference* message = nullptr;
  std::vector<FunctionRange> bodies;
  const Way* way = nullptr;
};

// The function itself, those that jump into it, and those with markers that it jumps into.
std::vector<FunctionRange> bodies_of(const ModuleContext& context, const FunctionRange& function) {
  std::vector<FunctionRange> bodies{function};
  for (const FunctionRange& jumper : context.reachability.jumpers_into(function)) bodies.push_back(jumper);
  for (const MarkerReference& other : context.references) {
    if (holds(bodies, other.site)) continue;
    const std::vector<FunctionRange> jumpers = context.reachability.jumpers_into(other.function);
    const bool ours =
        std::any_of(jumpers.begin(), jumpers.end(), [&](const auto& j) { return holds(bodies, j.begin); });
    if (ours) bodies.push_back(other.function);
  }
  return bodies;
}

const MarkerReference* reference_in(const ModuleContext& context, const std::vector<FunctionRange>& bodies,
                                    Marker marker) {
  for (const MarkerReference& reference : context.references) {
    if (reference.marker == marker && holds(bodies, reference.site)) return &reference;
  }
  return nullptr;
}

// The argument of the message and the compare must say the same.
Known<std::uint32_t> confirmed(Known<std::uint32_t> argument, const std::vector<VersionCompare>& compares,
                               const std::string& slot) {
  if (!argument.value) return argument;
  const auto agreeing =
      std::find_if(compares.begin(), compares.end(), [&](const auto& c) { return c.value == *argument.value; });
  if (agreeing != compares.end()) {
    argument.evidence.how += ", confirmed by the compare at " + hex(agreeing->site);
    return argument;
  }
  argument.unknown_because =
      compares.empty() ? "no compare with what " + slot + " returns was found to confirm " + hex(*argument.value)
                       : "the message says " + hex(*argument.value) + ", the compare at " + hex(compares.front().site) +
                             " says " + hex(compares.front().value);
  argument.value.reset();
  return argument;
}

// "(NumPy 1.20)" in the message of 2.x headers (NPY_FEATURE_VERSION_STRING).
std::string release_in(std::string_view message) {
  constexpr std::string_view kBefore = "(NumPy ";
  const std::size_t at = message.find(kBefore);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = message.substr(at + kBefore.size());
  return std::string(rest.substr(0, rest.find(')')));
}

void read_array_template(const ModuleContext& context, const Copy& copy, CapsuleImport& import) {
  const auto names = [&](Marker marker) { return reference_in(context, copy.bodies, marker) != nullptr; };
  const bool long_text = import.api_message.find("troubleshooting") != std::string::npos;
  import.replaces_missing_attribute = names(Marker::kArrayMissing);
  if (!import.api_numpy_text.empty()) {
    import.template_name = "A10-A12";
    import.module_paths = {"numpy._core._multiarray_umath", "numpy.core._multiarray_umath"};
  } else if (names(Marker::kPathMultiarrayUmath)) {
    import.template_name = !long_text ? "A6-A7" : import.replaces_missing_attribute ? "A8" : "A9";
    import.module_paths = {"numpy.core._multiarray_umath"};
  } else if (names(Marker::kPathMultiarray)) {
    const bool prefixed = import.api_message.find("0x%x") != std::string::npos;
    import.template_name = prefixed ? "A5" : import.replaces_missing_attribute ? "A4" : "A3";
    import.module_paths = {"numpy.core.multiarray"};
    if (import.replaces_missing_attribute) import.import_failure_text = "numpy.core.multiarray failed to import";
  }
}

std::string slot_name(std::optional<std::uint32_t> slot, const std::string& function) {
  return slot ? "slot " + std::to_string(*slot) + " (" + function + ")" : function;
}

CapsuleImport read_array_copy(const ModuleContext& context, const Copy& copy, const TableCheck& check) {
  CapsuleImport import;
  import.table = CapsuleImport::Table::kArray;
  import.attribute = "_ARRAY_API";
  import.evidence = {copy.message->site, "reference to the API version message"};
  import.api_message = copy.message->text;
  import.api_numpy_text = release_in(import.api_message);
  const KnownAbi& known = context.abi;
  import.api_version = confirmed(message_argument(check, copy.message->address), check.api_compares,
                                 slot_name(known.feature_version_slot, "PyArray_GetNDArrayCFeatureVersion"));
  if (const MarkerReference* message = reference_in(context, copy.bodies, Marker::kAbiMessage)) {
    import.abi_message = message->text;
    import.abi_version = confirmed(message_argument(check, message->address), check.abi_compares,
                                   slot_name(known.version_slot, "PyArray_GetNDArrayCVersion"));
  } else {
    import.abi_version.unknown_because = "the code does not refer to an ABI version message";
  }
  for (const VersionCompare& compare : check.abi_compares) {
    if (import.abi_version.value == compare.value) import.abi_compare = compare.kind;
  }
  read_array_template(context, copy, import);
  if (import.module_paths.empty())
    import.api_version.unknown_because = "the module path that holds _ARRAY_API was not recognised";
  return import;
}

CapsuleImport read_ufunc_copy(const ModuleContext& context, const Copy& copy) {
  const auto names = [&](Marker marker) { return reference_in(context, copy.bodies, marker) != nullptr; };
  CapsuleImport import;
  import.table = CapsuleImport::Table::kUfunc;
  import.attribute = "_UFUNC_API";
  import.evidence = {copy.message->site, "reference to the missing-attribute message"};
  import.replaces_missing_attribute = true;
  if (names(Marker::kPathUnderscoreCore)) {
    import.template_name = "U7-U9";
    import.module_paths = {"numpy._core._multiarray_umath", "numpy.core._multiarray_umath"};
    import.import_failure_text = "_multiarray_umath failed to import";
  } else if (names(Marker::kPathMultiarrayUmath)) {
    import.template_name = "U5-U6";
    import.module_paths = {"numpy.core._multiarray_umath"};
    import.import_failure_text = "numpy.core._multiarray_umath failed to import";
  } else if (names(Marker::kPathUmath)) {
    import.template_name = "U3-U4";
    import.module_paths = {"numpy.core.umath"};
    import.import_failure_text = "numpy.core.umath failed to import";
  }
  return import;
}

// Returns where the code goes on when the import failed and that is dropped; 0 where it is not.
std::uint64_t read_way(const ModuleContext& context, const Copy& copy, CapsuleImport& import) {
  import.reach = copy.way->reach;
  import.reach_how = copy.way->how;
  import.reached_by_exports = copy.way->exports;
  const ErrorPath path = find_error_path(context, copy.message->site, copy.bodies, *copy.way, import.table);
  import.wrapper = path.wrapper;
  import.wrapper_text = path.text;
  return path.wrapper == Wrapper::kDropped ? path.dropped_at : 0;
}

// Exported functions that lead to the import, when nothing in this module starts them. Those of a library are there for
// others to call.
std::vector<std::string> only_exports(const ModuleContext& context, const Copy& copy) {
  if (copy.way->reach != Reach::kExported || !context.reachability.is_python_module()) return {};
  return context.reachability.can_run(copy.message->function) ? std::vector<std::string>() : copy.way->exports;
}

// Two imports fill one table: that it is filled is what either of them tells.
void add_filling(TableVariable& known, const TableVariable& other) {
  if (!other.filled) return;
  if (!known.filled) {
    known.by_exports = other.by_exports;
  } else if (known.by_exports.empty() || other.by_exports.empty()) {
    known.by_exports.clear();
  } else {
    for (const std::string& name : other.by_exports) add_once(known.by_exports, name);
  }
  known.filled = true;
}

// Equal in all that decides; where they were found may differ.
bool same_fact(const CapsuleImport& a, const CapsuleImport& b) {
  return a.table == b.table && a.module_paths == b.module_paths && a.api_message == b.api_message &&
         a.api_version.value == b.api_version.value && a.abi_version.value == b.abi_version.value &&
         a.abi_compare == b.abi_compare && a.reach == b.reach && a.wrapper == b.wrapper &&
         a.wrapper_text == b.wrapper_text && a.replaces_missing_attribute == b.replaces_missing_attribute;
}

}  // namespace

CapsuleImports find_capsule_imports(const ModuleContext& context) {
  CapsuleImports found;
  std::vector<CapsuleImport>& imports = found.imports;
  const bool has_ufunc_text = context.has_text(Marker::kUfuncAttribute) || context.has_text(Marker::kUfuncMissing);
  for (const MarkerReference& reference : context.references) {
    const bool array = reference.marker == Marker::kApiMessage;
    const bool ufunc = reference.marker == Marker::kUfuncMissing;
    if (!array && !ufunc) continue;
    Copy copy;
    copy.message = &reference;
    copy.bodies = bodies_of(context, reference.function);
    copy.way = &context.reachability.way_to(reference.function);
    const TableCheck check = read_table_check(context.code, copy.bodies, context.abi);
    CapsuleImport import = array ? read_array_copy(context, copy, check) : read_ufunc_copy(context, copy);
    for (TableVariable table : check.tables) {
      // A capsule that is not asked for versions may be Cython's, which hand functions from module to module.
      if (table.table == CapsuleImport::Table::kUfunc && !has_ufunc_text) continue;
      table.filled = copy.way->reach != Reach::kNever;
      table.by_exports = only_exports(context, copy);
      const auto known = std::find_if(found.tables.begin(), found.tables.end(),
                                      [&](const TableVariable& other) { return other.address == table.address; });
      known == found.tables.end() ? found.tables.push_back(table) : add_filling(*known, table);
    }
    for (const auto& slot : check.slots) add_once(found.own_slots, slot);
    if (check.runtime_version != 0) add_once(found.runtime_versions, check.runtime_version);
    const std::uint64_t dropped_at = read_way(context, copy, import);
    if (dropped_at != 0) found.dropped.push_back({import.table, dropped_at, copy.way, copy.bodies});
    const auto twin =
        std::find_if(imports.begin(), imports.end(), [&](const auto& other) { return same_fact(other, import); });
    if (twin == imports.end()) {
      imports.push_back(std::move(import));
    } else {
      twin->reached_by_exports.insert(twin->reached_by_exports.end(), import.reached_by_exports.begin(),
                                      import.reached_by_exports.end());
    }
  }
  // The array table is imported first wherever both are: import_umath() comes second in NumPy's own examples and in
  // Cython.
  std::stable_sort(imports.begin(), imports.end(), [](const auto& a, const auto& b) { return a.table < b.table; });
  return found;
}

}  // namespace abicheck
