#include "image/x86_bases.h"

#include <algorithm>
#include <cstring>

namespace abicheck {

namespace {

constexpr std::uint8_t kCall = 0xe8;
constexpr std::uint64_t kCallSize = 5;
// No function takes more than a few; every one of them is one more search of the function.
constexpr std::size_t kMostBases = 16;

bool is_pop(std::uint8_t opcode) {
  return opcode >= 0x58 && opcode <= 0x5f;
}

// ___i686.get_pc_thunk.bx: mov (%esp),%ebx; ret
bool is_thunk(ByteView code) {
  return code.size() >= 4 && code[0] == 0x8b && (code[1] & 0xc7) == 0x04 && code[2] == 0x24 && code[3] == 0xc3;
}

class Search {
 public:
  Search(const MappedRange& range, BinaryImage& image)
      : range_(range), image_(image), code_(slice(image.bytes, range.file_offset, range.size)) {}

  void run() {
    std::uint64_t at = 0;
    while (at + kCallSize < code_.size()) {
      const void* const next = std::memchr(code_.data() + at, kCall, code_.size() - kCallSize - at);
      if (next == nullptr) return;
      at = static_cast<std::uint64_t>(static_cast<const std::uint8_t*>(next) - code_.data());
      if (takes_address(at)) add(range_.address + at + kCallSize);
      ++at;
    }
  }

 private:
  bool takes_address(std::uint64_t call) const {
    const auto distance = *read_le<std::int32_t>(code_, call + 1);
    if (distance == 0) return is_pop(code_[call + kCallSize]);
    const std::uint64_t target = range_.address + call + kCallSize + static_cast<std::uint64_t>(std::int64_t{distance});
    return is_thunk(image_.bytes_at(image_.wrapped(target), 4));
  }

  void add(std::uint64_t address) {
    const FunctionRange* function = image_.function_at(address);
    if (function == nullptr) return;
    std::vector<CodeBase>& all = image_.bases;
    const bool full = all.size() >= kMostBases && all[all.size() - kMostBases].begin == function->begin;
    if (!full) {
      all.push_back({function->begin, function->end, address});
    } else if (!many_) {
      image_.defects.push_back("a function takes the address of too many of its instructions");
      many_ = true;
    }
  }

  const MappedRange range_;
  BinaryImage& image_;
  ByteView code_;
  bool many_ = false;
};

}  // namespace

void find_code_bases(BinaryImage& image) {
  for (const MappedRange& range : image.code) Search(range, image).run();
  std::stable_sort(image.bases.begin(), image.bases.end(),
                   [](const CodeBase& a, const CodeBase& b) { return a.begin < b.begin; });
}

}  // namespace abicheck
