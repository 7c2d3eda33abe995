#include "image/chained_fixups.h"
#include "image/name_length.h"

#include <algorithm>

namespace abicheck {

namespace {

// DYLD_CHAINED_PTR_*; the forms of arm64e sign their pointers.
constexpr std::uint16_t kPointer64 = 2;
constexpr std::uint16_t kPointer64Offset = 6;
constexpr std::uint16_t kNoPage = 0xffff;      // DYLD_CHAINED_PTR_START_NONE
constexpr std::uint16_t kManyStarts = 0x8000;  // DYLD_CHAINED_PTR_START_MULTI, of 32-bit forms
constexpr std::uint64_t kStride = 4;
constexpr std::uint32_t kMostImports = 1'000'000;

struct Import {
  std::uint32_t symbol = 0;
  std::uint64_t addend = 0;
};

// Bits `first` to `first + count - 1`.
std::uint64_t field(std::uint64_t word, unsigned first, unsigned count) {
  return word >> first & ((std::uint64_t{1} << count) - 1);
}

class ChainedFixups {
 public:
  ChainedFixups(const MachoFile& file, MachoSymbols& symbols, BinaryImage& image)
      : file_(file), symbols_(symbols), image_(image), bytes_(file.at(file.chained_fixups)) {}

  void read() {
    // dyld_chained_fixups_header: version, starts, imports, symbols, count and form of imports, form of symbols
    const auto symbols_format = read_le<std::uint32_t>(bytes_, 24);
    if (!symbols_format || bytes_.size() < file_.chained_fixups.size) return damaged();
    if (*read_le<std::uint32_t>(bytes_, 0) != 0 || *symbols_format != 0)
      return defect("chained fixups of an unknown version are not read");
    if (!read_imports()) return;
    const std::uint64_t starts = *read_le<std::uint32_t>(bytes_, 4);
    const std::uint64_t segments = read_le<std::uint32_t>(bytes_, starts).value_or(0);
    if (segments > file_.segments.size()) return damaged();
    for (std::uint64_t i = 0; i < segments; ++i) {
      const auto offset = read_le<std::uint32_t>(bytes_, starts + 4 + 4 * i);
      if (!offset) return damaged();
      if (*offset != 0 && !read_segment(starts + *offset)) return;
    }
  }

 private:
  void defect(const std::string& text) { image_.defects.push_back(text); }
  void damaged() { defect("the chained fixups are damaged"); }

  bool read_imports() {
    const std::uint64_t table = *read_le<std::uint32_t>(bytes_, 8);
    const std::uint64_t names = *read_le<std::uint32_t>(bytes_, 12);
    const std::uint32_t count = *read_le<std::uint32_t>(bytes_, 16);
    const std::uint32_t format = *read_le<std::uint32_t>(bytes_, 20);
    if (count != 0 && (format < 1 || format > 3)) {
      defect("chained imports of form " + std::to_string(format) + " are not read");
      return false;
    }
    for (std::uint32_t i = 0; i < std::min(count, kMostImports); ++i) {
      const auto import = read_import(table, i, format, names);
      if (!import) {
        damaged();
        return false;
      }
      imports_.push_back(*import);
    }
    return true;
  }

  // DYLD_CHAINED_IMPORT, _IMPORT_ADDEND, _IMPORT_ADDEND64
  std::optional<Import> read_import(std::uint64_t table, std::uint64_t index, std::uint32_t format,
                                    std::uint64_t names) {
    constexpr std::uint64_t kSizes[] = {0, 4, 8, 16};
    const std::uint64_t at = table + index * kSizes[format];
    std::optional<std::uint64_t> name;
    std::uint64_t addend = 0;
    if (format == 3) {
      const auto word = read_le<std::uint64_t>(bytes_, at);
      if (word) name = field(*word, 32, 32);
      addend = read_le<std::uint64_t>(bytes_, at + 8).value_or(0);
    } else {
      const auto word = read_le<std::uint32_t>(bytes_, at);
      if (word) name = field(*word, 9, 23);
      if (format == 2)
        addend = static_cast<std::uint64_t>(std::int64_t{read_le<std::int32_t>(bytes_, at + 4).value_or(0)});
    }
    const auto text = name ? read_c_string(bytes_, names + *name, kLongestName) : std::nullopt;
    if (!text) return std::nullopt;
    return Import{symbols_.named(*text), addend};
  }

  // dyld_chained_starts_in_segment: size, page_size, pointer_format, segment_offset, max_valid_pointer, page_count,
  // page_start[]
  bool read_segment(std::uint64_t at) {
    const auto page_size = read_le<std::uint16_t>(bytes_, at + 4);
    const auto format = read_le<std::uint16_t>(bytes_, at + 6);
    const auto offset = read_le<std::uint64_t>(bytes_, at + 8);
    const auto pages = read_le<std::uint16_t>(bytes_, at + 20);
    if (!pages) {
      damaged();
      return false;
    }
    if (*format != kPointer64 && *format != kPointer64Offset) {
      defect("chained pointers of form " + std::to_string(*format) + " are not read");
      return false;
    }
    for (std::uint64_t page = 0; page < *pages; ++page) {
      const auto start = read_le<std::uint16_t>(bytes_, at + 22 + 2 * page);
      if (start == kNoPage) continue;
      const std::uint64_t begin = file_.base + *offset + page * *page_size;
      if (!start || (*start & kManyStarts) != 0 || !follow(begin + *start, begin + *page_size, *format)) {
        damaged();
        return false;
      }
    }
    return true;
  }

  // dyld_chained_ptr_64_rebase: target 36, high8 8, reserved 7, next 12, bind 1
  // dyld_chained_ptr_64_bind: ordinal 24, addend 8, reserved 19, next 12, bind 1
  bool follow(std::uint64_t at, std::uint64_t page_end, std::uint16_t format) {
    while (at < page_end) {
      const auto word = image_.read_u64(at);
      if (!word) return false;
      if (field(*word, 63, 1) != 0) {
        const std::uint64_t ordinal = field(*word, 0, 24);
        if (ordinal >= imports_.size()) return false;
        const Import& import = imports_[ordinal];
        image_.relocations.push_back({at, import.addend + field(*word, 24, 8), import.symbol});
      } else {
        const std::uint64_t base = format == kPointer64Offset ? file_.base : 0;
        image_.relocations.push_back({at, (base + field(*word, 0, 36)) | field(*word, 36, 8) << 56, std::nullopt});
      }
      const std::uint64_t next = field(*word, 51, 12);
      if (next == 0) return true;
      at += next * kStride;
    }
    return false;
  }

  const MachoFile& file_;
  MachoSymbols& symbols_;
  BinaryImage& image_;
  ByteView bytes_;
  std::vector<Import> imports_;
};

}  // namespace

void read_chained_fixups(const MachoFile& file, MachoSymbols& symbols, BinaryImage& image) {
  if (file.chained_fixups.size != 0) ChainedFixups(file, symbols, image).read();
}

}  // namespace abicheck
