#include "input/zip_member.h"

#include <cstdio>
#include <optional>
#include <string>

#include "input/file.h"
#include "input/inflate.h"

namespace abicheck {
namespace {

// APPNOTE.TXT 4.4.5.
constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kDeflated = 8;
// So that tiny members, whose few bytes are mostly the deflate header, are not measured by the ratio.
constexpr std::uint64_t kInflateSlack = 1024;

std::string method_name(std::uint16_t method) {
  switch (method) {
    case 9:
      return "deflate64";
    case 12:
      return "bzip2";
    case 14:
      return "LZMA";
    case 93:
      return "Zstandard";
    case 95:
      return "XZ";
    default:
      return "number " + std::to_string(method);
  }
}

std::string hex32(std::uint32_t number) {
  char text[11];
  std::snprintf(text, sizeof text, "0x%08x", number);
  return text;
}

Error too_large(std::uint64_t claim, const std::string& what) {
  return {ErrorCode::kTooLarge, "claims " + with_commas(claim) + " " + what + ", more than this program reads", ""};
}

// Whether the entry's claims are worth allocating memory for; nothing was read yet.
std::optional<Error> refusal(const ZipEntry& entry, std::uint64_t most) {
  if (entry.encrypted) return Error{ErrorCode::kEncrypted, "is encrypted", ""};
  if (entry.method != kStored && entry.method != kDeflated) {
    return Error{ErrorCode::kUnsupported, "compression method " + method_name(entry.method) + " is not supported", ""};
  }
  if (entry.size > most) return too_large(entry.size, "bytes");
  if (entry.compressed_size > most) return too_large(entry.compressed_size, "compressed bytes");
  const bool possible = entry.method == kStored
                            ? entry.size == entry.compressed_size
                            : entry.size <= limits::kInflateRatio * entry.compressed_size + kInflateSlack;
  if (possible) return std::nullopt;
  return Error{ErrorCode::kMalformed,
               "claims " + with_commas(entry.size) + " bytes, which its " + with_commas(entry.compressed_size) +
                   " compressed bytes cannot give",
               ""};
}

Result<ByteBuffer> decompress(const ZipEntry& entry, Result<ByteBuffer> compressed) {
  if (!compressed || entry.method == kStored) return compressed;
  return inflate(compressed->view(), entry.size);
}

}  // namespace

Result<ByteBuffer> read_zip_member(const ZipArchive& archive, std::uint64_t index, std::uint64_t most) {
  const Result<ZipEntry> entry = archive.entry(index);
  if (!entry) return entry.error();
  if (const auto reason = refusal(*entry, most)) return *reason;
  Result<ByteBuffer> bytes = decompress(*entry, archive.read_compressed(*entry));
  if (!bytes) return bytes;
  const std::uint32_t crc = crc32_of(bytes->view());
  if (crc == entry->crc) return bytes;
  return Error{ErrorCode::kCorrupt,
               "CRC mismatch: the archive says " + hex32(entry->crc) + ", the bytes give " + hex32(crc), ""};
}

}  // namespace abicheck
