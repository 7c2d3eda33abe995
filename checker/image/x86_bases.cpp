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

// push %ebp; mov %esp,%ebp in either encoding: the next function, where no table tells.
std::uint64_t next_prologue(ByteView code, std::uint64_t from) {
  for (std::uint64_t at = from; at + 3 <= code.size(); ++at) {
    const bool moves = (code[at + 1] == 0x89 && code[at + 2] == 0xe5) || (code[at + 1] == 0x8b && code[at + 2] == 0xec);
    if (code[at] == 0x55 && moves) return at;
  }
  return code.size();
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
      if (takes_address(at)) add(at + kCallSize);
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

  void add(std::uint64_t place) {
    CodeBase base{range_.address + place, 0, range_.address + place};
    if (const FunctionRange* function = image_.function_at(base.address)) {
      base.begin = function->begin;
      base.end = function->end;
    } else {
      if (place >= prologue_) prologue_ = next_prologue(code_, place);
      base.end = range_.address + prologue_;
    }
    std::vector<CodeBase>& all = image_.bases;
    const bool full = all.size() >= kMostBases && all[all.size() - kMostBases].end >= base.end;
    if (full) {
      if (!many_) image_.defects.push_back("a function takes the address of too many of its instructions");
      many_ = true;
      return;
    }
    all.push_back(base);
  }

  const MappedRange range_;
  BinaryImage& image_;
  ByteView code_;
  std::uint64_t prologue_ = 0;
  bool many_ = false;
};

}  // namespace

void find_code_bases(BinaryImage& image) {
  for (const MappedRange& range : image.code) Search(range, image).run();
  std::stable_sort(image.bases.begin(), image.bases.end(),
                   [](const CodeBase& a, const CodeBase& b) { return a.begin < b.begin; });
}

}  // namespace abicheck
