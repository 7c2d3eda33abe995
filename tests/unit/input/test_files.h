// Temporary directories, and zip archives written byte by byte, so that each field can lie (APPNOTE.TXT 4.3.7, 4.3.12,
// 4.3.16).
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace abicheck::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "abicheck-input-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string path(const std::string& name = "") const { return name.empty() ? path_ : path_ + "/" + name; }

  // Makes the directories above it too; returns the full path.
  std::string write(const std::string& name, const std::string& content) const {
    const std::filesystem::path file = path(name);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file.string();
  }

 private:
  std::string path_;
};

inline std::uint32_t slow_crc32(const std::string& text) {
  std::uint32_t crc = 0xffffffff;
  for (const unsigned char c : text) {
    crc ^= c;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xedb88320 & (0 - (crc & 1)));
  }
  return ~crc;
}

inline std::string le(std::uint64_t value, int bytes) {
  std::string text;
  for (; bytes > 0; --bytes, value >>= 8) text += static_cast<char>(value);
  return text;
}

// One "stored" block of deflate (RFC 1951 section 3.2.4): enough to go through the decompressor. Up to 65,535 bytes.
inline std::string deflated(const std::string& data) {
  return std::string(1, '\x01') + le(data.size(), 2) + le(~data.size(), 2) + data;
}

struct TestMember {
  std::string name;
  std::string data;
  int method = 8;
  int flags = 0;
  std::optional<std::string> compressed;  // what stands in the archive instead of the compressed data
  // What the central directory claims instead of the truth.
  std::optional<std::uint32_t> crc;
  std::optional<std::uint64_t> size;
  std::optional<std::uint32_t> compressed_size;
  std::optional<std::uint32_t> offset;
};

inline std::string compressed_of(const TestMember& member) {
  if (member.compressed) return *member.compressed;
  return member.method == 8 ? deflated(member.data) : member.data;
}

// The fields that local header and central directory share, from "version needed" to the name's length.
inline std::string shared_fields(const TestMember& member, std::uint64_t size) {
  const std::uint32_t crc = member.crc.value_or(slow_crc32(member.data));
  const std::uint32_t compressed =
      member.compressed_size.value_or(static_cast<std::uint32_t>(compressed_of(member).size()));
  return le(20, 2) + le(member.flags, 2) + le(member.method, 2) + le(0, 4) + le(crc, 4) + le(compressed, 4) +
         le(size, 4) + le(member.name.size(), 2);
}

inline std::string zip_of(const std::vector<TestMember>& members) {
  std::string bytes;
  std::string directory;
  for (const TestMember& member : members) {
    const std::uint64_t size = member.size.value_or(member.data.size());
    const bool wide = size > 0xfffffffe;  // zip64 extended information (APPNOTE.TXT 4.5.3), in the directory only
    const std::string extra = wide ? le(1, 2) + le(8, 2) + le(size, 8) : "";
    directory += "PK\x01\x02" + le(20, 2) + shared_fields(member, wide ? 0xffffffff : size) + le(extra.size(), 2) +
                 le(0, 10) + le(member.offset.value_or(static_cast<std::uint32_t>(bytes.size())), 4) + member.name +
                 extra;
    bytes += "PK\x03\x04" + shared_fields(member, member.data.size()) + le(0, 2) + member.name + compressed_of(member);
  }
  const std::string end = "PK\x05\x06" + le(0, 4) + le(members.size(), 2) + le(members.size(), 2) +
                          le(directory.size(), 4) + le(bytes.size(), 4) + le(0, 2);
  return bytes + directory + end;
}

// Root may read everything; while one of these lives, a test that runs as root is nobody instead.
class WithoutRoot {
 public:
  explicit WithoutRoot(const TemporaryDirectory& directory) : was_root_(::geteuid() == 0) {
    if (!was_root_) return;
    using std::filesystem::perms;
    constexpr auto kForAll = perms::group_read | perms::group_exec | perms::others_read | perms::others_exec;
    std::filesystem::permissions(directory.path(), kForAll, std::filesystem::perm_options::add);
    constexpr uid_t kNobody = 65534;
    changed_ = ::seteuid(kNobody) == 0;
  }
  WithoutRoot(const WithoutRoot&) = delete;
  WithoutRoot& operator=(const WithoutRoot&) = delete;
  ~WithoutRoot() {
    if (changed_ && ::seteuid(0) != 0) std::abort();
  }

 private:
  bool was_root_;
  bool changed_ = false;
};

}  // namespace abicheck::test
