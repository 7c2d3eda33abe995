#include "facts/reach.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/hex.h"
#include "base/limits.h"
#include "base/text.h"

namespace abicheck {

namespace {

// PyModuleDef (Include/moduleobject.h): m_slots behind PyModuleDef_Base {PyObject_HEAD, m_init, m_index, m_copy},
// m_name, m_doc, m_size, m_methods. PyObject_HEAD is two pointers; in free-threaded builds (PEP 703) it takes four, or
// five where they have four bytes.
std::array<std::uint64_t, 2> slots_offsets(std::uint64_t pointer_size) {
  return {9 * pointer_size, (pointer_size == 8 ? 11 : 12) * pointer_size};
}
// A slot is {int id; void *value}, since Python 3.15 also {uint16_t id; uint16_t flags; uint32_t; value} (PEP 820).
constexpr std::uint32_t kPyModCreate = 1;
constexpr std::uint32_t kHighestModuleSlot = 1000;  // far above those in use
constexpr std::size_t kMostSlots = 64;
// Functions that the init function calls are searched for the module's definition when they are small and few.
constexpr std::uint64_t kHelperBytes = 2048;
constexpr std::size_t kMostHelpers = 16;
constexpr std::string_view kExportPrefix = "PyModExport_";  // PEP 793: returns the slots themselves

// The id that begins a slot of either form, from its first four bytes.
std::uint32_t slot_id(std::uint32_t word, bool big_endian) {
  constexpr std::uint32_t kLowerHalf = 0xffff;
  return big_endian && word > kLowerHalf ? word >> 16 : word & kLowerHalf;
}

}  // namespace

std::vector<std::string> init_function_names(std::string_view file_name) {
  const std::string_view base = base_name(file_name);
  std::string stem(base.substr(0, base.find('.')));
  if (stem == "__init__" && base.size() < file_name.size()) {  // a package that is itself an extension module
    const std::string_view folder = file_name.substr(0, file_name.size() - base.size() - 1);
    stem = base_name(folder);
  }
  return {"PyInit_" + stem, std::string(kExportPrefix) + stem, "init" + stem};
}

Reachability::Reachability(const Code& code, std::string init) : code_(code), init_(std::move(init)) {}

void Reachability::find_entries() {
  if (entries_are_found_) return;
  entries_are_found_ = true;
  if (!init_.empty()) find_init(init_);
  for (std::uint64_t initializer : code_.image().initializers) {
    add_entry(initializer, EntryPoint::Kind::kInitializer, "a static initialiser");
  }
}

void Reachability::add_entry(std::uint64_t address, EntryPoint::Kind kind, std::string name) {
  const bool known =
      std::any_of(entries_.begin(), entries_.end(), [&](const EntryPoint& e) { return e.address == address; });
  if (!known && code_.image().is_code(address)) entries_.push_back({address, kind, std::move(name)});
}

void Reachability::find_init(const std::string& init) {
  const DynamicSymbol* symbol = code_.image().find_symbol(init);
  if (symbol == nullptr || !symbol->defined) return;
  add_entry(symbol->address, EntryPoint::Kind::kInit, init);
  // The definition is named by the init function itself or by one that it calls or passes on to; a definition that is
  // not static is reached through the GOT.
  const FunctionRange first = code_.function_around(symbol->address);
  std::vector<FunctionRange> functions{first};
  for (const Instruction& one : code_.function_code(first)) {
    const std::uint64_t target =
        one.operation == Operation::kJump || one.operation == Operation::kCall ? code_.own_target(one) : 0;
    const FunctionRange* to = target == 0 ? nullptr : code_.function_at(target);
    if (to != nullptr && to->end - to->begin <= kHelperBytes && functions.size() < kMostHelpers)
      functions.push_back(*to);
  }
  for (const FunctionRange& function : functions) {
    for (const std::uint64_t address : code_.addresses_in(function)) {
      if (!code_.image().is_code(address)) {
        find_slot_functions(address, init);
      } else if (function.begin == first.begin) {
        // Boost.Python and pybind11 3 hand the function that fills the module to a library or to a slot array.
        add_entry(address, EntryPoint::Kind::kHandedOut, "a function that " + init + " hands out");
      }
    }
  }
}

void Reachability::find_slot_functions(std::uint64_t address, const std::string& name) {
  if (name.starts_with(kExportPrefix)) return add_slots(address, name);
  for (std::uint64_t offset : slots_offsets(code_.image().pointer_size())) {
    if (const auto slots = code_.image().pointer_at(address + offset)) add_slots(*slots, name);
  }
}

// Whatever function stands in a module's slots (Py_mod_create, Py_mod_exec) runs while the module is loaded.
void Reachability::add_slots(std::uint64_t slots, const std::string& name) {
  const BinaryImage& image = code_.image();
  for (std::size_t i = 0; i < kMostSlots; ++i) {
    const std::uint64_t entry = slots + 2 * image.pointer_size() * i;
    const auto word = image.read_u32(entry);
    const std::uint32_t id = slot_id(word.value_or(0), image.big_endian);
    if (id == 0 || id > kHighestModuleSlot) break;
    const auto function = image.pointer_at(entry + image.pointer_size());
    const auto kind = id == kPyModCreate ? EntryPoint::Kind::kHandedOut : EntryPoint::Kind::kExecSlot;
    if (function) add_entry(*function, kind, "the exec slot of " + name);
  }
}

const EntryPoint* Reachability::entry_in(const FunctionRange& function) const {
  for (const EntryPoint& entry : entries_) {
    if (function.holds(entry.address)) return &entry;
  }
  return nullptr;
}

std::vector<FunctionRange> Reachability::callers_of(const FunctionRange& function) const {
  std::vector<std::uint64_t> sites;
  for (const Reference& reference : code_.references_into(function)) {
    if (reference.transfers() && code_.is_real_transfer(reference, function)) sites.push_back(reference.site);
  }
  const Code::Doors doors = code_.doors_of_address(function.begin);
  for (const Reference& reference : code_.references_to(doors.stubs)) {
    if (reference.transfers()) sites.push_back(reference.site);
  }
  for (const Reference& reference : code_.references_to(doors.slots)) {
    const bool call = reference.kind == Reference::Kind::kCallThrough || reference.kind == Reference::Kind::kLoad;
    if (call) sites.push_back(reference.site);
  }
  std::vector<FunctionRange> callers;
  std::set<std::uint64_t> seen{function.begin};
  for (std::uint64_t site : sites) {
    const FunctionRange* caller = code_.function_at(site);
    if (caller != nullptr && seen.insert(caller->begin).second) callers.push_back(*caller);
  }
  return callers;
}

std::vector<FunctionRange> Reachability::jumpers_into(const FunctionRange& function) const {
  std::vector<FunctionRange> jumpers;
  for (const Reference& reference : code_.references_into(function)) {
    if (reference.kind != Reference::Kind::kJump && reference.kind != Reference::Kind::kBranch) continue;
    const FunctionRange* from = code_.function_at(reference.site);
    if (from == nullptr || from->begin == function.begin) continue;
    const bool known =
        std::any_of(jumpers.begin(), jumpers.end(), [&](const auto& j) { return j.begin == from->begin; });
    if (!known && code_.is_real_transfer(reference, function)) jumpers.push_back(*from);
  }
  return jumpers;
}

bool Reachability::address_is_taken(std::uint64_t function) const {
  for (const Relocation& relocation : code_.image().relocations) {
    if (!relocation.symbol && relocation.addend == function) return true;
  }
  const std::vector<Reference> references = code_.references_to({function});
  return std::any_of(references.begin(), references.end(),
                     [](const Reference& r) { return r.kind == Reference::Kind::kLea; });
}

Way Reachability::search(const FunctionRange& function) const {
  struct Step {
    FunctionRange function;
    std::size_t callee;  // index into `steps`; its own for the first
  };
  std::vector<Step> steps{{function, 0}};
  std::set<std::uint64_t> seen{function.begin};
  Way way;
  for (std::size_t i = 0; i < steps.size() && steps.size() < limits::kReachableFunctions; ++i) {
    const FunctionRange here = steps[i].function;
    if (const EntryPoint* entry = entry_in(here)) {
      way.reach = Reach::kImport;
      way.entry = entry;
      way.how = entry->name;
      for (std::size_t at = i;; at = steps[at].callee) {
        way.chain.insert(way.chain.begin(), steps[at].function);
        if (at != i) way.how += " -> " + hex(steps[at].function.begin);
        if (at == steps[at].callee) break;
      }
      way.exports.clear();
      return way;
    }
    for (const DynamicSymbol& symbol : code_.image().symbols) {
      if (symbol.defined && symbol.address == here.begin) way.exports.push_back(symbol.name);
    }
    for (const FunctionRange& caller : callers_of(here)) {
      if (seen.insert(caller.begin).second) steps.push_back({caller, i});
    }
  }
  way.chain = {function};
  if (!way.exports.empty()) {
    way.reach = Reach::kExported;
    way.how = "reached only through the exported " + way.exports.front();
    return way;
  }
  const bool taken =
      std::any_of(steps.begin(), steps.end(), [&](const Step& step) { return address_is_taken(step.function.begin); });
  way.reach = taken || steps.size() >= limits::kReachableFunctions ? Reach::kLater : Reach::kNever;
  way.how = way.reach == Reach::kLater ? "no way from the module's init function leads to " + hex(function.begin)
                                       : "nothing refers to " + hex(function.begin);
  return way;
}

// An exported function is handed out by a relocation too, in a slot that no code names.
bool Reachability::is_handed_out(std::uint64_t function) const {
  if (address_is_taken(function)) return true;
  const std::vector<std::uint64_t> slots = code_.slots_of_address(function);
  return std::any_of(slots.begin(), slots.end(),
                     [&](std::uint64_t slot) { return code_.references_to({slot}).empty(); });
}

std::size_t Reachability::count(EntryPoint::Kind kind) const {
  return static_cast<std::size_t>(
      std::count_if(entries_.begin(), entries_.end(), [&](const EntryPoint& entry) { return entry.kind == kind; }));
}

bool Reachability::can_run(const FunctionRange& function) const {
  std::vector<FunctionRange> waiting{function};
  std::set<std::uint64_t> seen{function.begin};
  for (std::size_t i = 0; i < waiting.size() && waiting.size() < limits::kReachableFunctions; ++i) {
    const FunctionRange here = waiting[i];
    if (entry_in(here) != nullptr) return true;
    const auto add = [&](const FunctionRange& other) {
      if (seen.insert(other.begin).second) waiting.push_back(other);
    };
    for (const FunctionRange& caller : callers_of(here)) add(caller);
    const auto takers = takers_of(here.begin);
    if (!takers) return true;
    for (const FunctionRange& taker : *takers) add(taker);
  }
  return false;
}

std::optional<std::vector<FunctionRange>> Reachability::takers_of(std::uint64_t function) const {
  std::vector<std::uint64_t> named{function};
  for (const std::uint64_t slot : code_.slots_of_address(function)) {
    const std::vector<Reference> references = code_.references_to({slot});
    const bool in_table = std::none_of(references.begin(), references.end(),
                                       [](const Reference& one) { return one.kind != Reference::Kind::kLea; });
    if (in_table) return std::nullopt;
    named.push_back(slot);
  }
  std::sort(named.begin(), named.end());
  std::vector<FunctionRange> takers;
  for (const Reference& reference : code_.references_to(named)) {
    if (!reference.transfers()) takers.push_back(code_.function_around(reference.site));
  }
  return takers;
}

const Way& Reachability::way_to(const FunctionRange& function) {
  const auto found = ways_.find(function.begin);
  if (found != ways_.end()) return found->second;
  find_entries();
  return ways_.emplace(function.begin, search(function)).first->second;
}

bool Reachability::calls_at_import(const std::string& symbol, std::string& how) {
  for (const Reference& reference : code_.references_to_symbol(symbol)) {
    if (reference.kind == Reference::Kind::kJumpThrough) continue;  // the stub itself
    const FunctionRange* function = code_.function_at(reference.site);
    if (function == nullptr) continue;
    const Way& way = way_to(*function);
    if (way.reach != Reach::kImport) continue;
    how = way.how;
    return true;
  }
  return false;
}

}  // namespace abicheck
