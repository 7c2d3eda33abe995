#include "facts/empty_tables.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "facts/api_slots.h"
#include "facts/filled.h"
#include "facts/python_statics.h"
#include "facts/telling_slots.h"
#include "facts/use_behind.h"

namespace abicheck {

namespace {

// GCC's crtbeginS.o takes the end of the initialised data, in front of static variables, to hand it to a library of
// transactional memory; that of MinGW hands an object of its own to the unwinder, which it looks up by name.
bool is_of_start_files(const Code& code, std::uint64_t site) {
  const FunctionRange function = code.function_around(site);
  for (const char* name : {"_ITM_deregisterTMCloneTable", "_ITM_registerTMCloneTable"}) {
    const std::vector<Reference> references = code.references_to_symbol(name);
    if (std::any_of(references.begin(), references.end(), [&](const auto& one) { return function.holds(one.site); }))
      return true;
  }
  if (code.image().format != "pe") return false;
  const std::vector<std::uint64_t> addresses = code.addresses_in(function);
  return std::any_of(addresses.begin(), addresses.end(), [&](std::uint64_t address) {
    return code.image().string_at(address) == std::string_view("__register_frame_info");
  });
}

// A pointer that is read and never written may be a member of something larger, which is written through its address:
// by code that forms it, through data that holds it, by other modules that know its name. What begins in front of a
// variable that is known to stand alone ends there, and no variable begins in one section and ends in another. At
// `deadly` calls the process dies as long as nothing has written the pointer: what they are handed comes to nothing.
bool is_inside_something(const Code& code, std::uint64_t variable, const std::vector<std::uint64_t>& alone,
                         const std::vector<std::uint64_t>& deadly) {
  constexpr std::uint64_t kLargest = 4096;
  std::uint64_t low = variable - std::min(variable, kLargest);
  for (const std::uint64_t other : alone) {
    if (other < variable) low = std::max(low, other);
  }
  for (const MappedRange& range : code.image().ranges) {
    if (range.address <= variable) low = std::max(low, range.address);
  }
  // ELF files end exactly where variables begin that are null.
  if (code.image().format == "elf") {
    for (const MappedRange& range : code.image().ranges) {
      if (range.address + range.size <= variable) low = std::max(low, range.address + range.size);
    }
  }
  const std::vector<StaticObject> objects = find_python_statics(code);
  const auto ends_before = [&](std::uint64_t address) {
    return std::any_of(objects.begin(), objects.end(),
                       [&](const StaticObject& one) { return one.holds(address) && one.end <= variable; });
  };
  const auto in_front = [&](std::uint64_t address) {
    return address >= low && address < variable && std::find(alone.begin(), alone.end(), address) == alone.end() &&
           !ends_before(address);
  };
  const auto& [symbols, relocations] = std::tie(code.image().symbols, code.image().relocations);
  const std::vector<Reference> references = code.references_within(low, variable);
  return std::any_of(symbols.begin(), symbols.end(),
                     [&](const auto& symbol) {
                       return symbol.defined && (in_front(symbol.address) || symbol.address == variable);
                     }) ||
         std::any_of(relocations.begin(), relocations.end(),
                     [&](const auto& relocation) {
                       return !relocation.symbol && in_front(relocation.addend) &&
                              !code.image().holds_code(relocation.address);
                     }) ||
         std::any_of(references.begin(), references.end(), [&](const auto& reference) {
           return !ends_before(reference.target) && !is_of_start_files(code, reference.site) &&
                  may_reach(code, reference, variable, deadly);
         });
}

// What the code right behind a reference does with the pointer.
enum class Behind {
  kNothing,
  kReads,  // a pointer that lies where a telling function of the table does
  kUnlike  // what nobody does with the table: it holds pointers, and nothing but NumPy writes them
};

// The functions by whose use a table is told.
struct Slots {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  bool hold(std::int64_t distance, std::uint64_t size) const {
    const auto bytes = static_cast<std::uint64_t>(distance);
    return distance >= 0 && bytes >= first * size && bytes <= last * size;
  }
};
constexpr Slots kArrayFunctions{kFirstFunction, kHighestSlot};
constexpr Slots kUfuncFunction{kMakesUfunc, kMakesUfunc};

// Of most pointers to other things this tells that they are none.
Behind look_behind(const Code& code, const Reference& reference, const TableVariable& variable, const Slots& slots) {
  constexpr std::size_t kLook = 16;
  const std::uint64_t size = code.image().pointer_size();
  const auto first = code.decode_one(reference.site);
  if (!first || first->written == kNoRegister) return Behind::kNothing;
  std::vector<Register> holding{first->written};
  const auto holds = [&](Register reg) { return std::find(holding.begin(), holding.end(), reg) != holding.end(); };
  const bool loaded = reference.kind == Reference::Kind::kLoad && reference.target == variable.address &&
                      !variable.elsewhere && first->operation == Operation::kMove;
  std::uint64_t at = first->end();
  for (std::size_t i = 0; i < kLook; ++i) {
    const auto one = code.decode_one(at);
    if (!one) break;
    const auto& [to, from] = one->operands;
    for (const Operand* operand : {&to, &from}) {
      if (!operand->is_memory() || !holds(operand->reg)) continue;
      const bool stores = one->operation == Operation::kMove && operand == &to;
      const bool other = one->operation != Operation::kLea && operand->index == kNoRegister &&
                         (operand->width % size != 0 || operand->value % static_cast<std::int64_t>(size) != 0);
      if (loaded && (stores || other)) return Behind::kUnlike;
      if (slots.hold(operand->value, size) && (operand->width == size || !loaded)) return Behind::kReads;
    }
    const bool adds = one->operation == Operation::kAdd && holds(to.reg);
    if (adds && slots.hold(from.value, size)) return Behind::kReads;
    const bool moves = one->operation == Operation::kMove && holds(from.reg) && (from.is_register() || !loaded);
    if (one->written != kNoRegister && !adds) std::erase(holding, one->written);
    if (one->written != kNoRegister && moves) holding.push_back(one->written);
    if (one->operation == Operation::kCall)
      std::erase_if(holding, [&](Register reg) { return !code.machine().preserves(reg); });
    if (holding.empty() || one->ends_block()) break;
    at = one->end();
  }
  return Behind::kNothing;
}

// What code reads and does nothing else with, by address, of what lies in [low, high) and begins as null.
std::map<std::uint64_t, std::vector<Reference>> pointers_only_read(const Code& code, std::uint64_t low,
                                                                   std::uint64_t high) {
  const BinaryImage& image = code.image();
  std::map<std::uint64_t, std::vector<Reference>> found;
  for (const Reference& reference : code.references_within(low, high)) found[reference.target].push_back(reference);
  std::erase_if(found, [&](const auto& variable) {
    const auto& [address, references] = variable;
    const bool aligned = address % image.pointer_size() == 0;
    const bool empty = image.relocation_at(address) == nullptr && image.read_pointer(address).value_or(0) == 0;
    return !aligned || !empty || !std::all_of(references.begin(), references.end(), [](const Reference& reference) {
      return reference.kind == Reference::Kind::kLoad || reference.kind == Reference::Kind::kLea;
    });
  });
  return found;
}

// Where ufuncs are made by calls through the pointer, if they are. So near to the beginning of a table lie functions of
// all things, hence only a call with all the arguments tells it, and only code that runs at import is looked at: there
// ufuncs are made.
std::vector<std::uint64_t> calls_that_make_ufuncs(const ModuleContext& context, const TableVariable& variable,
                                                  const std::vector<Reference>& references) {
  const Code& code = context.code;
  std::vector<Reference> reading;
  for (const Reference& reference : references) {
    const Behind behind = look_behind(code, reference, variable, kUfuncFunction);
    if (behind == Behind::kUnlike) return {};
    if (behind == Behind::kReads) reading.push_back(reference);
  }
  // Asked last, because following all callers takes the longest.
  std::erase_if(reading, [&](const Reference& reference) { return !runs_at_import(context, reference.site); });
  if (reading.empty()) return {};
  std::map<std::uint32_t, ApiSlotUse> uses = uses_through(code, variable, reading);
  std::vector<std::uint64_t> calls = calls_through(code, variable.address, kMakesUfunc, uses[kMakesUfunc].sites);
  const bool any = std::any_of(calls.begin(), calls.end(), [&](std::uint64_t call) { return makes_ufunc(code, call); });
  return any ? calls : std::vector<std::uint64_t>();
}

// Those of the pointers that are used as a table is and never filled.
std::vector<TableVariable> tables_among(const ModuleContext& context,
                                        const std::map<std::uint64_t, std::vector<Reference>>& pointers,
                                        const std::vector<std::uint64_t>& alone) {
  std::vector<TableVariable> tables;
  for (const auto& [address, references] : pointers) {
    TableVariable variable{CapsuleImport::Table::kArray, address, false, "", false};
    std::vector<std::uint64_t> deadly;
    if (!calls_functions(context.code, variable, references)) {
      variable.table = CapsuleImport::Table::kUfunc;
      deadly = calls_that_make_ufuncs(context, variable, references);
      if (deadly.empty()) continue;
    }
    if (!is_inside_something(context.code, address, alone, deadly) && filling_of(context, variable) == Filling::kNever)
      tables.push_back(variable);
  }
  return tables;
}

}  // namespace

bool calls_functions(const Code& code, const TableVariable& variable, const std::vector<Reference>& references) {
  constexpr std::size_t kFirst = 8;  // nearly all uses of the table are calls
  bool reads_far = false;
  for (std::size_t i = 0; i < references.size() && (reads_far || i < kFirst); ++i) {
    const Behind behind = look_behind(code, references[i], variable, kArrayFunctions);
    if (behind == Behind::kUnlike) return false;
    reads_far |= behind == Behind::kReads;
  }
  const auto hands_out = [&](const Reference& reference) {
    return reference.kind == Reference::Kind::kLea && !only_reads(code, reference, variable.address);
  };
  if (!reads_far || std::any_of(references.begin(), references.end(), hands_out)) return false;
  const std::map<std::uint32_t, ApiSlotUse> uses = uses_through(code, variable, references);
  return std::any_of(uses.lower_bound(kFirstFunction), uses.end(), [&](const auto& use) {
    const std::vector<std::uint64_t>& sites = use.second.sites;
    return std::any_of(sites.begin(), sites.end(), [&](auto site) { return is_called(code, site); });
  });
}

std::vector<TableVariable> find_unnamed_tables(const ModuleContext& context, const std::vector<TableVariable>& known,
                                               const std::vector<std::uint64_t>& runtime_versions) {
  constexpr std::uint64_t kNearby = 1 << 16;  // all of them are static variables
  const bool one_file = context.generator == "cython";
  if (one_file) return {};
  std::vector<std::uint64_t> alone = runtime_versions;
  for (const TableVariable& table : known) {
    if (!table.elsewhere) alone.push_back(table.address);
  }
  std::map<std::uint64_t, std::vector<Reference>> pointers;
  for (const TableVariable& table : known) {
    if (table.elsewhere) continue;
    const std::uint64_t low = table.address - std::min(table.address, kNearby);
    pointers.merge(pointers_only_read(context.code, low, table.address + kNearby));
  }
  for (const std::uint64_t other : alone) pointers.erase(other);
  return tables_among(context, pointers, alone);
}

std::vector<TableVariable> find_untold_tables(const ModuleContext& context) {
  // Zero-filled memory stands behind what comes from the file.
  constexpr std::uint64_t kZeroFilled = 0x100000;
  const std::vector<MappedRange>& ranges = context.image().ranges;
  std::map<std::uint64_t, std::vector<Reference>> pointers;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].executable) continue;
    std::uint64_t end = ranges[i].address + ranges[i].size + kZeroFilled;
    if (i + 1 < ranges.size()) end = std::min(end, ranges[i + 1].address);
    pointers.merge(pointers_only_read(context.code, ranges[i].address, end));
  }
  return tables_among(context, pointers, {});
}

}  // namespace abicheck
