#include "model/binary_image.h"

#include <algorithm>

namespace abicheck {

namespace {

constexpr std::size_t kLongestString = 4096;

// The last element whose key is not above `value`, in a vector sorted by that key.
template <typename T, typename Key>
const T* last_not_above(const std::vector<T>& sorted, std::uint64_t value, Key key) {
  auto next = std::upper_bound(sorted.begin(), sorted.end(), value,
                               [&](std::uint64_t v, const T& element) { return v < key(element); });
  return next == sorted.begin() ? nullptr : &*std::prev(next);
}

}  // namespace

std::optional<std::uint64_t> BinaryImage::offset_of(std::uint64_t address) const {
  const MappedRange* range = last_not_above(ranges, address, [](const MappedRange& r) { return r.address; });
  if (range == nullptr || address - range->address >= range->size) return std::nullopt;
  return range->file_offset + (address - range->address);
}

std::optional<std::uint64_t> BinaryImage::address_of(std::uint64_t offset) const {
  for (const MappedRange& range : ranges) {
    if (offset >= range.file_offset && offset - range.file_offset < range.size) {
      return range.address + (offset - range.file_offset);
    }
  }
  return std::nullopt;
}

ByteView BinaryImage::bytes_at(std::uint64_t address, std::uint64_t length) const {
  const MappedRange* range = last_not_above(ranges, address, [](const MappedRange& r) { return r.address; });
  if (range == nullptr || address - range->address >= range->size) return {};
  const std::uint64_t within = address - range->address;
  return slice(bytes, range->file_offset + within, std::min(length, range->size - within));
}

std::optional<std::string_view> BinaryImage::string_at(std::uint64_t address) const {
  return read_c_string(bytes_at(address, kLongestString), 0, kLongestString);
}

bool BinaryImage::is_code(std::uint64_t address) const {
  const MappedRange* range = last_not_above(ranges, address, [](const MappedRange& r) { return r.address; });
  return range != nullptr && range->executable && address - range->address < range->size;
}

bool BinaryImage::holds_code(std::uint64_t address) const {
  return std::any_of(code.begin(), code.end(),
                     [&](const MappedRange& r) { return address >= r.address && address - r.address < r.size; });
}

std::optional<std::uint32_t> BinaryImage::read_u32(std::uint64_t address) const {
  return read_in_order<std::uint32_t>(bytes_at(address, 4), 0, big_endian);
}

std::optional<std::uint64_t> BinaryImage::read_u64(std::uint64_t address) const {
  return read_in_order<std::uint64_t>(bytes_at(address, 8), 0, big_endian);
}

std::optional<std::uint64_t> BinaryImage::read_pointer(std::uint64_t address) const {
  if (bits == 64) return read_u64(address);
  const auto narrow = read_u32(address);
  return narrow ? std::optional<std::uint64_t>(*narrow) : std::nullopt;
}

std::optional<std::uint64_t> BinaryImage::base_at(std::uint64_t address) const {
  if (got != 0) return got;
  const CodeBase* last = last_not_above(bases, address, [](const CodeBase& b) { return b.begin; });
  if (last == nullptr || address >= last->end) return std::nullopt;
  const bool several = last != bases.data() && std::prev(last)->end > address;
  return several ? std::nullopt : std::optional(last->address);
}

const Relocation* BinaryImage::relocation_at(std::uint64_t address) const {
  const Relocation* found = last_not_above(relocations, address, [](const Relocation& r) { return r.address; });
  return found != nullptr && found->address == address ? found : nullptr;
}

std::optional<std::uint64_t> BinaryImage::pointer_at(std::uint64_t address) const {
  const Relocation* relocation = relocation_at(address);
  if (relocation == nullptr) return std::nullopt;
  if (!relocation->symbol) return relocation->addend;
  const DynamicSymbol& symbol = symbols[*relocation->symbol];
  if (!symbol.defined) return std::nullopt;
  return symbol.address + relocation->addend;
}

const DynamicSymbol* BinaryImage::find_symbol(std::string_view name) const {
  for (const DynamicSymbol& symbol : symbols) {
    if (symbol.name == name) return &symbol;
  }
  return nullptr;
}

const FunctionRange* BinaryImage::function_at(std::uint64_t address) const {
  return find_function(functions, address);
}

const FunctionRange* find_function(const std::vector<FunctionRange>& functions, std::uint64_t address) {
  const FunctionRange* found = last_not_above(functions, address, [](const FunctionRange& f) { return f.begin; });
  return found != nullptr && address < found->end ? found : nullptr;
}

}  // namespace abicheck
