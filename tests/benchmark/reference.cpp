// The floor of a scan: map a wheel, inflate its native members with libdeflate, check their CRC-32. Nothing else.
// usage: reference WHEEL. Prints the largest member's size. Trusts its input: it is only ever given sound wheels.
#include <fcntl.h>
#include <libdeflate.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>

namespace {

template <typename T>
T read(const std::uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

bool is_native(std::string_view name) {
  const std::string_view base = name.substr(name.rfind('/') + 1);
  return base.ends_with(".so") || base.find(".so.") != std::string_view::npos || base.ends_with(".pyd") ||
         base.ends_with(".dll");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const int file = open(argv[1], O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) return 2;
  const auto size = static_cast<std::size_t>(status.st_size);
  const auto* wheel = static_cast<const std::uint8_t*>(mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0));
  // APPNOTE.TXT 4.3.16: the end of central directory record; 4.3.12: the central directory headers.
  std::size_t end = size - 22;
  while (read<std::uint32_t>(wheel + end) != 0x06054b50) --end;
  const std::uint8_t* entry = wheel + read<std::uint32_t>(wheel + end + 16);
  libdeflate_decompressor* inflater = libdeflate_alloc_decompressor();
  std::size_t largest = 0;
  for (int left = read<std::uint16_t>(wheel + end + 10); left > 0; --left) {
    const auto method = read<std::uint16_t>(entry + 10);
    const auto crc = read<std::uint32_t>(entry + 16);
    const auto packed = read<std::uint32_t>(entry + 20);
    const auto plain = read<std::uint32_t>(entry + 24);
    const auto name_size = read<std::uint16_t>(entry + 28);
    const std::string_view name(reinterpret_cast<const char*>(entry + 46), name_size);
    const std::uint8_t* local = wheel + read<std::uint32_t>(entry + 42);
    entry += 46 + name_size + read<std::uint16_t>(entry + 30) + read<std::uint16_t>(entry + 32);
    if (!is_native(name)) continue;
    const std::uint8_t* data = local + 30 + read<std::uint16_t>(local + 26) + read<std::uint16_t>(local + 28);
    const std::unique_ptr<std::uint8_t[]> bytes(new std::uint8_t[plain]);
    if (method == 8) {
      if (libdeflate_deflate_decompress(inflater, data, packed, bytes.get(), plain, nullptr) != LIBDEFLATE_SUCCESS)
        return 1;
    } else {
      std::memcpy(bytes.get(), data, plain);
    }
    if (libdeflate_crc32(0, bytes.get(), plain) != crc) return 1;
    largest = std::max<std::size_t>(largest, plain);
  }
  std::printf("%zu\n", largest);
  return 0;
}
