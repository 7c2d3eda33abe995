#include "facts/recover.h"

#include <algorithm>
#include <map>

#include "base/hex.h"
#include "facts/api_slots.h"
#include "facts/capsule_import.h"
#include "facts/context.h"
#include "facts/descriptor_reads.h"
#include "facts/dtype_spec.h"
#include "facts/empty_tables.h"
#include "facts/filled.h"
#include "facts/generator.h"
#include "facts/markers.h"
#include "facts/named_tables.h"
#include "facts/null_uses.h"
#include "facts/pybind_api.h"
#include "facts/sibling_import.h"
#include "facts/size_check.h"
#include "facts/use_behind.h"

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

// Adds the tables that have a symbol to `tables`, of which there are those that imports fill.
void add_named_tables(const ModuleContext& context, std::vector<TableVariable>& tables, ModuleFacts& facts) {
  for (const TableVariable& table : find_named_tables(context, tables, may_use_untold_table(facts))) {
    std::erase_if(tables, [&](const TableVariable& other) { return other.address == table.address; });
    // NumPy's own import may fill a variable of another library.
    const bool may_fill =
        table.filled || (table.elsewhere && !facts.imports.empty()) || filling_of(context, table) == Filling::kMaybe;
    facts.shared_tables.push_back({table.shared_as, !table.elsewhere, may_fill, ""});
    // What another library gives may be any table of functions.
    if (!table.guessed || !table.elsewhere) tables.push_back(table);
  }
}

void add_uses(const std::vector<ApiSlotUse>& some, std::vector<ApiSlotUse>& uses) {
  for (const ApiSlotUse& one : some) {
    const auto place_of = [](const ApiSlotUse& use) { return std::pair(use.table, use.index); };
    auto at = std::find_if(uses.begin(), uses.end(), [&](const auto& use) { return place_of(use) >= place_of(one); });
    if (at == uses.end() || place_of(*at) != place_of(one)) {
      uses.insert(at, one);
      continue;
    }
    join(*at, one);
  }
}

// Code that takes the table by itself, without the template of NumPy's headers.
void add_foreign_tables(const ModuleContext& context, std::vector<TableVariable>& tables) {
  for (const MarkerReference& reference : context.references) {
    if (reference.marker != Marker::kArrayAttribute) continue;
    for (TableVariable table : read_table_check(context.code, {reference.function}, context.abi).tables) {
      table.table = CapsuleImport::Table::kArray;
      const bool known =
          std::any_of(tables.begin(), tables.end(), [&](const auto& t) { return t.address == table.address; });
      if (!known) tables.push_back(table);
    }
  }
}

// What the module does without a table whose import failed. One import that kills the process is enough.
void add_uses_behind(const ModuleContext& context, const std::vector<DroppedImport>& dropped, ModuleFacts& facts) {
  for (const DroppedImport& one : dropped) {
    const Evidence use = find_use_behind(context, one, facts.api_slots);
    for (CapsuleImport& import : facts.imports) {
      if (import.wrapper == Wrapper::kDropped && import.table == one.table) import.use_behind = use;
    }
    if (!use.how.empty()) return;
  }
}

// The import itself calls some slots through a pointer that it has just been given.
void add_own_slots(const OwnSlots& own, std::vector<ApiSlotUse>& uses) {
  for (const auto& [index, site] : own) {
    ApiSlotUse use;
    use.index = index;
    use.sites = {site};
    use.guarded = true;
    const auto known = std::find_if(uses.begin(), uses.end(), [&, slot = index](const ApiSlotUse& other) {
      return other.table == CapsuleImport::Table::kArray && other.index == slot;
    });
    if (known != uses.end()) use.guarded = known->guarded;
    add_uses({use}, uses);
  }
}

// Looked for all at once: what takes time is passing over the code.
std::vector<Reference> references_to(const Code& code, const std::vector<MarkerText>& texts,
                                     const std::map<std::uint64_t, std::string>& names) {
  std::vector<std::uint64_t> addresses;
  addresses.reserve(texts.size() + names.size());
  for (const MarkerText& text : texts) addresses.push_back(text.address);
  for (const auto& [address, name] : names) addresses.push_back(address);
  std::sort(addresses.begin(), addresses.end());
  return code.references_to(addresses);
}

// Where a tool tells its version: the texts, and the names of local functions behind them.
std::string version_of_generator(const BinaryImage& image, std::vector<ByteView> data, const std::string& generator) {
  if (generator == "boost-python") return find_generator_version({image.bytes}, generator);
  std::uint64_t end = 0;
  for (const MappedRange& range : image.data) end = std::max(end, range.file_offset + range.size);
  if (end < image.bytes.size()) data.push_back(image.bytes.subspan(end));
  return find_generator_version(data, generator);
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

// Whether code is to be looked at: the extractors begin at references to these texts. Finding the functions around
// references costs the most where there is no unwind table.
bool begins_at_text(const std::vector<MarkerText>& texts) {
  return std::any_of(texts.begin(), texts.end(), [](const MarkerText& text) {
    return text.marker == Marker::kApiMessage || text.marker == Marker::kUfuncMissing ||
           text.marker == Marker::kSizeChanged || text.marker == Marker::kWrongSize;
  });
}

// Microsoft's compiler drops an _import_array() that nothing calls and leaves its texts. Others leave none: texts
// without a reference are then references that were not found.
bool only_texts_of_template(const ModuleContext& context) {
  if (context.image().format != "pe") return false;
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
    if (!facts.python_module && contains_name(bytes, name)) {
      facts.python_module = true;
      facts.init_function = name;
    }
  }
  facts.generator = find_generator({bytes}, facts.init_function);
  facts.generator_version = find_generator_version({bytes}, facts.generator);
  return facts;
}

bool may_use_untold_table(const ModuleFacts& facts) {
  return facts.python_module && facts.generator != "cython";
}

void add_untold_uses(const BinaryImage& image, std::string_view path, const KnownAbi& abi, Disassembler& disassembler,
                     ModuleFacts& facts) {
  facts.init_function = find_init_function(image, path);
  const Code code(image, disassembler);
  Reachability reachability(code, facts.init_function);
  const std::vector<MarkerText> texts;
  const std::vector<MarkerReference> references;
  const ModuleContext context{code, reachability, texts, references, facts.generator, abi, facts.is_python2()};
  std::vector<TableVariable> tables;
  add_named_tables(context, tables, facts);
  for (const TableVariable& table : find_untold_tables(context)) tables.push_back(table);
  facts.api_slots = find_slot_uses(context, tables, {});
  add_uses(find_null_uses(context, true, true), facts.api_slots);
  facts.uses_numpy = !facts.api_slots.empty();
}

ModuleFacts recover_facts(const BinaryImage& image, std::string_view path, const KnownAbi& abi,
                          const std::set<std::string>& siblings, Disassembler& disassembler) {
  ModuleFacts facts;
  facts.init_function = find_init_function(image, path);
  facts.python_module = !facts.init_function.empty();
  std::vector<ByteView> data;
  for (const MappedRange& range : image.data) data.push_back(slice(image.bytes, range.file_offset, range.size));
  facts.generator = find_generator(data, facts.init_function);
  facts.generator_version = version_of_generator(image, data, facts.generator);

  const Code code(image, disassembler);
  Reachability reachability(code, facts.init_function);
  const std::vector<MarkerText> texts = find_markers(image);
  std::map<std::uint64_t, std::string> names;
  if (facts.generator == "cython") names = find_sibling_names(image, siblings);
  const std::vector<Reference> text_references = references_to(code, texts, names);
  const auto references =
      begins_at_text(texts) ? find_marker_references(code, texts, text_references) : std::vector<MarkerReference>{};
  const ModuleContext context{code, reachability, texts, references, facts.generator, abi, facts.is_python2()};

  CapsuleImports capsules = find_capsule_imports(context);
  facts.imports = std::move(capsules.imports);
  add_named_tables(context, capsules.tables, facts);
  const bool only_foreign = facts.imports.empty() && context.has_text(Marker::kArrayAttribute);
  if (only_foreign) add_foreign_tables(context, capsules.tables);
  // Of a table that no import fills and no name shares, a symbol table may be all that tells.
  const bool untold = capsules.tables.empty() && facts.imports.empty() && may_use_untold_table(facts);
  if (untold) capsules.tables = find_untold_tables(context);
  for (const TableVariable& table : find_unnamed_tables(context, capsules.tables, capsules.runtime_versions))
    capsules.tables.push_back(table);
  facts.api_slots = find_slot_uses(context, capsules.tables, capsules.runtime_versions, capsules.own_slots);
  add_uses_behind(context, capsules.dropped, facts);
  add_own_slots(capsules.own_slots, facts.api_slots);
  facts.dtype_spec = find_dtype_spec(context, facts.api_slots);
  SizeChecks sizes = find_size_checks(context);
  facts.size_checks = std::move(sizes.checks);
  const bool may_use_arrays = untold || !facts.imports.empty() || !facts.size_checks.empty();
  add_uses(find_null_uses(context, may_use_arrays, may_use_untold_table(facts)), facts.api_slots);
  facts.unknowns = std::move(sizes.unknowns);
  facts.api_checked_before_sizes = std::any_of(facts.imports.begin(), facts.imports.end(),
                                               [](const auto& i) { return i.wrapper == Wrapper::kAutoGenerated; });
  facts.own_way = find_own_way(data, facts.generator, facts.own_way_evidence);
  const bool pybind11 = facts.own_way == OwnWay::kPybind11Old || facts.own_way == OwnWay::kPybind11 ||
                        facts.own_way == OwnWay::kPybind11Only1;
  if (facts.own_way == OwnWay::kPybind11Only1) facts.own_way_refusal = find_numpy_1_only(data);
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
  facts.sibling_imports = find_sibling_imports(context, names, text_references, facts.size_checks);
  add_code_outside_functions(code, references, facts);
  facts.uses_numpy = !facts.imports.empty() || !facts.size_checks.empty() || facts.own_way != OwnWay::kNone ||
                     !facts.api_slots.empty();
  return facts;
}

bool calls_export_at_import(const BinaryImage& image, std::string_view path, const std::string& name,
                            Disassembler& disassembler, std::string& how) {
  const Code code(image, disassembler);
  Reachability reachability(code, find_init_function(image, path));
  return reachability.calls_at_import(name, how);
}

}  // namespace abicheck
