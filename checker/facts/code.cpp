#include "facts/code.h"

#include <algorithm>
#include <cstring>

#include "base/limits.h"

namespace abicheck {

namespace {

// Bytes that are tested at once.
constexpr std::size_t kBlock = 128;

// Eight distances; GCC and clang lower the operators to whatever vectors the processor has.
using Words = std::uint32_t __attribute__((vector_size(32)));

// The first block at or behind `at` in which some distance that begins at one of its bytes leads to the wanted range:
// place + distance - first <= width, all modulo 2^32. Three bytes behind every block are read.
__attribute__((target_clones("avx2", "default"))) std::size_t next_block_that_leads_there(
    const std::uint8_t* code, std::size_t at, std::size_t end, std::uint32_t first, std::uint32_t width) {
  constexpr Words kPlaces = {0, 4, 8, 12, 16, 20, 24, 28};
  for (; at + kBlock + 3 <= end; at += kBlock) {
    Words any{};
    for (std::size_t step = 0; step < kBlock; step += sizeof(Words)) {
      for (std::size_t phase = 0; phase < 4; ++phase) {
        Words words;
        std::memcpy(&words, code + at + step + phase, sizeof(words));
        const auto base = static_cast<std::uint32_t>(at + step + phase) - first;
        any |= reinterpret_cast<Words>(words + (kPlaces + base) <= (Words{} + width));
      }
    }
    std::uint64_t halves[4];
    std::memcpy(halves, &any, sizeof(any));
    if ((halves[0] | halves[1] | halves[2] | halves[3]) != 0) return at;
  }
  return at;
}

// Calls `hit(offset)` for every offset in `code` at which place + 4 + distance lies in [low, high).
template <typename Hit>
void scan_distances(ByteView code, std::uint64_t address, std::uint64_t low, std::uint64_t high, Hit hit) {
  if (code.size() < 4 || high <= low) return;
  const auto first = static_cast<std::uint32_t>(low - address - 4);
  const auto width = static_cast<std::uint32_t>(std::min<std::uint64_t>(high - low, UINT32_MAX) - 1);
  const std::size_t last = code.size() - 4;
  for (std::size_t at = 0; at <= last; at += kBlock) {
    at = next_block_that_leads_there(code.data(), at, code.size(), first, width);
    for (std::size_t k = at; k < at + kBlock && k <= last; ++k) {
      std::uint32_t distance;
      std::memcpy(&distance, code.data() + k, 4);
      if (distance + static_cast<std::uint32_t>(k) - first <= width) hit(k);
    }
  }
}

// What the bytes in front of a distance make of it (Intel SDM volume 2: opcode, ModRM with mod 00 and rm 101).
struct Shape {
  Reference::Kind kind;
  std::size_t prefix;  // bytes of the instruction before the distance
};

std::optional<Shape> shape_before(ByteView code, std::size_t distance_at) {
  const auto byte = [&](std::size_t back) -> int { return distance_at >= back ? code[distance_at - back] : -1; };
  if (byte(1) == 0xe8) return Shape{Reference::Kind::kCall, 1};
  if (byte(2) == 0x0f && (byte(1) & 0xf0) == 0x80) return Shape{Reference::Kind::kBranch, 2};
  const bool rip_relative = (byte(1) & 0xc7) == 0x05;
  const bool rex_w = (byte(3) & 0xf8) == 0x48;
  if (rip_relative && byte(2) == 0x8d && rex_w) return Shape{Reference::Kind::kLea, 3};
  if (rip_relative && byte(2) == 0x8b && rex_w) return Shape{Reference::Kind::kLoad, 3};
  if (byte(2) == 0xff && byte(1) == 0x15) return Shape{Reference::Kind::kCallThrough, 2};
  if (byte(2) == 0xff && byte(1) == 0x25) return Shape{Reference::Kind::kJumpThrough, 2};
  if (byte(1) == 0xe9) return Shape{Reference::Kind::kJump, 1};
  return std::nullopt;
}

constexpr std::uint64_t kGuessedFunctionBytes = 4096;

}  // namespace

void Code::scan(const MappedRange& range, std::uint64_t low, std::uint64_t high, std::vector<Reference>& found) const {
  const ByteView code = slice(image_.bytes, range.file_offset, range.size);
  scan_distances(code, range.address, low, high, [&](std::size_t at) {
    const auto shape = shape_before(code, at);
    if (!shape) return;
    const std::uint64_t target = range.address + at + 4 + static_cast<std::int64_t>(*read_le<std::int32_t>(code, at));
    found.push_back({range.address + at - shape->prefix, target, shape->kind});
  });
}

std::vector<Reference> Code::references_within(std::uint64_t low, std::uint64_t high) const {
  std::vector<Reference> found;
  for (const MappedRange& range : image_.code) scan(range, low, high, found);
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
  std::erase_if(found,
                [&](const Reference& r) { return !std::binary_search(targets.begin(), targets.end(), r.target); });
  std::sort(found.begin(), found.end(), [](const Reference& a, const Reference& b) { return a.site < b.site; });
  return found;
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
  // Bytes inside other instructions can look like a jump or call: a displacement of -0x18 is e8, small immediates
  // behind it lead to places nearby. A function that thousands call needs no such doubt.
  constexpr std::size_t kMany = 512;
  const bool doubt_starts = entry->second.size() < kMany;
  std::erase_if(entry->second, [&](const Reference& one) {
    return one.transfers() && (doubt_starts || one.target != function.begin) && !is_real_transfer(one);
  });
  return entry->second;
}

bool Code::is_real_transfer(const Reference& reference) const {
  constexpr std::uint64_t kBefore = 48;
  const FunctionRange* function = image_.function_at(reference.site);
  if (function == nullptr || reference.site == function->begin) return true;
  if (reference.site - function->begin <= kBefore) {
    const std::vector<Instruction> code = disassembler_.decode(image_, function->begin, reference.site);
    if (!code.empty() && code.back().end() == reference.site) return true;
  }
  const std::uint64_t begin = std::max(function->begin, reference.site > kBefore ? reference.site - kBefore : 0);
  return disassembler_.starts_instruction(image_, begin, reference.site);
}

FunctionRange Code::function_around(std::uint64_t address) const {
  if (const FunctionRange* function = image_.function_at(address)) return *function;
  return {address > kGuessedFunctionBytes ? address - kGuessedFunctionBytes : 0, address + kGuessedFunctionBytes};
}

std::vector<Instruction> Code::around(std::uint64_t site, std::uint64_t before_bytes, std::size_t after) const {
  const FunctionRange* function = image_.function_at(site);
  const std::uint64_t window = site > before_bytes ? site - before_bytes : 0;
  std::vector<Instruction> code;
  if (function != nullptr && function->begin >= window) {
    code = disassembler_.decode(image_, function->begin, site);
    if (!code.empty() && code.back().end() == site) {
      if (const auto here = decode_one(site)) code.push_back(*here);
    } else if (site != function->begin) {
      code = disassembler_.decode_up_to(image_, window, site);  // data between the instructions
    }
  }
  if (code.empty() || code.back().address != site) code = disassembler_.decode_up_to(image_, window, site);
  if (code.empty() || code.back().ends_block()) return code;
  for (const Instruction& next : straight_from(code.back().end(), after)) code.push_back(next);
  return code;
}

std::vector<Instruction> Code::from_boundary(std::uint64_t begin, std::uint64_t site) const {
  std::vector<Instruction> code = disassembler_.decode(image_, begin, site);
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
    entry->second = disassembler_.decode(image_, function.begin, end);
  }
  return entry->second;
}

std::optional<std::string_view> Code::symbol_in_slot(std::uint64_t slot) const {
  const Relocation* relocation = image_.relocation_at(slot);
  if (relocation == nullptr || !relocation->symbol) return std::nullopt;
  return image_.symbols[*relocation->symbol].name;
}

std::optional<std::uint64_t> Code::stub_slot(std::uint64_t address) const {
  // A stub is [endbr64] jmp *slot(%rip), possibly behind one more jump that merged calls share.
  std::uint64_t at = address;
  for (int steps = 0; steps < 4; ++steps) {
    const auto instruction = decode_one(at);
    if (!instruction) return std::nullopt;
    if (instruction->operation == Operation::kJump) {
      const Operand& to = instruction->operands[0];
      if (to.is_memory() && to.rip_relative) return static_cast<std::uint64_t>(to.value);
      if (instruction->target == 0) return std::nullopt;
      at = instruction->target;
    } else if (instruction->operation == Operation::kOther && instruction->written == Register::none &&
               instruction->size == 4) {
      at = instruction->end();  // endbr64
    } else {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> Code::stub_symbol(std::uint64_t address) const {
  const auto slot = stub_slot(address);
  return slot ? symbol_in_slot(*slot) : std::nullopt;
}

std::optional<std::string_view> Code::imported_name(const Instruction& call) const {
  const Operand& to = call.operands[0];
  if (to.is_memory() && to.rip_relative) return symbol_in_slot(static_cast<std::uint64_t>(to.value));
  if (call.target == 0) return std::nullopt;
  return stub_symbol(call.target);
}

std::uint64_t Code::own_target(const Instruction& call) const {
  const Operand& to = call.operands[0];
  const bool through_slot = to.is_memory() && to.rip_relative;
  if (call.target == 0 && !through_slot) return 0;
  const auto slot = through_slot ? std::optional<std::uint64_t>(to.value) : stub_slot(call.target);
  return slot ? image_.pointer_at(*slot).value_or(0) : call.target;
}

Code::Doors Code::doors_of_slots(std::vector<std::uint64_t> slots) const {
  std::sort(slots.begin(), slots.end());
  Doors doors{std::move(slots), {}};
  for (const Reference& reference : references_to(doors.slots)) {
    if (reference.kind != Reference::Kind::kJumpThrough) continue;
    // Calls aim at the jump itself or at the endbr64 and prefix bytes in front of it.
    constexpr std::uint64_t kStubPrefix = 5;
    for (std::uint64_t back = 0; back <= kStubPrefix; ++back) doors.stubs.push_back(reference.site - back);
  }
  std::sort(doors.stubs.begin(), doors.stubs.end());
  return doors;
}

Code::Doors Code::doors_of_symbol(const std::string& name) const {
  std::vector<std::uint64_t> slots;
  for (const Relocation& relocation : image_.relocations) {
    if (relocation.symbol && image_.symbols[*relocation.symbol].name == name) slots.push_back(relocation.address);
  }
  return doors_of_slots(std::move(slots));
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

Code::Doors Code::doors_of_address(std::uint64_t address) const {
  std::vector<std::uint64_t> slots;
  for (const Relocation& relocation : image_.relocations) {
    if (!relocation.symbol && relocation.addend != address) continue;
    if (relocation.symbol && image_.symbols[*relocation.symbol].address + relocation.addend != address) continue;
    slots.push_back(relocation.address);
  }
  return doors_of_slots(std::move(slots));
}

}  // namespace abicheck
