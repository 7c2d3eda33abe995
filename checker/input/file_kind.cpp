#include "input/file_kind.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "input/file.h"
#include "input/source_archive.h"

namespace abicheck {
namespace {

constexpr std::size_t kHeadBytes = 8;

// "1.2", and also "1.1.1k" as OpenSSL numbers its libraries: every part begins with a digit, which keeps "1.txt" out.
bool is_version(std::string_view text) {
  bool at_start = true;
  for (const char c : text) {
    if (at_start && !is_digit(c)) return false;
    at_start = c == '.';
  }
  return !at_start;
}

bool has_versioned_so(std::string_view name) {
  constexpr std::string_view kInfix = ".so.";
  for (auto at = name.find(kInfix); at != name.npos; at = name.find(kInfix, at + 1)) {
    if (is_version(name.substr(at + kInfix.size()))) return true;
  }
  return false;
}

bool begins_with(ByteView head, std::string_view signature) {
  return as_text(head).substr(0, signature.size()) == signature;
}

// A local file header, or the end record of an archive without members (APPNOTE.TXT 4.3.7 and 4.3.16).
bool is_zip(ByteView head) {
  return begins_with(head, "PK\x03\x04") || begins_with(head, "PK\x05\x06");
}

// MH_MAGIC and MH_MAGIC_64 in both byte orders, FAT_MAGIC and FAT_MAGIC_64 (mach-o/loader.h, mach-o/fat.h).
bool is_macho(ByteView head) {
  using namespace std::string_view_literals;
  for (const auto magic : {"\xfe\xed\xfa\xce"sv, "\xfe\xed\xfa\xcf"sv, "\xce\xfa\xed\xfe"sv, "\xcf\xfa\xed\xfe"sv}) {
    if (begins_with(head, magic)) return true;
  }
  if (!begins_with(head, "\xca\xfe\xba\xbe"sv) && !begins_with(head, "\xca\xfe\xba\xbf"sv)) return false;
  // A Java class has the same magic. Its next four bytes are a version of 45 or more, here they count architectures.
  return head.size() >= 8 && head[4] == 0 && head[5] == 0 && head[6] == 0 && head[7] < 45;
}

// WebAssembly core specification, "Modules"; wheels for Pyodide hold such modules.
bool is_wasm(ByteView head) {
  using namespace std::string_view_literals;
  return begins_with(head, "\0asm"sv);
}

// RFC 1952.
bool is_gzip(ByteView head) {
  return begins_with(head, "\x1f\x8b");
}

// How else archives are packed: bzip2, xz and Zstandard (RFC 8878). The package index takes none of them any more.
std::string_view other_compression(ByteView head) {
  using namespace std::string_view_literals;
  constexpr std::pair<std::string_view, std::string_view> kOthers[] = {
      {"BZh"sv, "bzip2"}, {"\xfd\x37zXZ\0"sv, "xz"}, {"\x28\xb5\x2f\xfd"sv, "Zstandard"}};
  for (const auto& [magic, name] : kOthers) {
    if (begins_with(head, magic)) return name;
  }
  return "";
}

bool is_native(ByteView head) {
  return begins_with(head,
                     "\x7f"
                     "ELF") ||
         begins_with(head, "MZ") || is_macho(head) || is_wasm(head);
}

}  // namespace

bool has_native_name(std::string_view path) {
  const std::string name = to_lower(base_name(path));
  for (const std::string_view suffix : {".so", ".pyd", ".dll", ".dylib"}) {
    if (name.ends_with(suffix)) return true;
  }
  return has_versioned_so(name);
}

bool is_zip_name(std::string_view path) {
  return to_lower(base_name(path)).ends_with(".zip");
}

bool has_wheel_name(std::string_view path) {
  return to_lower(base_name(path)).ends_with(".whl");
}

Result<InputKind> kind_of_content(std::string_view path, ByteView head) {
  if (is_zip(head)) return is_zip_name(path) ? InputKind::kSdist : InputKind::kWheel;
  if (is_gzip(head) || to_lower(path).ends_with(".tar")) return InputKind::kSdist;
  if (const auto name = other_compression(head); !name.empty())
    return Error{
        ErrorCode::kUnsupported,
        "packed with " + std::string(name) + ": source distributions are read as .tar.gz and .zip, or unpacked", ""};
  if (is_native(head)) return InputKind::kModule;
  if (is_source_name(path)) return InputKind::kSource;
  const std::string end = head.empty() ? ": the file is empty" : "";
  if (has_wheel_name(path)) return Error{ErrorCode::kMalformed, "not a zip archive" + end, ""};
  return Error{ErrorCode::kUnsupported,
               "neither a wheel, an extension module, a source distribution nor a C, C++ or Cython source" + end, ""};
}

Result<InputKind> kind_of_file(const std::string& path) {
  const Result<OpenFile> file = open_regular_file(path);
  if (!file) return file.error();
  std::array<std::uint8_t, kHeadBytes> head{};
  const Result<std::size_t> count = read_some(*file, head.data(), head.size());
  if (!count) return within(path, count.error());
  const Result<InputKind> kind = kind_of_content(path, {head.data(), *count});
  if (!kind) return within(path, kind.error());
  return kind;
}

}  // namespace abicheck
