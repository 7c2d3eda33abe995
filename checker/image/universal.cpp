#include "image/universal.h"

namespace abicheck {

namespace {

constexpr std::uint32_t kFatMagic = 0xcafebabe;
constexpr std::uint32_t kFatMagic64 = 0xcafebabf;
// Java classes have the first magic too, with a version of 45 or more where the number of slices stands here.
constexpr std::uint32_t kMostSlices = 44;

}  // namespace

bool is_universal(ByteView bytes) {
  const auto magic = read_be<std::uint32_t>(bytes, 0);
  const auto count = read_be<std::uint32_t>(bytes, 4);
  return count && (*magic == kFatMagic || *magic == kFatMagic64) && *count <= kMostSlices;
}

Result<std::vector<UniversalSlice>> read_universal(ByteView bytes) {
  const bool wide = read_be<std::uint32_t>(bytes, 0) == kFatMagic64;
  const std::uint32_t count = read_be<std::uint32_t>(bytes, 4).value_or(0);
  const std::uint64_t entry_size = wide ? 32 : 20;  // fat_arch_64, fat_arch
  std::vector<UniversalSlice> slices;
  for (std::uint32_t i = 0; i < count; ++i) {
    const ByteView entry = slice(bytes, 8 + i * entry_size, entry_size);
    if (entry.size() < entry_size) return Error{ErrorCode::kMalformed, "the universal file's header is cut off", ""};
    const std::uint64_t offset = wide ? *read_be<std::uint64_t>(entry, 8) : *read_be<std::uint32_t>(entry, 8);
    const std::uint64_t size = wide ? *read_be<std::uint64_t>(entry, 16) : *read_be<std::uint32_t>(entry, 12);
    const bool inside = offset <= bytes.size() && size <= bytes.size() - offset;
    slices.push_back({*read_be<std::uint32_t>(entry, 0), *read_be<std::uint32_t>(entry, 4),
                      inside ? slice(bytes, offset, size) : ByteView()});
  }
  if (slices.empty()) return Error{ErrorCode::kMalformed, "a universal file without slices", ""};
  return slices;
}

}  // namespace abicheck
