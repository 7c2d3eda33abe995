// Reading plain files, so that nothing but a regular file is ever waited for.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/byte_buffer.h"
#include "base/limits.h"
#include "base/result.h"

namespace abicheck {

// A descriptor that closes itself.
class FileDescriptor {
 public:
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~FileDescriptor();

  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
};

struct OpenFile {
  FileDescriptor descriptor;
  std::uint64_t size = 0;
};

// Errors name the path: kMissing, kUnreadable, and kUnsupported for a directory, pipe, socket or device.
Result<OpenFile> open_regular_file(const std::string& path);

// Up to `room` bytes from the current position, less only at the end of the file. The error has no place.
Result<std::size_t> read_some(const OpenFile& file, std::uint8_t* out, std::size_t room);

// The whole file; kTooLarge above `limit`.
Result<ByteBuffer> read_file(const std::string& path, std::uint64_t limit = limits::kMemberBytes);

// SHA-256 in lower-case hexadecimal, read piece by piece.
Result<std::string> sha256_of_file(const std::string& path);

// 10,737,418,240 for messages: sizes of broken files are hard to read without the commas.
std::string with_commas(std::uint64_t number);

}  // namespace abicheck
