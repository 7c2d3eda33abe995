// Tried with libzip 1.7.3: a wrong count, size or offset of the central directory, in the zip64 records too, is refused
// before memory is taken for it; up to 64 KiB behind the archive are ignored, anything before it is not; the signature
// and the sizes of local headers are not looked at, so that a wrong offset shows as a wrong CRC.
#include "input/zip_archive.h"

#include <zip.h>

#include <mutex>

#include "base/limits.h"
#include "input/file.h"
#include "input/system_error.h"

namespace abicheck {
namespace {

struct CloseMember {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using MemberPointer = std::unique_ptr<zip_file_t, CloseMember>;

Error open_error(zip_error_t& error) {
  const int code = zip_error_code_zip(&error);
  if (code == ZIP_ER_NOZIP)
    return {ErrorCode::kMalformed, "not a zip archive, or cut: it has no central directory", ""};
  if (code == ZIP_ER_INCONS)
    return {ErrorCode::kMalformed, "the central directory of the zip archive contradicts itself", ""};
  if (code == ZIP_ER_MEMORY) return {ErrorCode::kTooLarge, "there is not enough memory for its central directory", ""};
  if (zip_error_system_type(&error) == ZIP_ET_SYS) return system_error(zip_error_code_system(&error));
  return {ErrorCode::kMalformed, std::string("libzip: ") + zip_error_strerror(&error), ""};
}

// libzip takes over the descriptor only when it succeeds.
Result<zip_t*> open_archive(FileDescriptor& descriptor) {
  int code = 0;
  zip_t* archive = zip_fdopen(descriptor.number(), ZIP_RDONLY, &code);
  if (archive != nullptr) {
    descriptor.release();
    return archive;
  }
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  Error result = open_error(error);
  zip_error_fini(&error);
  return result;
}

bool has_all_fields(const zip_stat_t& status) {
  constexpr zip_uint64_t kNeeded = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_CRC |
                                   ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  return (status.valid & kNeeded) == kNeeded;
}

// ZIP_FL_ENCRYPTED only keeps libzip from asking for a password.
constexpr zip_flags_t kRaw = ZIP_FL_COMPRESSED | ZIP_FL_ENCRYPTED;

}  // namespace

struct ZipArchive::State {
  struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
  };
  std::unique_ptr<zip_t, Discard> archive;
  std::uint64_t file_size = 0;
  // libzip's members share one file position, so only one thread reads at a time. This is a copy out of the page
  // cache; the inflating that takes the time is done outside.
  std::mutex mutex;
};

ZipArchive::ZipArchive(std::unique_ptr<State> state) : state_(std::move(state)) {}
ZipArchive::ZipArchive(ZipArchive&&) noexcept = default;
ZipArchive& ZipArchive::operator=(ZipArchive&&) noexcept = default;
ZipArchive::~ZipArchive() = default;

Result<ZipArchive> ZipArchive::open(const std::string& path) {
  Result<OpenFile> file = open_regular_file(path);
  if (!file) return file.error();
  if (file->size == 0) return Error{ErrorCode::kMalformed, "not a zip archive: the file is empty", path};
  const Result<zip_t*> archive = open_archive(file->descriptor);
  if (!archive) return within(path, archive.error());
  auto state = std::make_unique<State>();
  state->archive.reset(*archive);
  state->file_size = file->size;
  ZipArchive result(std::move(state));
  if (result.entry_count() > limits::kMembers) {
    return Error{ErrorCode::kTooLarge,
                 "has " + with_commas(result.entry_count()) + " members, more than this program reads", path};
  }
  return result;
}

std::uint64_t ZipArchive::file_size() const {
  return state_->file_size;
}

std::uint64_t ZipArchive::entry_count() const {
  const zip_int64_t count = zip_get_num_entries(state_->archive.get(), 0);
  return count < 0 ? 0 : static_cast<std::uint64_t>(count);
}

Result<ZipEntry> ZipArchive::entry(std::uint64_t index) const {
  const std::lock_guard lock(state_->mutex);
  zip_stat_t status;
  zip_stat_init(&status);
  if (zip_stat_index(state_->archive.get(), index, ZIP_FL_ENC_GUESS, &status) != 0 || !has_all_fields(status)) {
    return Error{ErrorCode::kMalformed, "entry " + std::to_string(index) + " of the central directory cannot be read",
                 ""};
  }
  return ZipEntry{status.name,
                  index,
                  status.comp_size,
                  status.size,
                  status.crc,
                  status.comp_method,
                  status.encryption_method != ZIP_EM_NONE};
}

Result<ByteBuffer> ZipArchive::read_compressed(const ZipEntry& entry) const {
  if (entry.compressed_size > state_->file_size) {
    return Error{ErrorCode::kMalformed,
                 "claims " + with_commas(entry.compressed_size) + " compressed bytes, the archive has only " +
                     with_commas(state_->file_size),
                 ""};
  }
  Result<ByteBuffer> bytes = ByteBuffer::allocate(entry.compressed_size);
  if (!bytes || entry.compressed_size == 0) return bytes;

  const std::lock_guard lock(state_->mutex);
  const MemberPointer file(zip_fopen_index(state_->archive.get(), entry.index, kRaw));
  if (!file) return Error{ErrorCode::kMalformed, "its local header does not lie inside the archive", ""};
  const zip_int64_t count = zip_fread(file.get(), bytes->data(), bytes->size());
  if (count < 0)
    return Error{ErrorCode::kUnreadable, std::string("cannot be read: ") + zip_file_strerror(file.get()), ""};
  if (static_cast<std::uint64_t>(count) != entry.compressed_size) {
    return Error{ErrorCode::kMalformed, "its compressed bytes end early: the archive is cut", ""};
  }
  return bytes;
}

}  // namespace abicheck
