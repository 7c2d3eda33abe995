#include "input/file.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <vector>

#include "input/system_error.h"

namespace abicheck {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 20;

std::string hex(const unsigned char* bytes, unsigned count) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

Result<std::string> sha256_of(const OpenFile& file) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const Error failure{ErrorCode::kUnreadable, "OpenSSL cannot compute SHA-256", ""};
  if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) return failure;
  Result<ByteBuffer> piece = ByteBuffer::allocate(kPieceBytes);
  if (!piece) return piece.error();
  while (true) {
    const Result<std::size_t> count = read_some(file, piece->data(), piece->size());
    if (!count) return count.error();
    if (*count == 0) break;
    if (EVP_DigestUpdate(context.get(), piece->data(), *count) != 1) return failure;
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (EVP_DigestFinal_ex(context.get(), digest, &length) != 1) return failure;
  return hex(digest, length);
}

Result<ByteBuffer> read_whole(const OpenFile& file, std::uint64_t limit) {
  if (file.size > limit) {
    return Error{ErrorCode::kTooLarge, "has " + with_commas(file.size) + " bytes, more than this program reads", ""};
  }
  Result<ByteBuffer> buffer = ByteBuffer::allocate(file.size);
  if (!buffer) return buffer;
  const Result<std::size_t> count = read_some(file, buffer->data(), buffer->size());
  if (!count) return count.error();
  if (*count != file.size) return Error{ErrorCode::kUnreadable, "the file became shorter while it was read", ""};
  return buffer;
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (number_ >= 0) ::close(number_);
}

Result<OpenFile> open_regular_file(const std::string& path) {
  // Without O_NONBLOCK, open(2) of a pipe waits until somebody writes into it. For a regular file it changes nothing.
  FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (descriptor.number() < 0) return within(path, system_error(errno));
  struct stat status {};
  if (::fstat(descriptor.number(), &status) != 0) return within(path, system_error(errno));
  if (S_ISDIR(status.st_mode)) return Error{ErrorCode::kUnsupported, "is a directory, not a file", path};
  if (!S_ISREG(status.st_mode)) return Error{ErrorCode::kUnsupported, "is a pipe, socket or device, not a file", path};
  return OpenFile{std::move(descriptor), static_cast<std::uint64_t>(status.st_size)};
}

Result<std::size_t> read_some(const OpenFile& file, std::uint8_t* out, std::size_t room) {
  std::size_t done = 0;
  while (done < room) {
    const ssize_t count = ::read(file.descriptor.number(), out + done, room - done);
    if (count == 0) break;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(errno);
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<ByteBuffer> read_file(const std::string& path, std::uint64_t limit) {
  const Result<OpenFile> file = open_regular_file(path);
  if (!file) return file.error();
  Result<ByteBuffer> bytes = read_whole(*file, limit);
  if (!bytes) return within(path, bytes.error());
  return bytes;
}

Result<std::string> sha256_of_file(const std::string& path) {
  const Result<OpenFile> file = open_regular_file(path);
  if (!file) return file.error();
  Result<std::string> digest = sha256_of(*file);
  if (!digest) return within(path, digest.error());
  return digest;
}

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::ptrdiff_t at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) text.insert(at, ",");
  return text;
}

}  // namespace abicheck
