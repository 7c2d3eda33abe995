// Blocks of bytes are first tested for two letters of the text at their distance, which few blocks have; only those are
// searched. memmem() alone is several times slower for texts of ten letters, std::string_view::find() slower still.
#include "base/find_text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace abicheck {

namespace {

// Bytes that are tested at once.
constexpr std::size_t kBlock = 128;

// GCC and clang lower the operators to whatever vectors the processor has.
using Lanes = std::uint8_t __attribute__((vector_size(32)));

// The first block at or behind `at` in which `first` stands somewhere and `second` `distance` bytes behind it; the
// block in which too few bytes are left where there is none.
__attribute__((target_clones("avx2", "default"))) std::size_t next_block_with(const std::uint8_t* bytes, std::size_t at,
                                                                              std::size_t end, std::uint8_t first,
                                                                              std::uint8_t second,
                                                                              std::size_t distance) {
  for (; at + kBlock + distance <= end; at += kBlock) {
    Lanes any{};
    for (std::size_t step = 0; step < kBlock; step += sizeof(Lanes)) {
      Lanes here;
      Lanes there;
      std::memcpy(&here, bytes + at + step, sizeof(here));
      std::memcpy(&there, bytes + at + step + distance, sizeof(there));
      any |= reinterpret_cast<Lanes>((here == first) & (there == second));
    }
    std::uint64_t parts[4];
    std::memcpy(parts, &any, sizeof(any));
    if ((parts[0] | parts[1] | parts[2] | parts[3]) != 0) return at;
  }
  return at;
}

std::size_t find_in(ByteView bytes, std::string_view text, std::size_t from, std::size_t end) {
  const void* found = memmem(bytes.data() + from, end - from, text.data(), text.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - bytes.data());
}

}  // namespace

std::size_t find_text(ByteView bytes, std::string_view text, std::size_t from) {
  if (from > bytes.size() || text.size() > bytes.size() - from) return std::string_view::npos;
  // The letters at both ends; files are full of NULs.
  const std::size_t begin = std::min(text.find_first_not_of('\0'), text.size());
  const std::size_t last = begin == text.size() ? begin : text.find_last_not_of('\0');
  if (last == begin) return find_in(bytes, text, from, bytes.size());
  for (std::size_t at = from;; at += kBlock) {
    at = next_block_with(bytes.data() + begin, at, bytes.size() - begin, static_cast<std::uint8_t>(text[begin]),
                         static_cast<std::uint8_t>(text[last]), last - begin);
    if (at + text.size() > bytes.size()) return std::string_view::npos;
    const std::size_t found = find_in(bytes, text, at, std::min(at + kBlock + text.size() - 1, bytes.size()));
    if (found != std::string_view::npos) return found;
  }
}

}  // namespace abicheck
