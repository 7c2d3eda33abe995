#include "facts/named_tables.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "facts/api_slots.h"
#include "facts/empty_tables.h"
#include "facts/filled.h"

namespace abicheck {

namespace {

using References = std::map<std::uint64_t, std::vector<Reference>>;  // by target

// A symbol that may be that of such a pointer.
struct Candidate {
  const DynamicSymbol* symbol = nullptr;
  std::optional<CapsuleImport::Table> table;  // that its name tells
  std::vector<std::uint64_t> slots;           // where the loader puts its address
};

// What headers of NumPy 2 add to the name of the table for that of another variable.
constexpr std::string_view kOther = "PyArray_RUNTIME_VERSION";

// The macro names the variable as it likes; without it that is PyArray_API, and most names end like this one.
std::optional<CapsuleImport::Table> table_named(std::string_view name, const std::set<std::string_view>& with_other) {
  if (name.ends_with("ARRAY_API") || name.ends_with("PyArray_API") || with_other.count(name) != 0)
    return CapsuleImport::Table::kArray;
  if (name.ends_with("UFUNC_API") || name.ends_with("PyUFunc_API")) return CapsuleImport::Table::kUfunc;
  return std::nullopt;
}

// No such variable has one of Python's names, or one inside a namespace of C++.
bool may_be_table(const BinaryImage& image, const DynamicSymbol& symbol) {
  if (symbol.function || symbol.name.empty() || symbol.name.starts_with("Py") || symbol.name.starts_with("_"))
    return false;
  if (!symbol.defined) return true;
  return !image.is_code(symbol.address) && symbol.address % image.pointer_size() == 0 &&
         image.relocation_at(symbol.address) == nullptr && image.read_pointer(symbol.address).value_or(0) == 0;
}

// Those whose names tell that they are tables and, of a module that only Python loads, those that may be.
std::vector<Candidate> find_candidates(const BinaryImage& image, bool module) {
  std::set<std::string_view> with_other;
  for (const DynamicSymbol& symbol : image.symbols) {
    std::string_view name = symbol.name;
    if (!name.ends_with(kOther)) continue;
    name.remove_suffix(kOther.size());
    with_other.insert(name);
  }
  std::vector<Candidate> candidates;
  std::map<std::uint64_t, std::size_t> by_address;
  std::map<std::uint32_t, std::size_t> by_symbol;
  for (std::size_t i = 0; i < image.symbols.size(); ++i) {
    const DynamicSymbol& symbol = image.symbols[i];
    if (symbol.weak && !symbol.defined) continue;
    const auto table = symbol.function ? std::nullopt : table_named(symbol.name, with_other);
    if (!table && !(module && may_be_table(image, symbol))) continue;
    by_symbol[static_cast<std::uint32_t>(i)] = candidates.size();
    if (symbol.defined) by_address[symbol.address] = candidates.size();
    candidates.push_back({&symbol, table, {}});
  }
  for (const Relocation& relocation : image.relocations) {
    const auto by_name = relocation.symbol ? by_symbol.find(*relocation.symbol) : by_symbol.end();
    const auto by_place = relocation.symbol ? by_address.end() : by_address.find(relocation.addend);
    if (by_name != by_symbol.end()) candidates[by_name->second].slots.push_back(relocation.address);
    if (by_place != by_address.end()) candidates[by_place->second].slots.push_back(relocation.address);
  }
  return candidates;
}

// By which code reaches it: its own address only where the loader is not asked for that.
std::vector<std::uint64_t> places_of(const Candidate& one) {
  return one.slots.empty() ? std::vector<std::uint64_t>{one.symbol->address} : one.slots;
}

// To the places by which code reaches those candidates of which the name tells nothing, looked for all at once.
References references_to(const Code& code, const std::vector<Candidate>& candidates) {
  std::vector<std::uint64_t> places;
  for (const Candidate& one : candidates) {
    if (one.table) continue;
    const std::vector<std::uint64_t> some = places_of(one);
    places.insert(places.end(), some.begin(), some.end());
  }
  std::sort(places.begin(), places.end());
  References found;
  for (const Reference& reference : code.references_to(places)) found[reference.target].push_back(reference);
  return found;
}

std::vector<Reference> references_at(const std::vector<std::uint64_t>& places, const References& references) {
  std::vector<Reference> all;
  for (const std::uint64_t place : places) {
    const auto here = references.find(place);
    if (here != references.end()) all.insert(all.end(), here->second.begin(), here->second.end());
  }
  return all;
}

// Whether functions of it are called as those of the table are.
bool is_used(const Code& code, const TableVariable& table, const std::vector<Reference>& references) {
  const auto reads = [](const Reference& one) {
    return one.kind == Reference::Kind::kLoad || one.kind == Reference::Kind::kLea;
  };
  if (!std::all_of(references.begin(), references.end(), reads)) return false;
  return calls_functions(code, table, references);
}

bool is_used_and_empty(const ModuleContext& context, const TableVariable& table,
                       const std::vector<Reference>& references) {
  return is_used(context.code, table, references) && filling_of(context, table) == Filling::kNever;
}

}  // namespace

std::vector<TableVariable> find_named_tables(const ModuleContext& context, const std::vector<TableVariable>& known,
                                             bool module) {
  const std::vector<Candidate> candidates = find_candidates(context.image(), module);
  const References references = references_to(context.code, candidates);
  std::vector<TableVariable> tables;
  for (const Candidate& one : candidates) {
    const DynamicSymbol& symbol = *one.symbol;
    TableVariable table{one.table.value_or(CapsuleImport::Table::kArray), symbol.address, !symbol.defined, symbol.name,
                        false};
    if (!symbol.defined) {
      for (const std::uint64_t slot : one.slots) {
        table.address = slot;
        table.guessed = !one.table;
        if (one.table || is_used(context.code, table, references_at({slot}, references))) tables.push_back(table);
      }
      continue;
    }
    const auto same = std::find_if(known.begin(), known.end(),
                                   [&](const TableVariable& other) { return other.address == symbol.address; });
    if (same != known.end()) {
      table.filled = same->filled;
      table.by_exports = same->by_exports;
    }
    if (one.table || same != known.end() ||
        is_used_and_empty(context, table, references_at(places_of(one), references)))
      tables.push_back(table);
  }
  return tables;
}

}  // namespace abicheck
