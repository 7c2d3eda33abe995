#include "facts/recover.h"

#include <algorithm>

#include "base/hex.h"
#include "facts/api_slots.h"
#include "facts/capsule_import.h"
#include "facts/context.h"
#include "facts/descriptor_reads.h"
#include "facts/generator.h"
#include "facts/markers.h"
#include "facts/pybind_api.h"
#include "facts/size_check.h"

namespace abicheck {

namespace {

// The init function that the image defines under the name its file asks for; empty when it is no such module.
std::string find_init_function(const BinaryImage& image, std::string_view path) {
  for (const std::string& name : init_function_names(path)) {
    const DynamicSymbol* symbol = image.find_symbol(name);
    if (symbol != nullptr && symbol->defined) return name;
  }
  // PEP 489: a name that is not ASCII is spelled in punycode, behind PyInitU_. Spelling it is not worth a codec here:
  // the only such function is the one.
  const bool ascii = std::all_of(path.begin(), path.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  std::vector<std::string> spelled;
  for (const DynamicSymbol& symbol : image.symbols) {
    if (!ascii && symbol.defined && symbol.name.starts_with("PyInitU_")) spelled.push_back(symbol.name);
  }
  return spelled.size() == 1 ? spelled.front() : std::string();
}

// Where the unwind table is missing or partial, the way to the init function cannot be followed.
void add_code_outside_functions(const Code& code, const std::vector<MarkerReference>& references, ModuleFacts& facts) {
  for (const MarkerReference& reference : references) {
    if (code.function_at(reference.site) != nullptr) continue;
    facts.unknowns.push_back("code at " + hex(reference.site) + " belongs to no function that the unwind table lists");
    return;
  }
}

// Tables that another library fills: PY_ARRAY_UNIQUE_SYMBOL with NO_IMPORT_ARRAY, across libraries.
std::vector<TableVariable> imported_tables(const BinaryImage& image) {
  std::vector<TableVariable> tables;
  for (const Relocation& relocation : image.relocations) {
    if (!relocation.symbol || image.symbols[*relocation.symbol].defined) continue;
    const std::string& name = image.symbols[*relocation.symbol].name;
    if (name.ends_with("ARRAY_API")) tables.push_back({CapsuleImport::Table::kArray, relocation.address, true});
    if (name.ends_with("UFUNC_API")) tables.push_back({CapsuleImport::Table::kUfunc, relocation.address, true});
  }
  return tables;
}

// The import itself calls some slots through a pointer that it has just been given.
void add_own_slots(const std::vector<std::pair<std::uint32_t, std::uint64_t>>& own, std::vector<ApiSlotUse>& uses) {
  for (const auto& [index, site] : own) {
    auto at = std::find_if(uses.begin(), uses.end(), [&, slot = index](const ApiSlotUse& use) {
      return use.table != CapsuleImport::Table::kArray || use.index >= slot;
    });
    if (at == uses.end() || at->table != CapsuleImport::Table::kArray || at->index != index)
      at = uses.insert(at, {CapsuleImport::Table::kArray, index, {}, true, ""});
    if (std::find(at->sites.begin(), at->sites.end(), site) == at->sites.end())
      at->sites.insert(std::upper_bound(at->sites.begin(), at->sites.end(), site), site);
  }
}

// pybind11 up to 2.11: which entries of NumPy's table its copy is asked for, and what it reads of dtypes.
void add_pybind11_uses(const ModuleContext& context, ModuleFacts& facts) {
  const CallGraph calls(context.code);
  InstructionCache cache(context.code);
  const PybindApi api = find_pybind_api(context, calls, cache);
  if (!api.found()) {
    DescriptorRead unknown;
    unknown.evidence.how = api.unknown_because;
    facts.descriptor_reads.push_back(unknown);
    return;
  }
  const std::vector<ApiSlotUse> slots = find_pybind_slots(context, api, calls);
  for (const ApiSlotUse& use : slots) {
    const bool known = std::any_of(facts.api_slots.begin(), facts.api_slots.end(), [&](const ApiSlotUse& other) {
      return other.table == use.table && other.index == use.index;
    });
    if (!known) facts.api_slots.push_back(use);
  }
  std::stable_sort(facts.api_slots.begin(), facts.api_slots.end(), [](const ApiSlotUse& a, const ApiSlotUse& b) {
    return std::pair(a.table, a.index) < std::pair(b.table, b.index);
  });
  facts.descriptor_reads = find_descriptor_reads(context, api, slots, calls, cache);
}

// Microsoft's compiler drops an _import_array() that nothing calls and leaves its texts.
bool only_texts_of_template(const ModuleContext& context) {
  const auto of_template = [](Marker marker) {
    return marker == Marker::kApiMessage || marker == Marker::kArrayAttribute || marker == Marker::kArrayMissing;
  };
  const bool used =
      std::any_of(context.references.begin(), context.references.end(),
                  [&](const auto& reference) { return of_template(reference.marker); }) ||
      std::any_of(context.image().relocations.begin(), context.image().relocations.end(),
                  [&](const Relocation& relocation) {
                    const auto to = context.image().pointer_at(relocation.address);
                    return to && std::any_of(context.texts.begin(), context.texts.end(),
                                             [&](const auto& t) { return t.address == *to && of_template(t.marker); });
                  });
  return context.has_text(Marker::kApiMessage) && !used;
}

}  // namespace

ModuleFacts facts_without_numpy(ByteView bytes, std::string_view path) {
  ModuleFacts facts;
  for (const std::string& name : init_function_names(path)) {
    const auto holds = [&](const char* prefix) { return contains(bytes, '\0' + (prefix + name) + '\0'); };
    if (!facts.python_module && (holds("") || holds("_"))) {  // Mach-O writes an underscore in front of every name
      facts.python_module = true;
      facts.init_function = name;
    }
  }
  facts.generator = find_generator({bytes}, facts.init_function);
  if (facts.generator == "rust-numpy") facts.generator = "unknown";  // Rust without NumPy
  return facts;
}

ModuleFacts recover_facts(const BinaryImage& image, std::string_view path, const KnownAbi& abi,
                          Disassembler& disassembler) {
  ModuleFacts facts;
  facts.init_function = find_init_function(image, path);
  facts.python_module = !facts.init_function.empty();
  std::vector<ByteView> data;
  for (const MappedRange& range : image.data) data.push_back(slice(image.bytes, range.file_offset, range.size));
  facts.generator = find_generator(data, facts.init_function);

  const Code code(image, disassembler);
  Reachability reachability(code, facts.init_function);
  const std::vector<MarkerText> texts = find_markers(image);
  const std::vector<MarkerReference> references = find_marker_references(code, texts);
  const ModuleContext context{code, reachability, texts, references, facts.generator, abi, facts.is_python2()};

  CapsuleImports capsules = find_capsule_imports(context);
  facts.imports = std::move(capsules.imports);
  for (const TableVariable& table : imported_tables(image)) capsules.tables.push_back(table);
  facts.api_slots = find_slot_uses(context, capsules.tables, capsules.runtime_versions);
  add_own_slots(capsules.own_slots, facts.api_slots);
  SizeChecks sizes = find_size_checks(context);
  facts.size_checks = std::move(sizes.checks);
  facts.unknowns = std::move(sizes.unknowns);
  facts.api_checked_before_sizes = std::any_of(facts.imports.begin(), facts.imports.end(),
                                               [](const auto& i) { return i.wrapper == Wrapper::kAutoGenerated; });
  facts.own_way = find_own_way(data, facts.generator, facts.own_way_evidence);
  const bool pybind11 = facts.own_way == OwnWay::kPybind11Old || facts.own_way == OwnWay::kPybind11 ||
                        facts.own_way == OwnWay::kPybind11Only1;
  if (pybind11) facts.own_way_at_least = find_pybind11_minimum(data);
  if (facts.own_way == OwnWay::kPybind11Old) add_pybind11_uses(context, facts);
  if (facts.own_way == OwnWay::kRustOld) {
    DescriptorRead unknown;
    unknown.evidence.how = "code of Rust is not followed";
    facts.descriptor_reads.push_back(unknown);
  }
  // NumPy's own template explains the text _ARRAY_API; what other libraries do with it stands beside the template.
  const bool has_template = std::any_of(facts.imports.begin(), facts.imports.end(),
                                        [](const auto& i) { return i.table == CapsuleImport::Table::kArray; });
  if (facts.own_way == OwnWay::kForeign && (has_template || only_texts_of_template(context)))
    facts.own_way = OwnWay::kNone;
  add_code_outside_functions(code, references, facts);
  facts.uses_numpy = !facts.imports.empty() || !facts.size_checks.empty() || facts.own_way != OwnWay::kNone;
  return facts;
}

bool calls_export_at_import(const BinaryImage& image, std::string_view path, const std::string& name,
                            Disassembler& disassembler, std::string& how) {
  const Code code(image, disassembler);
  Reachability reachability(code, find_init_function(image, path));
  return reachability.calls_at_import(name, how);
}

}  // namespace abicheck
