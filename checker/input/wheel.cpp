#include "input/wheel.h"

#include <algorithm>
#include <optional>

#include "base/limits.h"
#include "input/file.h"
#include "input/file_kind.h"
#include "input/metadata.h"
#include "input/zip_member.h"

namespace abicheck {
namespace {

// "pkg-1.0.dist-info/METADATA", but not the copy of another distribution that a package carries below its own
// directory.
bool is_metadata(std::string_view name) {
  constexpr std::string_view kEnd = ".dist-info/METADATA";
  return name.ends_with(kEnd) && name.find('/') == name.size() - kEnd.size() + kEnd.find('/');
}

// Why an installer would refuse to unpack under this name; empty when it would not.
std::string unsafe_because(std::string_view name) {
  const bool drive = name.size() > 1 && name[1] == ':';
  if (name.starts_with('/') || name.starts_with('\\') || drive) return "an absolute path as the name of a member";
  for (std::size_t at = 0; at <= name.size();) {
    const auto end = std::min(name.find_first_of("/\\", at), name.size());
    if (name.substr(at, end - at) == "..") return "the name of a member leaves the wheel with '..'";
    at = end + 1;
  }
  return "";
}

}  // namespace

Result<WheelFile> WheelFile::open(const std::string& path) {
  Result<ZipArchive> archive = ZipArchive::open(path);
  if (!archive) return archive.error();
  WheelFile wheel(path, std::move(*archive));
  wheel.list_members();
  return wheel;
}

void WheelFile::list_members() {
  std::vector<std::string> names;
  for (std::uint64_t index = 0; index < archive_.entry_count(); ++index) {
    const Result<ZipEntry> entry = archive_.entry(index);
    if (!entry) {
      problems_.push_back(within(path_, entry.error()));
      continue;
    }
    if (entry->is_directory()) continue;
    add_member(*entry);
    names.push_back(entry->name);
  }
  note_repeated_names(std::move(names));
  note_second_metadata();
  std::sort(package_code_.begin(), package_code_.end());
  std::stable_sort(native_members_.begin(), native_members_.end(),
                   [](const WheelMember& a, const WheelMember& b) { return a.path < b.path; });
}

void WheelFile::add_member(const ZipEntry& entry) {
  const WheelMember member{entry.name, entry.index, entry.compressed_size, entry.size};
  const std::string unsafe = unsafe_because(entry.name);
  if (!unsafe.empty()) add_problem(ErrorCode::kMalformed, unsafe, entry.name);
  if (has_wheel_name(entry.name))
    add_problem(ErrorCode::kUnsupported, "a wheel inside a wheel is not looked into", entry.name);
  if (has_native_name(entry.name)) native_members_.push_back(member);
  if (entry.name.ends_with("/__init__.py") && entry.size > 0) package_code_.push_back(entry.name);
  if (is_metadata(entry.name)) metadata_members_.push_back(member);
}

// Installers disagree which of the two they unpack last, so all are looked at.
void WheelFile::note_repeated_names(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  for (auto at = names.begin(); at != names.end();) {
    const auto next = std::find_if(at, names.end(), [&](const std::string& name) { return name != *at; });
    const auto count = next - at;
    if (count > 1) add_problem(ErrorCode::kMalformed, std::to_string(count) + " members have this name", *at);
    at = next;
  }
}

void WheelFile::note_second_metadata() {
  if (metadata_members_.size() < 2 || metadata_members_[0].path == metadata_members_[1].path) return;
  add_problem(ErrorCode::kMalformed, "a second .dist-info directory in one wheel", metadata_members_[1].path);
}

void WheelFile::add_problem(ErrorCode code, const std::string& message, const std::string& member) {
  problems_.push_back(within(path_, Error{code, message, member}));
}

Result<ByteBuffer> WheelFile::read(const WheelMember& member) const {
  Result<ByteBuffer> bytes = read_zip_member(archive_, member.index);
  if (!bytes) return within(path_, within(member.path, bytes.error()));
  return bytes;
}

Result<WheelMetadata> WheelFile::metadata() const {
  if (metadata_members_.empty()) return Error{ErrorCode::kMissing, "no .dist-info/METADATA in it", path_};
  const WheelMember& member = metadata_members_.front();
  const Result<ByteBuffer> bytes = read_zip_member(archive_, member.index, limits::kMetadataBytes);
  if (!bytes) return within(path_, within(member.path, bytes.error()));
  return parse_metadata(as_text(bytes->view()));
}

}  // namespace abicheck
