#include "facts/code.h"

#include <algorithm>
#include <set>

#include "base/limits.h"
#include "disasm/functions.h"
#include "facts/flow.h"

namespace abicheck {

namespace {

constexpr std::uint64_t kGuessedFunctionBytes = 4096;

}  // namespace

Code::Code(const BinaryImage& image, Disassembler& disassembler) : image_(image), decoder_(image, disassembler) {}
Code::~Code() = default;

// All references at once, for machines where a reference is found by looking at every instruction.
const std::vector<Reference>& Code::all_references() const {
  if (all_) return *all_;
  all_.emplace();
  for (const MappedRange& range : image_.code)
    decoder_.architecture().find_references(image_, range, 0, UINT64_MAX, *all_);
  std::sort(all_->begin(), all_->end(), [](const Reference& a, const Reference& b) {
    return std::pair(a.target, a.site) < std::pair(b.target, b.site);
  });
  return *all_;
}

void Code::scan(const MappedRange& range, std::uint64_t low, std::uint64_t high, std::vector<Reference>& found) const {
  const Architecture& architecture = decoder_.architecture();
  if (!architecture.index_references) return architecture.find_references(image_, range, low, high, found);
  const std::vector<Reference>& all = all_references();
  auto next = std::lower_bound(all.begin(), all.end(), low,
                               [](const Reference& one, std::uint64_t address) { return one.target < address; });
  for (; next != all.end() && next->target < high; ++next) {
    if (next->site >= range.address && next->site - range.address < range.size) found.push_back(*next);
  }
}

bool Code::is_real(const Reference& reference) const {
  if (!reference.doubtful) return true;
  const auto load = decode_one(reference.site);
  return load && values_in_function(reference.site).address_of(load->operands[1]) == Value::address(reference.target);
}

std::vector<Reference> Code::references_within(std::uint64_t low, std::uint64_t high) const {
  std::vector<Reference> found;
  for (const MappedRange& range : image_.code) scan(range, low, high, found);
  std::erase_if(found, [&](const Reference& one) { return !is_real(one); });
  return found;
}

std::vector<Reference> Code::references_to(const std::vector<std::uint64_t>& targets) const {
  // One scan for each cluster of targets: a range that spans the gaps between them would hit in most blocks of code.
  constexpr std::uint64_t kGap = 512;
  std::vector<Reference> found;
  for (std::size_t first = 0, next = 0; first < targets.size(); first = next) {
    for (next = first + 1; next < targets.size() && targets[next] - targets[next - 1] < kGap;) ++next;
    for (const MappedRange& range : image_.code) scan(range, targets[first], targets[next - 1] + 1, found);
  }
  std::erase_if(found, [&](const Reference& r) {
    return !std::binary_search(targets.begin(), targets.end(), r.target) || !is_real(r);
  });
  std::sort(found.begin(), found.end(), [](const Reference& a, const Reference& b) { return a.site < b.site; });
  return found;
}

std::vector<Reference> Code::null_accesses(std::uint64_t high) const {
  const Architecture& architecture = decoder_.architecture();
  std::vector<Reference> found;
  for (const MappedRange& range : image_.code) {
    const auto find = architecture.find_null_accesses;
    find != nullptr ? find(image_, range, high, found) : architecture.find_references(image_, range, 0, high, found);
  }
  std::erase_if(found, [&](const Reference& reference) {
    const bool reads = reference.kind == Reference::Kind::kLoad || reference.kind == Reference::Kind::kCallThrough ||
                       reference.kind == Reference::Kind::kJumpThrough;
    return !reads || reference.target % image_.pointer_size() != 0;
  });
  return found;
}

std::vector<Reference> Code::real_null_accesses(std::vector<Reference> accesses) const {
  std::erase_if(accesses, [&](const Reference& reference) {
    // What lies so low in a file whose addresses begin at 0.
    const auto one = decode_one(reference.site);
    if (!one || one->compares()) return true;
    constexpr std::uint64_t kNear = 70;
    const Values values = values_near(reference.site, kNear);
    const bool reads_there = std::any_of(one->operands.begin(), one->operands.end(), [&](const Operand& operand) {
      if (!operand.is_memory() || operand.width != image_.pointer_size()) return false;
      const Value address = values.address_of(operand);
      return address.is_number() && address.value == reference.target;
    });
    if (!reads_there) return true;
    // Bytes that look like one. Asked last, because decoding a whole function takes the longest.
    const std::vector<Instruction>& function = function_code(function_around(reference.site));
    return std::none_of(function.begin(), function.end(),
                        [&](const Instruction& other) { return other.address == reference.site; });
  });
  return accesses;
}

template <typename Visit>
void Code::for_each_function(Visit visit) const {
  function_at(0);  // fills functions_ where the image lists none
  for (const MappedRange& range : image_.code) {
    for (const FunctionRange& function : functions_ ? *functions_ : image_.functions) {
      if (function.begin < range.address || function.end > range.address + range.size) continue;
      if (!visit(decoder_.decode(function.begin, function.end))) return;
    }
  }
}

// What a memory operand names, be it by a register that holds what the function counts from; 0 if none.
std::uint64_t Code::named_place(const Instruction& one, const Operand& operand) const {
  if (operand.absolute) return static_cast<std::uint64_t>(operand.value);
  constexpr std::int64_t kMember = 0x80;  // what structures have
  const bool may_be_base = operand.reg != kNoRegister && std::abs(operand.value) >= kMember;
  const auto base = may_be_base ? image_.base_at(one.address) : std::nullopt;
  return base ? image_.wrapped(*base + static_cast<std::uint64_t>(operand.value)) : 0;
}

std::vector<std::uint64_t> Code::writes_of(std::uint64_t address, std::uint64_t width) const {
  constexpr std::uint64_t kWidest = 70;
  const std::uint64_t low = address - std::min(address, kWidest);
  std::vector<std::uint64_t> sites;
  if (decoder_.architecture().find_mentions == nullptr) {
    for (const Reference& reference : references_within(low, address + width)) {
      const auto one = reference.kind == Reference::Kind::kStore ? decode_one(reference.site) : std::nullopt;
      if (one && address < reference.target + one->operands[0].width) sites.push_back(one->address);
    }
    return sites;
  }
  const auto writes = [&](const Instruction& one) {
    return std::any_of(one.operands.begin(), one.operands.end(), [&](const Operand& operand) {
      const std::uint64_t place = named_place(one, operand);
      const bool here = operand.is_memory() && place != 0 && place < address + width;
      const bool reads = one.operation == Operation::kMove && &operand != &one.operands[0];
      const bool only_reads = reads || one.compares() || one.operation == Operation::kCall ||
                              one.operation == Operation::kJump || one.operation == Operation::kLea;
      return here && !only_reads && (place >= address || address - place < operand.width);
    });
  };
  std::vector<std::uint64_t> places;
  for (const MappedRange& range : image_.code)
    decoder_.architecture().find_mentions(image_, range, low, address + width, places);
  std::set<std::uint64_t> seen;
  for (const std::uint64_t place : places) {
    const FunctionRange function = function_around(place);
    if (!seen.insert(function.begin).second) continue;
    for (const Instruction& one : function_code(function)) {
      if (writes(one)) sites.push_back(one.address);
    }
  }
  return sites;
}

bool Code::may_be_written(std::uint64_t address) const {
  if (!decoder_.architecture().doubtful_references) return false;  // the sweeps see every store
  const std::vector<std::uint64_t> sites = writes_of(address, image_.pointer_size());
  return std::any_of(sites.begin(), sites.end(), [&](std::uint64_t site) {
    const auto one = decode_one(site);
    const Operand& to = one->operands[0];
    return one->operation != Operation::kMove || named_place(*one, to) != address || !one->operands[1].is_register() ||
           one->operands[1].reg == kNoRegister;
  });
}

std::vector<std::uint64_t> Code::chained_reads(std::uint8_t first, std::uint8_t second) const {
  std::vector<std::uint64_t> sites;
  if (const auto find = decoder_.architecture().find_chained_reads; find != nullptr) {
    for (const MappedRange& range : image_.code) find(image_, range, first, second, sites);
    return sites;
  }
  constexpr std::size_t kNear = 8;
  const auto reads = [](const Operand& from, std::int64_t distance, std::uint8_t width) {
    return from.is_memory() && !from.absolute && from.index == kNoRegister && from.value == distance &&
           from.width == width;
  };
  for_each_function([&](const std::vector<Instruction>& code) {
    for (std::size_t i = 0; i < code.size(); ++i) {
      const bool loads = code[i].operation == Operation::kMove && code[i].written != kNoRegister;
      if (!loads || !reads(code[i].operands[1], first, machine().pointer_size)) continue;
      for (std::size_t k = i + 1; k < std::min(code.size(), i + 1 + kNear); ++k) {
        const auto& operands = code[k].operands;
        const bool here = std::any_of(operands.begin(), operands.end(), [&](const Operand& from) {
          return reads(from, second, 4) && from.reg == code[i].written;
        });
        if (here) sites.push_back(code[i].address);
        if (here || code[k].written == code[i].written) break;
      }
    }
    return true;
  });
  return sites;
}

const std::vector<Reference>& Code::references_into(const FunctionRange& function) const {
  const auto [entry, fresh] = into_.try_emplace(function.begin);
  if (!fresh) return entry->second;
  for (const MappedRange& range : image_.code) {
    const std::uint64_t end = range.address + range.size;
    const bool inside = function.begin >= range.address && function.end <= end;
    if (!inside) {
      scan(range, function.begin, function.end, entry->second);
      continue;
    }
    scan({range.address, range.file_offset, function.begin - range.address, true}, function.begin, function.end,
         entry->second);
    const std::uint64_t behind = function.end - range.address;
    scan({function.end, range.file_offset + behind, range.size - behind, true}, function.begin, function.end,
         entry->second);
  }
  return entry->second;
}

bool Code::is_real_transfer(const Reference& reference, const FunctionRange& into) const {
  if (!decoder_.architecture().doubtful_references) return true;
  // A function that thousands call needs no such doubt.
  constexpr std::size_t kMany = 512;
  if (reference.target == into.begin && references_into(into).size() >= kMany) return true;
  const auto [entry, fresh] = real_.try_emplace(reference.site);
  if (fresh) entry->second = starts_instruction(reference.site);
  return entry->second;
}

bool Code::starts_instruction(std::uint64_t site) const {
  constexpr std::uint64_t kBefore = 48;
  const FunctionRange* function = function_at(site);
  if (function == nullptr || site == function->begin) return true;
  if (site - function->begin <= kBefore) {
    const std::vector<Instruction> code = decoder_.decode(function->begin, site);
    if (!code.empty() && code.back().end() == site) return true;
  }
  if (decoder_.starts_instruction(std::max(function->begin, site > kBefore ? site - kBefore : 0), site)) return true;
  // Operands right in front may outvote the truth, and bytes of 32-bit code that is full of distances stay out of step
  // for long; the function as a whole seldom falls out of it.
  const std::vector<Instruction>& code = function_code(*function);
  const auto here = std::lower_bound(code.begin(), code.end(), site, [](const Instruction& one, std::uint64_t address) {
    return one.address < address;
  });
  return here != code.end() && here->address == site;
}

const FunctionRange* Code::function_at(std::uint64_t address) const {
  const bool partial = image_.format == "pe" || decoder_.architecture().partial_unwind_table;
  if (!partial) return image_.function_at(address);
  if (!functions_) functions_ = find_functions(decoder_);
  return find_function(*functions_, address);
}

FunctionRange Code::function_around(std::uint64_t address) const {
  if (const FunctionRange* function = function_at(address)) return *function;
  return {address > kGuessedFunctionBytes ? address - kGuessedFunctionBytes : 0, address + kGuessedFunctionBytes};
}

std::optional<OutlinedPiece> Code::read_piece(std::uint64_t address) const {
  constexpr std::size_t kLongest = 16;
  OutlinedPiece piece;
  while (piece.code.size() < kLongest) {
    const auto one = decoder_.decode_one(address);
    if (!one || one->clobbers_all) return std::nullopt;
    switch (one->operation) {
      case Operation::kCall:
      case Operation::kBranch:
      case Operation::kTrap:
        return std::nullopt;
      case Operation::kJump:
      case Operation::kReturn:
        piece.last = *one;
        return piece;
      default:
        piece.code.push_back(*one);
        address = one->end();
    }
  }
  return std::nullopt;
}

void Code::add_piece(Instruction& one) const {
  if (one.operation != Operation::kCall || one.target == 0 || !machine().return_register) return;
  const auto [entry, fresh] = pieces_.try_emplace(one.target);
  if (fresh) entry->second = read_piece(one.target);
  if (entry->second) one.piece = &*entry->second;
}

void Code::add_pieces(std::vector<Instruction>& code) const {
  for (Instruction& one : code) add_piece(one);
}

std::optional<Instruction> Code::decode_one(std::uint64_t address) const {
  std::optional<Instruction> one = decoder_.decode_one(address);
  if (one) add_piece(*one);
  return one;
}

std::vector<Instruction> Code::around(std::uint64_t site, std::uint64_t before_bytes, std::size_t after) const {
  const FunctionRange* function = function_at(site);
  const std::uint64_t window = site > before_bytes ? site - before_bytes : 0;
  std::vector<Instruction> code;
  if (function != nullptr && function->begin >= window) {
    code = decoder_.decode(function->begin, site);
    if (!code.empty() && code.back().end() == site) {
      if (const auto here = decode_one(site)) code.push_back(*here);
    } else if (site != function->begin) {
      code = decoder_.decode_up_to(window, site);  // data between the instructions
    }
  }
  if (code.empty() || code.back().address != site) code = decoder_.decode_up_to(window, site);
  add_pieces(code);
  if (code.empty() || code.back().ends_block()) return code;
  for (const Instruction& next : straight_from(code.back().end(), after)) code.push_back(next);
  return code;
}

std::vector<Instruction> Code::from_boundary(std::uint64_t begin, std::uint64_t site) const {
  std::vector<Instruction> code = decoder_.decode(begin, site);
  add_pieces(code);
  const auto here = decode_one(site);
  if (code.empty() || code.back().end() != site || !here) return {};
  code.push_back(*here);
  return code;
}

std::vector<Instruction> Code::straight_from(std::uint64_t begin, std::size_t count) const {
  std::vector<Instruction> code;
  std::uint64_t at = begin;
  while (code.size() < count) {
    const auto next = decode_one(at);
    if (!next) break;
    code.push_back(*next);
    if (next->ends_block()) break;
    at = next->end();
  }
  return code;
}

const std::vector<Instruction>& Code::function_code(const FunctionRange& function) const {
  auto [entry, fresh] = decoded_.try_emplace(function.begin);
  if (fresh) {
    const std::uint64_t end = std::min(function.end, function.begin + limits::kFunctionBytes);
    entry->second = decoder_.decode(function.begin, end);
    add_pieces(entry->second);
  }
  return entry->second;
}

bool never_returns(std::string_view name) {
  constexpr std::string_view kNever[] = {"__stack_chk_fail",
                                         "abort",
                                         "exit",
                                         "__assert_fail",
                                         "_Unwind_Resume",
                                         "__cxa_throw",
                                         "__cxa_rethrow",
                                         "__cxa_bad_cast",
                                         "__cxa_call_unexpected",
                                         "__cxa_throw_bad_array_new_length",
                                         "_CxxThrowException",
                                         "_ZSt9terminatev",
                                         "_ZSt10terminatev",
                                         "Py_FatalError",
                                         "_Py_FatalErrorFunc"};
  if (std::find(std::begin(kNever), std::end(kNever), name) != std::end(kNever)) return true;
  return name.starts_with("_ZSt") &&
         (name.find("__throw") != std::string_view::npos || name.find("rethrow") != std::string_view::npos);
}

bool throws(std::string_view name) {
  return name.find("throw") != std::string_view::npos && name.find("nothrow") == std::string_view::npos;
}

bool Code::returns(const Instruction& call) const {
  constexpr std::size_t kWrapper = 16;
  const Operand& through = call.operands[0];
  const bool near = call.target != 0 || (through.is_memory() && through.absolute);
  if (!near) return true;  // what registers hold is asked of functions whose calls come back
  if (const auto name = imported_name(call)) return !never_returns(*name);
  if (call.target == 0) return true;
  // Cython's __pyx_fatalerror(), or what 32-bit code calls to find the GOT and call __stack_chk_fail().
  const auto [entry, fresh] = wrappers_.try_emplace(call.target, true);
  if (!fresh) return entry->second;
  for (const Instruction& one : straight_from(call.target, kWrapper)) {
    if (one.operation == Operation::kBranch) break;
    const auto name = one.operation == Operation::kCall ? imported_name(one) : std::nullopt;
    if (!name || !never_returns(*name)) continue;
    wrappers_[call.target] = false;
    break;
  }
  return wrappers_[call.target];
}

const FunctionValues& Code::function_values(std::uint64_t site) const {
  const FunctionRange function = function_around(site);
  std::unique_ptr<FunctionValues>& values = values_[function.begin];
  if (values == nullptr) {
    values = std::make_unique<FunctionValues>(
        function_code(function), machine(), image_, [this](const Instruction& call) { return returns(call); }, this);
  }
  return *values;
}

Values Code::values_in_function(std::uint64_t site) const {
  return function_values(site).at(site);
}

std::vector<Values> Code::values_on_ways_to(std::uint64_t site) const {
  return function_values(site).on_ways_to(site);
}

Values Code::values_near(std::uint64_t site, std::uint64_t before_bytes) const {
  if (image_.counts_from_register()) return values_in_function(site);
  return values_before(around(site, before_bytes, 0), site, machine(), image_);
}

const std::vector<std::uint64_t>& Code::indirect_blocks(const FunctionRange& function) const {
  const auto [entry, fresh] = indirect_.try_emplace(function.begin);
  if (!fresh) return entry->second;
  const std::vector<Instruction>& code = function_code(function);
  std::set<std::uint64_t> named;
  for (const Instruction& one : code) named.insert(one.target);
  for (std::size_t i = 0; i + 1 < code.size(); ++i) {
    if (code[i].ends_block() && named.count(code[i + 1].address) == 0) entry->second.push_back(code[i + 1].address);
  }
  return entry->second;
}

std::vector<std::uint64_t> Code::addresses_in(const FunctionRange& function) const {
  std::vector<std::uint64_t> addresses;
  Values values = Values::at_entry(machine(), image_);
  for (const Instruction& one : function_code(function)) {
    for (const Operand& operand : one.operands) {
      if (operand.is_immediate() && operand.absolute) addresses.push_back(static_cast<std::uint64_t>(operand.value));
    }
    if (one.ends_block()) {
      values.forget_all();
      continue;
    }
    values.apply(one);
    const bool makes = one.operation == Operation::kMove || one.operation == Operation::kLea;
    if (makes && one.written != kNoRegister && values[one.written].is_address())
      addresses.push_back(values[one.written].value);
  }
  return addresses;
}

std::optional<std::string_view> Code::symbol_in_slot(std::uint64_t slot) const {
  const Relocation* relocation = image_.relocation_at(slot);
  if (relocation == nullptr || !relocation->symbol) return std::nullopt;
  return image_.symbols[*relocation->symbol].name;
}

// A stub loads a pointer from its slot and jumps there: `jmp *slot(%rip)`, `adrp; ldr; add; br`, possibly behind one
// more jump that merged calls share, or, in 32-bit code for Darwin, behind `call` and `pop` that take its own address.
// Nothing else may happen in it. A stub that the loader writes holds nothing yet.
Value Code::read_stub(std::uint64_t address) const {
  constexpr int kLongest = 8;
  const Relocation* const written = image_.relocation_at(address);
  if (written != nullptr && written->symbol) return {Value::Kind::kSymbol, 0, 0, 0, address};
  Values values(machine(), image_);
  if (image_.got != 0) values.set(machine().got, Value::address(image_.got));
  std::uint64_t at = address;
  for (int steps = 0; steps < kLongest; ++steps) {
    const auto one = decode_one(at);
    if (!one) return {};
    if (one->operation == Operation::kJump) {
      if (one->target == 0) return values.read(one->operands[0]);
      at = one->target;
      continue;
    }
    const bool forms = one->operation == Operation::kMove || one->operation == Operation::kLea ||
                       one->operation == Operation::kPage || one->operation == Operation::kAdd ||
                       one->operation == Operation::kInsert || one->operation == Operation::kPop ||
                       (one->operation == Operation::kPush && one->operands[0].absolute) ||
                       (one->operation == Operation::kOther && one->written == kNoRegister);
    if (!forms || one->clobbers_all) return {};
    values.apply(*one);
    at = one->end();
  }
  return {};
}

Value Code::stub_target(std::uint64_t address) const {
  const auto [entry, fresh] = stubs_.try_emplace(address);
  if (fresh) entry->second = read_stub(address);
  return entry->second;
}

// What a call or jump leads to that names neither an address nor a fixed place: what the instructions before it, or
// else the whole function, put into the register.
Value Code::near_callee(const Instruction& call) const {
  constexpr std::uint64_t kNear = 70;
  const auto [entry, fresh] = callees_.try_emplace(call.address);
  if (!fresh) return entry->second;
  entry->second = values_near(call.address, kNear).read(call.operands[0]);
  if (!entry->second.known()) entry->second = values_in_function(call.address).read(call.operands[0]);
  return entry->second;
}

Value Code::callee(const Instruction& call) const {
  if (call.target != 0) {
    const Value target = stub_target(call.target);
    return target.is_symbol() || target.is_address() ? target : Value::address(call.target);
  }
  const Operand& to = call.operands[0];
  if (to.is_memory() && to.absolute) return Values(machine(), image_).read(to);
  const bool may_be_fixed = to.is_register() || (to.is_memory() && image_.counts_from_register());
  return may_be_fixed ? near_callee(call) : Value{};
}

std::optional<std::string_view> Code::imported_name(const Instruction& call) const {
  const Value to = callee(call);
  return to.is_symbol() ? symbol_in_slot(to.value) : std::nullopt;
}

std::optional<std::string_view> Code::imported_name(const Instruction& call, const Values& values) const {
  if (call.target != 0) return imported_name(call);
  const Value to = values.read(call.operands[0]);
  if (!to.known()) return imported_name(call);
  return to.is_symbol() ? symbol_in_slot(to.value) : std::nullopt;
}

std::uint64_t Code::own_target(const Instruction& call) const {
  const Value to = callee(call);
  return to.is_address() ? to.value : 0;
}

Code::Doors Code::doors_of_slots(std::vector<std::uint64_t> slots, const Value& target) const {
  std::sort(slots.begin(), slots.end());
  Doors doors{std::move(slots), {}};
  for (const Reference& reference : references_to(doors.slots)) {
    if (reference.kind != Reference::Kind::kJumpThrough && reference.kind != Reference::Kind::kLoad) continue;
    // Calls aim at the first of the stub's instructions, some bytes before the one that names the slot.
    constexpr std::uint64_t kStubPrefix = 16;
    const std::uint64_t step = machine().alignment;
    for (std::uint64_t back = 0; back <= kStubPrefix; back += step) {
      const Value to = stub_target(reference.site - back);
      const bool there = target.known()
                             ? to == target
                             : to.is_symbol() && std::binary_search(doors.slots.begin(), doors.slots.end(), to.value);
      if (there) doors.stubs.push_back(reference.site - back);
    }
  }
  std::sort(doors.stubs.begin(), doors.stubs.end());
  doors.stubs.erase(std::unique(doors.stubs.begin(), doors.stubs.end()), doors.stubs.end());
  return doors;
}

Code::Doors Code::doors_of_symbol(const std::string& name) const {
  std::vector<std::uint64_t> slots;
  for (const Relocation& relocation : image_.relocations) {
    if (relocation.symbol && image_.symbols[*relocation.symbol].name == name) slots.push_back(relocation.address);
  }
  return doors_of_slots(std::move(slots), {});
}

const std::vector<Reference>& Code::references_to_symbol(const std::string& name) const {
  const auto [entry, fresh] = to_symbol_.try_emplace(name);
  if (!fresh) return entry->second;
  Doors doors = doors_of_symbol(name);
  std::vector<std::uint64_t> targets = std::move(doors.slots);
  targets.insert(targets.end(), doors.stubs.begin(), doors.stubs.end());
  std::sort(targets.begin(), targets.end());
  entry->second = references_to(targets);
  return entry->second;
}

std::vector<std::uint64_t> Code::slots_of_address(std::uint64_t address) const {
  std::vector<std::uint64_t> slots;
  for (const Relocation& relocation : image_.relocations) {
    if (!relocation.symbol && relocation.addend != address) continue;
    if (relocation.symbol && image_.symbols[*relocation.symbol].address + relocation.addend != address) continue;
    slots.push_back(relocation.address);
  }
  return slots;
}

Code::Doors Code::doors_of_address(std::uint64_t address) const {
  return doors_of_slots(slots_of_address(address), Value::address(address));
}

}  // namespace abicheck
