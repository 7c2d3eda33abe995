// The zip container through libzip: what the central directory says, and the stored bytes of a member. Inflating is
// inflate.h's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/byte_buffer.h"
#include "base/result.h"

namespace abicheck {

// An entry of the central directory (APPNOTE.TXT 4.3.12). Nothing in it is believed before it was checked.
struct ZipEntry {
  std::string name;  // UTF-8; a name in code page 437 is converted
  std::uint64_t index = 0;
  std::uint64_t compressed_size = 0;
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
  std::uint16_t method = 0;
  bool encrypted = false;

  bool is_directory() const { return name.ends_with('/'); }
};

class ZipArchive {
 public:
  // Errors name the path.
  static Result<ZipArchive> open(const std::string& path);

  ZipArchive(ZipArchive&&) noexcept;
  ZipArchive& operator=(ZipArchive&&) noexcept;
  ~ZipArchive();

  std::uint64_t file_size() const;
  std::uint64_t entry_count() const;
  // Errors of both have no place. Both may be called by several threads at a time.
  Result<ZipEntry> entry(std::uint64_t index) const;
  Result<ByteBuffer> read_compressed(const ZipEntry& entry) const;

 private:
  struct State;
  explicit ZipArchive(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace abicheck
