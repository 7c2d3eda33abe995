#include <algorithm>
#include <set>

#include "facts/code.h"

namespace abicheck {

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

}  // namespace abicheck
