#include "disasm/disassembler.h"

#include <capstone/capstone.h>

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <set>

namespace abicheck {

namespace {

constexpr std::size_t kLiteral = 4;  // bytes of a number that stands between instructions

// What stands between the instructions.
Instruction data_at(std::uint64_t address, std::size_t size) {
  Instruction data;
  data.address = address;
  data.size = static_cast<std::uint8_t>(size);
  return data;
}

}  // namespace

struct Disassembler::Handle {
  csh capstone = 0;
  cs_insn* insn = nullptr;

  Handle(int arch, int mode) {
    const cs_err opened = cs_open(static_cast<cs_arch>(arch), static_cast<cs_mode>(mode), &capstone);
    assert(opened == CS_ERR_OK && "Capstone was built without this processor");
    (void)opened;
    cs_option(capstone, CS_OPT_DETAIL, CS_OPT_ON);
    insn = cs_malloc(capstone);
  }
  ~Handle() {
    cs_free(insn, 1);
    cs_close(&capstone);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  // cs_disasm_iter(), for architectures of which it only has to say whether a word is an instruction.
  bool next_word(const std::uint8_t** code, std::size_t* left, std::uint64_t* address) {
    const auto word = read_le<std::uint32_t>({*code, *left}, 0);
    if (!word) return false;
    if (words.empty()) words.resize(kWords);
    KnownWord& known = words[(*word * kSpread >> 16) % kWords];
    if (known.instruction == Is::kUnknown || known.word != *word) {
      const std::uint8_t* bytes = *code;
      std::size_t size = *left;
      std::uint64_t at = *address;
      known = {*word, cs_disasm_iter(capstone, &bytes, &size, &at, insn) ? Is::kInstruction : Is::kData};
    }
    if (known.instruction == Is::kData) return false;
    insn->address = *address;
    insn->size = sizeof(*word);
    std::memcpy(insn->bytes, *code, sizeof(*word));
    *code += sizeof(*word);
    *left -= sizeof(*word);
    *address += sizeof(*word);
    return true;
  }

  // Most words of a program are among those that it holds thousands of times.
  static constexpr std::size_t kWords = 1 << 16;
  static constexpr std::uint32_t kSpread = 0x9e3779b1;
  enum class Is : std::uint32_t { kUnknown, kInstruction, kData };
  struct KnownWord {
    std::uint32_t word = 0;
    Is instruction = Is::kUnknown;
  };
  std::vector<KnownWord> words;
};

Disassembler::Disassembler() = default;
Disassembler::~Disassembler() = default;

Disassembler::Handle& Disassembler::handle_for(const Architecture& architecture, const BinaryImage& image) {
  int mode = architecture.capstone_mode;
  if (image.thumb) mode |= CS_MODE_THUMB;
  std::unique_ptr<Handle>& handle = handles_[{architecture.capstone_arch, mode}];
  if (handle == nullptr) handle = std::make_unique<Handle>(architecture.capstone_arch, mode);
  return *handle;
}

bool Decoder::next(const std::uint8_t** code, std::size_t* left, std::uint64_t* address) const {
  return architecture_.reads_words ? handle_.next_word(code, left, address)
                                   : cs_disasm_iter(handle_.capstone, code, left, address, handle_.insn);
}

Decoder::Decoder(const BinaryImage& image, Disassembler& disassembler)
    : image_(image), architecture_(*architecture_of(image)), handle_(disassembler.handle_for(architecture_, image)) {}

std::optional<Instruction> Decoder::decode_one(std::uint64_t address) const {
  if (!image_.is_code(address)) return std::nullopt;
  const ByteView code = image_.bytes_at(address, machine().longest);
  const std::uint8_t* bytes = code.data();
  std::size_t left = code.size();
  std::uint64_t at = address;
  if (!next(&bytes, &left, &at)) {
    if (architecture_.convert_unknown == nullptr || code.empty()) return std::nullopt;
    return architecture_.convert_unknown(address, code, image_);
  }
  return architecture_.convert(*handle_.insn, image_);
}

std::vector<Instruction> Decoder::decode(std::uint64_t begin, std::uint64_t end) const {
  return decode(begin, end, {});
}

std::vector<Instruction> Decoder::decode(std::uint64_t begin, std::uint64_t end,
                                         const std::vector<Instruction>& other) const {
  std::vector<Instruction> instructions;
  if (!image_.is_code(begin) || end <= begin) return instructions;
  const ByteView code = image_.bytes_at(begin, end - begin);
  instructions.reserve(code.size() / 4);
  const std::uint8_t* bytes = code.data();
  std::size_t left = code.size();
  std::uint64_t at = begin;
  const std::size_t step = machine().alignment;
  std::set<std::uint64_t> literals;
  auto in_step = other.begin();
  while (left != 0) {
    while (in_step != other.end() && in_step->address < at) ++in_step;
    if (in_step != other.end() && in_step->address == at) {
      instructions.insert(instructions.end(), in_step, other.end());
      break;
    }
    if (!literals.empty() && *literals.begin() <= at) {
      const bool here = *literals.begin() == at && left >= kLiteral;
      literals.erase(literals.begin());
      if (here) {
        instructions.push_back(data_at(at, kLiteral));
        bytes += kLiteral;
        left -= kLiteral;
        at += kLiteral;
      }
      continue;
    }
    if (next(&bytes, &left, &at)) {
      instructions.push_back(architecture_.convert(*handle_.insn, image_));
      const Operand& loaded = instructions.back().operands[1];
      const bool literal = machine().literals_in_code && loaded.is_memory() && loaded.absolute &&
                           loaded.reg == kNoRegister && instructions.back().operation == Operation::kMove;
      if (literal && static_cast<std::uint64_t>(loaded.value) >= at)
        literals.insert(static_cast<std::uint64_t>(loaded.value));
      continue;
    }
    if (step == 1 || left <= step) break;
    Instruction data = data_at(at, step);
    if (architecture_.convert_unknown != nullptr)
      data = architecture_.convert_unknown(at, ByteView(bytes, left), image_);
    instructions.push_back(data);
    const std::size_t passed = std::min<std::size_t>(data.size, left);
    bytes += passed;
    left -= passed;
    at += passed;
  }
  return instructions;
}

std::vector<Instruction> Decoder::decode_up_to(std::uint64_t begin, std::uint64_t address) const {
  if (machine().alignment == machine().longest) return decode(aligned(begin), address + machine().longest);
  // Attempts that have fallen into step share all later instructions. Two attempts from different bytes that agree soon
  // after their beginning are taken for the truth; a wrong one would have to lead both astray in the same way.
  const std::uint64_t longest = machine().longest;
  const std::uint64_t attempts = longest + 1;
  const std::uint64_t in_step_after = 4 * longest;
  const std::uint64_t agreed_from = std::min(begin + in_step_after, address);
  const auto first_from = [&](const std::vector<Instruction>& list) {
    const auto found =
        std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.address >= agreed_from; });
    return found == list.end() ? address : found->address;
  };
  std::vector<std::vector<Instruction>> arrived;
  std::vector<Instruction> chosen;
  std::vector<Instruction> attempt;
  for (std::uint64_t start = aligned(begin); start < std::min(begin + attempts, address) && chosen.empty();
       start += machine().alignment) {
    // What is taken for a number in the code depends on what was decoded before.
    const auto before = machine().literals_in_code ? std::vector<Instruction>{} : std::move(attempt);
    attempt = decode(start, address, before);
    if (attempt.empty() || attempt.back().end() != address) continue;
    const bool agreed = std::any_of(arrived.begin(), arrived.end(),
                                    [&](const auto& other) { return first_from(other) == first_from(attempt); });
    arrived.push_back(attempt);
    if (agreed) chosen = arrived.back();
  }
  if (chosen.empty() && !arrived.empty()) chosen = std::move(arrived.front());
  std::erase_if(chosen, [&](const Instruction& one) { return agreed_from < address && one.address < agreed_from; });
  if (const auto last = decode_one(address)) chosen.push_back(*last);
  return chosen;
}

bool Decoder::starts_instruction(std::uint64_t begin, std::uint64_t address) const {
  if (machine().alignment == machine().longest) return address == aligned(address);
  // Every start that gets as far as `address` votes: an instruction begins there, or one lies across it. Most starts
  // fall into step, so the truth has the majority; starts that end in undecodable bytes have no vote.
  int begins = 0;
  int across = 0;
  constexpr int kClear = 2;  // a lead that ends the vote
  const std::uint64_t first = aligned(begin);
  std::vector<std::uint64_t> ends(address - first);  // of the instructions that starts have met; their own place: none
  for (std::uint64_t start = first; start < std::min(begin + machine().longest, address);
       start += machine().alignment) {
    std::uint64_t at = start;
    while (at < address) {
      std::uint64_t& end = ends[at - first];
      if (end == 0) {
        const auto one = decode_one(at);
        end = one ? one->end() : at;
      }
      if (end == at) break;
      at = end;
    }
    if (at < address) continue;
    ++(at == address ? begins : across);
    if (std::abs(begins - across) == kClear) break;
  }
  return begins >= across;
}

}  // namespace abicheck
