// Bounds-checked reads and checked arithmetic. Every number that comes from a scanned file is read
// through this header, so that a broken file yields an empty optional instead of undefined behaviour.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

namespace abicheck {

using ByteView = std::span<const std::uint8_t>;

// The unsigned or signed integer T at `offset`; empty when it does not lie wholly inside `bytes`.
template <typename T>
std::optional<T> read_le(ByteView bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  T value;  // x86-64, AArch64 and every other host we build on is little-endian
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

template <typename T>
std::optional<T> read_be(ByteView bytes, std::uint64_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = value << 8 | bytes[offset + i];
  return static_cast<T>(value);
}

// In the byte order that the file itself names.
template <typename T>
std::optional<T> read_in_order(ByteView bytes, std::uint64_t offset, bool big_endian) {
  return big_endian ? read_be<T>(bytes, offset) : read_le<T>(bytes, offset);
}

// `length` bytes from `offset`, cut at the end of `bytes`; empty when `offset` lies outside.
inline ByteView slice(ByteView bytes, std::uint64_t offset, std::uint64_t length) {
  if (offset > bytes.size()) return {};
  const std::uint64_t room = bytes.size() - offset;
  return bytes.subspan(offset, length < room ? length : room);
}

// The text from `offset` up to the next NUL; empty optional when there is none within `limit` bytes.
inline std::optional<std::string_view> read_c_string(ByteView bytes, std::uint64_t offset, std::size_t limit) {
  const ByteView rest = slice(bytes, offset, limit);
  if (rest.empty()) return std::nullopt;
  const void* end = std::memchr(rest.data(), 0, rest.size());
  if (end == nullptr) return std::nullopt;
  const auto* begin = reinterpret_cast<const char*>(rest.data());
  return std::string_view(begin, static_cast<const char*>(end) - begin);
}

inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::optional<std::uint64_t> checked_add(std::uint64_t a, std::uint64_t b) {
  std::uint64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

}  // namespace abicheck
