#include "report/facts_list.h"

#include <fmt/format.h>

namespace abicheck {

namespace {

constexpr std::string_view kNotRecovered = "not recovered";

std::string_view reach_name(Reach reach) {
  switch (reach) {
    case Reach::kImport:
      return "import";
    case Reach::kExported:
      return "exported";
    case Reach::kLater:
      return "later";
    case Reach::kNever:
      return "never";
  }
  return "later";
}

std::string_view mode_name(SizeCheckMode mode) {
  switch (mode) {
    case SizeCheckMode::kError:
      return "error";
    case SizeCheckMode::kWarn:
      return "warn";
    case SizeCheckMode::kIgnore:
      return "ignore";
  }
  return "error";
}

std::string_view own_way_name(OwnWay way) {
  switch (way) {
    case OwnWay::kNone:
      return "";
    case OwnWay::kPybind11Old:
      return "pybind11-1.x-layout";
    case OwnWay::kPybind11:
      return "pybind11";
    case OwnWay::kPybind11Only1:
      return "pybind11-numpy-1-only";
    case OwnWay::kRustOld:
      return "rust-numpy-1.x-layout";
    case OwnWay::kRust:
      return "rust-numpy";
    case OwnWay::kForeign:
      return "foreign";
  }
  return "foreign";
}

std::string_view table_name(CapsuleImport::Table table) {
  return table == CapsuleImport::Table::kArray ? "multiarray" : "umath";
}

FactValue text(std::string_view value) {
  return std::string(value);
}

template <typename T>
FactValue hex_or_null(const Known<T>& known) {
  return known.value ? FactValue(fmt::format("0x{:08x}", *known.value)) : FactValue(nullptr);
}

template <typename T>
std::string reason(const Known<T>& known) {
  return known.unknown_because.empty() ? std::string(kNotRecovered) : known.unknown_because;
}

void add_evidence(FactItem& item, const Evidence& evidence) {
  if (evidence.where != 0) item.values.emplace_back("where", fmt::format("0x{:x}", evidence.where));
  if (!evidence.how.empty()) item.values.emplace_back("how", evidence.how);
}

// Users cannot map 0xd to 1.19, so the release stands beside every API number.
FactValue release(const CapsuleImport& import, const ReleaseOfApi& release_of_api) {
  if (import.api_version.value && release_of_api) {
    std::string name = release_of_api(*import.api_version.value);
    if (!name.empty()) return name;
  }
  if (!import.api_numpy_text.empty()) return import.api_numpy_text;
  return nullptr;
}

FactItem abi_version(const CapsuleImport& import) {
  FactItem item{"abi_version", {{"value", hex_or_null(import.abi_version)}}};
  if (!import.abi_version.value) item.values.emplace_back("unknown", reason(import.abi_version));
  // The compare is known by the number that it takes.
  const char* compare = import.abi_compare == AbiCompare::kEqual ? "equal" : "at_least";
  item.values.emplace_back("compare", import.abi_version.value ? text(compare) : FactValue(nullptr));
  item.values.emplace_back("reach", text(reach_name(import.reach)));
  add_evidence(item, import.abi_version.evidence);
  return item;
}

FactItem api_version(const CapsuleImport& import, const ReleaseOfApi& release_of_api) {
  FactItem item{"api_version", {{"value", hex_or_null(import.api_version)}}};
  item.values.emplace_back("numpy", release(import, release_of_api));
  if (!import.api_version.value) item.values.emplace_back("unknown", reason(import.api_version));
  item.values.emplace_back("reach", text(reach_name(import.reach)));
  add_evidence(item, import.api_version.evidence);
  return item;
}

FactItem import_path(const CapsuleImport& import, const std::string& path) {
  FactItem item{"import_path", {{"value", path}, {"attribute", import.attribute}}};
  item.values.emplace_back("table", text(table_name(import.table)));
  if (!import.template_name.empty()) item.values.emplace_back("template", import.template_name);
  add_evidence(item, import.evidence);
  return item;
}

FactItem import_reach(const CapsuleImport& import) {
  FactItem item{"import_reach", {{"value", text(reach_name(import.reach))}, {"table", text(table_name(import.table))}}};
  if (!import.reach_how.empty()) item.values.emplace_back("how", import.reach_how);
  if (!import.reached_by_exports.empty()) item.values.emplace_back("exports", import.reached_by_exports);
  return item;
}

FactItem use_behind(const CapsuleImport& import) {
  FactItem item{"use_without_table", {{"table", text(table_name(import.table))}}};
  item.values.emplace_back("reach", text(reach_name(Reach::kImport)));
  add_evidence(item, import.use_behind);
  return item;
}

// The ufunc table is fetched without a version test, so it has no numbers to tell.
void add_import(std::vector<FactItem>& items, const CapsuleImport& import, const ReleaseOfApi& release_of_api) {
  if (import.table == CapsuleImport::Table::kArray) {
    items.push_back(abi_version(import));
    items.push_back(api_version(import, release_of_api));
  }
  for (const std::string& path : import.module_paths) items.push_back(import_path(import, path));
  items.push_back(import_reach(import));
  if (!import.use_behind.how.empty()) items.push_back(use_behind(import));
}

FactItem size_check(const SizeCheck& check) {
  FactItem item{"size_check", {{"type", check.module + "." + check.type}}};
  item.values.emplace_back("expected",
                           check.size.value ? FactValue(std::uint64_t{*check.size.value}) : FactValue(nullptr));
  item.values.emplace_back("mode", check.mode.value ? text(mode_name(*check.mode.value)) : FactValue(nullptr));
  if (!check.size.value) {
    item.values.emplace_back("unknown", reason(check.size));
  } else if (!check.mode.value) {
    item.values.emplace_back("unknown", reason(check.mode));
  }
  item.values.emplace_back("reach", text(reach_name(check.reach)));
  const bool own_place = check.size.evidence.where != 0 || !check.size.evidence.how.empty();
  add_evidence(item, own_place ? check.size.evidence : check.evidence);
  return item;
}

FactItem api_slot(const ApiSlotUse& use) {
  FactItem item{"api_slot", {{"table", text(table_name(use.table))}, {"index", std::uint64_t{use.index}}}};
  item.values.emplace_back("name", use.name.empty() ? FactValue(nullptr) : FactValue(use.name));
  item.values.emplace_back("uses", std::uint64_t{use.sites.size()});
  if (use.unfilled) item.values.emplace_back("pointer", text("unfilled"));
  if (use.idle) item.values.emplace_back("reach", text("never"));
  if (!use.sites.empty()) item.values.emplace_back("where", fmt::format("0x{:x}", use.sites.front()));
  return item;
}

std::string_view status_name(DescriptorRead::Status status) {
  switch (status) {
    case DescriptorRead::Status::kProven:
      return "proven";
    case DescriptorRead::Status::kUndecided:
      return "undecided";
    case DescriptorRead::Status::kHarmless:
      return "harmless";
  }
  return "undecided";
}

FactItem descriptor_read(const DescriptorRead& read) {
  FactItem item{"descriptor_read", {}};
  item.values.emplace_back("member", read.member.empty() ? FactValue(nullptr) : FactValue(read.member));
  item.values.emplace_back("offset", read.member.empty() ? FactValue(nullptr) : FactValue(std::uint64_t{read.offset}));
  item.values.emplace_back("status", text(status_name(read.status)));
  add_evidence(item, read.evidence);
  return item;
}

FactItem shared_table(const SharedTable& table) {
  FactItem item{"shared_table", {{"value", table.name}, {"defined", text(table.defined ? "here" : "elsewhere")}}};
  if (!table.from.empty()) item.values.emplace_back("from", table.from);
  item.values.emplace_back("filled", text(table.may_fill ? "here" : "not here"));
  return item;
}

FactItem dtype_spec(const DtypeSpec& spec) {
  std::string functions;
  for (const std::uint32_t number : spec.functions)
    functions += (functions.empty() ? "" : " ") + std::to_string(number);
  FactItem item{"dtype_spec", {{"value", spec.unknown_because.empty() ? FactValue(functions) : FactValue(nullptr)}}};
  if (!spec.unknown_because.empty()) item.values.emplace_back("unknown", spec.unknown_because);
  item.values.emplace_back("reach", text(reach_name(spec.reach)));
  add_evidence(item, spec.evidence);
  return item;
}

FactItem library_import(const LibraryImport& library, const ReleaseOfApi& release_of_api) {
  FactItem item{"library_import", {{"value", library.library}, {"function", library.function}}};
  item.values.emplace_back("table", text(table_name(library.import.table)));
  if (library.import.table == CapsuleImport::Table::kArray) {
    item.values.emplace_back("abi_version", hex_or_null(library.import.abi_version));
    item.values.emplace_back("api_version", hex_or_null(library.import.api_version));
    item.values.emplace_back("numpy", release(library.import, release_of_api));
  }
  return item;
}

}  // namespace

std::vector<FactItem> list_facts(const ModuleFacts& facts, const ReleaseOfApi& release_of_api) {
  std::vector<FactItem> items;
  for (const CapsuleImport& import : facts.imports) add_import(items, import, release_of_api);
  for (const SizeCheck& check : facts.size_checks) items.push_back(size_check(check));
  for (const ApiSlotUse& use : facts.api_slots) items.push_back(api_slot(use));
  for (const SharedTable& table : facts.shared_tables) items.push_back(shared_table(table));
  if (facts.dtype_spec) items.push_back(dtype_spec(*facts.dtype_spec));
  if (!facts.lowest_numpy.empty())
    items.push_back({"lowest_numpy", {{"value", facts.lowest_numpy}, {"because", facts.lowest_numpy_for}}});
  if (facts.own_way != OwnWay::kNone) {
    items.push_back({"own_way", {{"value", text(own_way_name(facts.own_way))}}});
    if (!facts.own_way_at_least.empty()) items.back().values.emplace_back("at_least", facts.own_way_at_least);
    add_evidence(items.back(), facts.own_way_evidence);
  }
  for (const DescriptorRead& read : facts.descriptor_reads) items.push_back(descriptor_read(read));
  for (const LibraryImport& library : facts.library_imports) items.push_back(library_import(library, release_of_api));
  for (const SiblingImport& sibling : facts.sibling_imports) {
    items.push_back({"sibling_import", {{"value", sibling.name}, {"path", sibling.path}}});
    add_evidence(items.back(), sibling.evidence);
  }
  for (const std::string& why : facts.unknowns)
    items.push_back({"unread_check", {{"value", nullptr}, {"unknown", why}}});
  return items;
}

}  // namespace abicheck
