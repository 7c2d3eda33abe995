// Words that are moved through vector registers.
#include <algorithm>

#include "facts/term_state.h"

namespace abicheck {

namespace {

constexpr std::size_t kLane = 8;  // bytes of half a vector register

}  // namespace

// Word `part` of a lane.
Term TermState::lane(const TermWorld& world, const Instruction& one, const Lane& from, std::size_t part) const {
  const std::uint8_t size = world.machine.pointer_size;
  switch (from.from) {
    case Lane::From::kUnknown:
      return {};
    case Lane::From::kZero:
      return Term::number(0);
    case Lane::From::kGeneral:
      return part == 0 ? (*this)[from.reg] : Term::number(0);
    case Lane::From::kLow:
    case Lane::From::kHigh:
      for (const Vector& vector : vectors_) {
        if (vector.reg == from.reg) return vector.words[(from.from == Lane::From::kHigh ? kLane / size : 0) + part];
      }
      return {};
    case Lane::From::kMemory:
    case Lane::From::kMemoryNext: {
      Operand word = one.operands[0].is_memory() ? one.operands[0] : one.operands[1];
      if (!word.is_memory()) return {};
      word.width = size;
      word.value += static_cast<std::int64_t>(part) * size;
      if (from.from == Lane::From::kMemoryNext) word.value += kLane;
      return read(world, word);
    }
  }
  return {};
}

// What is moved from memory to memory, or zeroed, more than a word at a time.
void TermState::move_words(const TermWorld& world, const Instruction& one) {
  const std::uint8_t size = world.machine.pointer_size;
  Operand from = one.operands[1];
  if (from.is_memory()) from.width = size;
  const Term address = address_of(world, one.operands[0]);
  const std::uint8_t width = one.operands[0].width;
  std::vector<Term> words;
  for (std::size_t at = 0; at + size <= width; at += size) {
    words.push_back(read(world, from));
    if (from.is_memory()) from.value += size;
  }
  std::int64_t at = 0;
  for (const Term& word : words) {
    store(world, address.plus(at), size, word);
    at += size;
  }
  store(world, address.plus(at), static_cast<std::uint8_t>(width - at), {});
}

// Of two vector registers one after the other.
void TermState::apply_vectors(const TermWorld& world, const Instruction& one) {
  if (one.paired_vector == kNoRegister) return apply_vector(world, one);
  Instruction half = one;
  Operand& memory = half.operands[half.operands[0].is_memory() ? 0 : 1];
  memory.width = static_cast<std::uint8_t>(memory.width / 2);
  apply_vector(world, half);
  memory.value += memory.width;
  if (half.vector != kNoRegister) half.vector = one.paired_vector;
  for (Lane& lane : half.lanes) {
    if (lane.reg != kNoRegister) lane.reg = one.paired_vector;
  }
  apply_vector(world, half);
}

void TermState::apply_vector(const TermWorld& world, const Instruction& one) {
  const std::uint8_t size = world.machine.pointer_size;
  Vector moved{one.vector, {}};
  const std::size_t count = 2 * kLane / size;
  for (std::size_t i = 0; i < count; ++i)
    moved.words[i] = lane(world, one, one.lanes[i * size / kLane], i % (kLane / size));
  if (one.vector != kNoRegister) {
    const Register upper = one.paired_vector == kNoRegister ? world.machine.upper_halves : 0;
    std::erase_if(vectors_, [&](const Vector& vector) {
      return vector.reg == one.vector || (upper != 0 && vector.reg == one.vector + upper);
    });
    const bool known =
        std::any_of(moved.words.begin(), moved.words.end(), [](const Term& word) { return word.known(); });
    if (known) vectors_.push_back(moved);
    if (upper != 0 && one.zeroes_upper_half) {
      Vector zeroes{static_cast<Register>(one.vector + upper), {}};
      zeroes.words.fill(Term::number(0));
      vectors_.push_back(zeroes);
    }
    return;
  }
  const Operand& to = one.operands[0];
  if (to.is_register()) return set(one.written, moved.words[0]);
  const Term address = address_of(world, to);
  const auto is_zero = [](const Term& word) { return word == Term::number(0); };
  const Term beyond =
      std::all_of(moved.words.begin(), moved.words.begin() + static_cast<std::ptrdiff_t>(count), is_zero)
          ? Term::number(0)
          : Term{};
  for (std::size_t i = 0; (i + 1) * size <= to.width; ++i)
    store(world, address.plus(static_cast<std::int64_t>(i * size)), size, i < count ? moved.words[i] : beyond);
  if (to.width < size) store(world, address, to.width, {});
}

}  // namespace abicheck
