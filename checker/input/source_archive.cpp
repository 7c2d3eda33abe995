#include "input/source_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "build_files/names.h"
#include "input/file.h"
#include "input/file_kind.h"
#include "input/zip_member.h"

namespace abicheck {

namespace {

constexpr std::string_view kSources[] = {".c", ".cc", ".cpp", ".cxx", ".c++", ".C", ".pyx", ".pxd", ".pxi"};
constexpr std::string_view kOtherTexts[] = {".h",   ".hh",  ".hpp", ".hxx", ".h++", ".inc", ".inl",
                                            ".ipp", ".tcc", ".tpp", ".def", ".txx", ".cuh", ".i"};
constexpr std::string_view kBuildFiles[] = {"PKG-INFO", "requires.txt", "compile_commands.json"};

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

// An archive may claim any size: what counts is what comes out of it.
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

// "./pkg-1.0/src/_core.c" -> "pkg-1.0/src/_core.c"; empty for a path that leads out of the archive.
std::string member_path(const std::string& name) {
  const std::string path = std::filesystem::path(name).lexically_normal().native();
  return path.starts_with('/') || path.starts_with("..") ? "" : path;
}

// Counts what is kept, and says when it becomes too much.
class Total {
 public:
  std::optional<Error> add(std::size_t size) {
    size_ += size;
    if (size_ <= limits::kSourceTreeBytes) return std::nullopt;
    return Error{ErrorCode::kTooLarge,
                 "its sources are larger than " + with_commas(limits::kSourceTreeBytes) + " bytes", ""};
  }

 private:
  std::uint64_t size_ = 0;
};

}  // namespace

bool is_source_name(std::string_view path) {
  return ends_with_one_of(base_name(path), kSources);
}

bool is_cython_name(std::string_view path) {
  return path.ends_with(".pyx") || path.ends_with(".pxd") || path.ends_with(".pxi");
}

bool is_text_of_source(std::string_view path) {
  const std::string_view name = base_name(path);
  return is_source_name(path) || ends_with_one_of(name, kOtherTexts) || may_hold_arguments(path) ||
         std::find(std::begin(kBuildFiles), std::end(kBuildFiles), name) != std::end(kBuildFiles);
}

namespace {

constexpr auto kNoMembers = "the archive is empty";
constexpr auto kTooManyMembers = "has too many members";

// Keeps the text, or says why it is missing. An error ends the reading of the archive.
std::optional<Error> keep(const std::string& name, Result<std::string> text, Total& total, SourceTexts& found) {
  if (!text) {
    const Error problem = within(name, text.error());
    if (problem.code != ErrorCode::kTooLarge) return problem;  // what is behind it is damaged too
    found.problems.push_back(problem);
    return std::nullopt;
  }
  if (auto problem = total.add(text->size())) return problem;
  found.texts[name] = std::move(*text);
  return std::nullopt;
}

// What gzip holds, or the file itself where it is not packed. libarchive's own filter does not look at the checksum.
class GzipFile {
 public:
  explicit GzipFile(const std::string& path) : file_(gzopen(path.c_str(), "rbe")), block_(kBlock) {}
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;
  ~GzipFile() {
    if (file_ != nullptr) gzclose_r(file_);
  }

  la_ssize_t read_block(archive* reader, const void** block) {
    *block = block_.data();
    const int count = file_ == nullptr ? -1 : gzread(file_, block_.data(), kBlock);
    if (count < 0 || ended_early()) return archive_set_error(reader, EILSEQ, "%s", problem()), -1;
    return count;
  }

  // The checksum stands at the end.
  std::optional<Error> read_rest() {
    while (gzread(file_, block_.data(), kBlock) > 0) continue;
    int code = Z_OK;
    gzerror(file_, &code);
    if (code == Z_OK) return std::nullopt;
    return Error{ErrorCode::kMalformed, problem(), ""};
  }

  static la_ssize_t read_callback(archive* reader, void* self, const void** block) {
    return static_cast<GzipFile*>(self)->read_block(reader, block);
  }

 private:
  static constexpr unsigned kBlock = 1 << 18;

  bool ended_early() {
    int code = Z_OK;
    gzerror(file_, &code);
    return code == Z_BUF_ERROR;
  }

  const char* problem() {
    return file_ != nullptr && ended_early() ? "the gzip stream is cut off" : "the gzip stream is damaged";
  }

  gzFile file_;
  std::vector<char> block_;
};

Result<SourceTexts> read_tar(const std::string& path) {
  GzipFile file(path);
  const Archive opened(archive_read_new());
  archive_read_support_format_tar(opened.get());
  if (archive_read_open(opened.get(), &file, nullptr, GzipFile::read_callback, nullptr) != ARCHIVE_OK)
    return error_of(opened.get());
  SourceTexts found;
  Total total;
  std::uint64_t members = 0;
  for (archive_entry* entry = nullptr;;) {
    const int status = archive_read_next_header(opened.get(), &entry);
    if (status == ARCHIVE_EOF) break;
    if (status < ARCHIVE_WARN) return error_of(opened.get());
    if (++members > limits::kMembers) return Error{ErrorCode::kTooLarge, kTooManyMembers, ""};
    const char* raw = archive_entry_pathname(entry);
    if (raw == nullptr || archive_entry_filetype(entry) != AE_IFREG || !is_text_of_source(raw)) continue;
    const std::string name = member_path(raw);
    if (name.empty()) continue;
    if (auto problem = keep(name, read_member(opened.get()), total, found)) return *problem;
  }
  if (auto problem = file.read_rest()) return *problem;
  if (members == 0) return Error{ErrorCode::kMalformed, kNoMembers, ""};
  return found;
}

Result<std::string> text_of(Result<ByteBuffer> bytes) {
  if (!bytes) return bytes.error();
  return std::string(as_text(bytes->view()));
}

Result<SourceTexts> read_zip(const std::string& path) {
  const Result<ZipArchive> archive = ZipArchive::open(path);
  if (!archive) return Error{archive.error().code, archive.error().message, ""};
  if (archive->entry_count() == 0) return Error{ErrorCode::kMalformed, kNoMembers, ""};
  if (archive->entry_count() > limits::kMembers) return Error{ErrorCode::kTooLarge, kTooManyMembers, ""};
  SourceTexts found;
  Total total;
  for (std::uint64_t index = 0; index < archive->entry_count(); ++index) {
    const Result<ZipEntry> entry = archive->entry(index);
    if (!entry) return entry.error();
    const std::string name = member_path(entry->name);
    if (name.empty() || entry->is_directory() || !is_text_of_source(name)) continue;
    if (auto problem = keep(name, text_of(read_zip_member(*archive, index, limits::kSourceBytes)), total, found))
      return *problem;
  }
  return found;
}

}  // namespace

Result<SourceTexts> read_source_archive(const std::string& path) {
  Result<SourceTexts> found = is_zip_name(path) ? read_zip(path) : read_tar(path);
  if (!found) return within(path, found.error());
  for (Error& problem : found->problems) problem = within(path, problem);
  return found;
}

Result<SourceTexts> read_source_folder(const std::string& root) {
  namespace fs = std::filesystem;
  SourceTexts found;
  Total total;
  std::uint64_t files = 0;
  std::error_code error;
  fs::recursive_directory_iterator entry(root, fs::directory_options::skip_permission_denied, error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    if (++files > limits::kDirectoryFiles)
      return Error{ErrorCode::kTooLarge, "has more than " + with_commas(limits::kDirectoryFiles) + " files", root};
    std::error_code ignored;
    const bool hidden = entry->path().filename().native().starts_with('.');
    if (hidden && entry->is_directory(ignored)) entry.disable_recursion_pending();
    const std::string path = entry->path().native();
    if (!is_text_of_source(path) || !entry->is_regular_file(ignored)) continue;
    const Result<ByteBuffer> bytes = read_file(path, limits::kSourceBytes);
    if (!bytes) {
      found.problems.push_back(bytes.error());
      continue;
    }
    if (auto problem = total.add(bytes->view().size())) return within(root, *problem);
    found.texts[entry->path().lexically_relative(root).native()] = as_text(bytes->view());
  }
  return found;
}

}  // namespace abicheck
