#include "input/source_archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/limits.h"
#include "input/file.h"
#include "input/file_kind.h"

namespace abicheck {

namespace {

constexpr std::string_view kSources[] = {".c", ".cc", ".cpp", ".cxx", ".c++", ".C", ".pyx"};
constexpr std::string_view kOtherTexts[] = {".h",   ".hh",  ".hpp", ".hxx", ".h++", ".inc", ".inl", ".ipp",
                                            ".tcc", ".tpp", ".pxd", ".pxi", ".def", ".txx", ".cuh", ".i"};
constexpr std::string_view kBuildFiles[] = {"setup.py",       "setup.cfg", "pyproject.toml",       "meson.build",
                                            "CMakeLists.txt", "PKG-INFO",  "compile_commands.json"};

template <typename List>
bool ends_with_one_of(std::string_view name, const List& suffixes) {
  return std::any_of(std::begin(suffixes), std::end(suffixes), [&](auto suffix) { return name.ends_with(suffix); });
}

struct CloseArchive {
  void operator()(archive* opened) const { archive_read_free(opened); }
};
using Archive = std::unique_ptr<archive, CloseArchive>;

Error error_of(archive* opened) {
  const char* text = archive_error_string(opened);
  return {ErrorCode::kMalformed, text != nullptr ? text : "the archive is damaged", ""};
}

Result<std::string> read_member(archive* opened) {
  std::string text;
  constexpr std::size_t kPiece = 1 << 16;
  for (std::size_t used = 0;;) {
    text.resize(used + kPiece);
    const la_ssize_t count = archive_read_data(opened, text.data() + used, kPiece);
    if (count < 0) return error_of(opened);
    used += static_cast<std::size_t>(count);
    if (count == 0) {
      text.resize(used);
      return text;
    }
    if (used > limits::kSourceBytes)
      return Error{ErrorCode::kTooLarge, "larger than " + with_commas(limits::kSourceBytes) + " bytes", ""};
  }
}

}  // namespace

bool is_source_name(std::string_view path) {
  return ends_with_one_of(base_name(path), kSources);
}

bool is_text_of_source(std::string_view path) {
  const std::string_view name = base_name(path);
  return is_source_name(path) || ends_with_one_of(name, kOtherTexts) ||
         std::find(std::begin(kBuildFiles), std::end(kBuildFiles), name) != std::end(kBuildFiles);
}

Result<std::map<std::string, std::string>> read_source_archive(const std::string& path) {
  const Archive opened(archive_read_new());
  archive_read_support_filter_gzip(opened.get());
  archive_read_support_format_tar(opened.get());
  constexpr std::size_t kBlock = 1 << 18;
  if (archive_read_open_filename(opened.get(), path.c_str(), kBlock) != ARCHIVE_OK)
    return within(path, error_of(opened.get()));
  std::map<std::string, std::string> texts;
  std::uint64_t total = 0;
  std::uint64_t members = 0;
  for (archive_entry* entry = nullptr;;) {
    const int status = archive_read_next_header(opened.get(), &entry);
    if (status == ARCHIVE_EOF) return texts;
    if (status < ARCHIVE_WARN) return within(path, error_of(opened.get()));
    if (++members > limits::kMembers) return within(path, {ErrorCode::kTooLarge, "has too many members", ""});
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG || !is_text_of_source(name)) continue;
    Result<std::string> text = read_member(opened.get());
    if (!text) return within(path, within(name, text.error()));
    total += text->size();
    if (total > limits::kSourceTreeBytes)
      return within(path, {ErrorCode::kTooLarge,
                           "its sources are larger than " + with_commas(limits::kSourceTreeBytes) + " bytes", ""});
    texts[name] = std::move(*text);
  }
}

Result<std::map<std::string, std::string>> read_source_folder(const std::string& root) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> texts;
  std::uint64_t total = 0;
  std::uint64_t files = 0;
  std::error_code error;
  fs::recursive_directory_iterator entry(root, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    if (++files > limits::kDirectoryFiles)
      return Error{ErrorCode::kTooLarge, "has more than " + with_commas(limits::kDirectoryFiles) + " files", root};
    std::error_code ignored;
    const bool hidden = entry->path().filename().native().starts_with('.');
    if (hidden && entry->is_directory(ignored)) entry.disable_recursion_pending();
    const std::string path = entry->path().native();
    if (!is_text_of_source(path) || !entry->is_regular_file(ignored)) continue;
    const Result<ByteBuffer> bytes = read_file(path, limits::kSourceBytes);
    if (!bytes) continue;  // clang says what cannot be read
    total += bytes->view().size();
    if (total > limits::kSourceTreeBytes)
      return Error{ErrorCode::kTooLarge,
                   "its sources are larger than " + with_commas(limits::kSourceTreeBytes) + " bytes", root};
    texts[entry->path().lexically_relative(root).native()] = as_text(bytes->view());
  }
  return texts;
}

}  // namespace abicheck
