// A wheel's members and metadata.
#pragma once

#include <string>
#include <vector>

#include "base/byte_buffer.h"
#include "base/result.h"
#include "input/zip_archive.h"
#include "model/input.h"

namespace abicheck {

// Keeps the central directory's entries that matter and an open file, nothing that grows with the members' sizes.
// After open() all functions are const and may be called by several threads at a time, for one wheel too: reading the
// compressed bytes is guarded by a mutex, inflating them is not.
class WheelFile {
 public:
  // Fails when the archive as a whole cannot be read; trouble with single members is in problems() or in read().
  static Result<WheelFile> open(const std::string& path);

  const std::string& path() const { return path_; }
  // Members named like a native library, sorted by path, then by their order in the archive.
  const std::vector<WheelMember>& native_members() const { return native_members_; }
  // The __init__.py members that have something in them, sorted.
  const std::vector<std::string>& package_code() const { return package_code_; }
  // What is wrong with the archive although it can be read.
  const std::vector<Error>& problems() const { return problems_; }

  // The member's bytes, with their CRC-32 checked. `where` of the error is "path/to.whl!member".
  Result<ByteBuffer> read(const WheelMember& member) const;
  // From METADATA of the .dist-info directory at the top (PEP 427 "The .dist-info directory").
  Result<WheelMetadata> metadata() const;

 private:
  WheelFile(std::string path, ZipArchive archive) : path_(std::move(path)), archive_(std::move(archive)) {}
  void list_members();
  void add_member(const ZipEntry& entry);
  void note_repeated_names(std::vector<std::string> names);
  void note_second_metadata();
  void add_problem(ErrorCode code, const std::string& message, const std::string& member);

  std::string path_;
  ZipArchive archive_;
  std::vector<WheelMember> native_members_;
  std::vector<WheelMember> metadata_members_;  // one in a correct wheel
  std::vector<std::string> package_code_;
  std::vector<Error> problems_;
};

}  // namespace abicheck
