#include "image/eh_frame.h"

#include <algorithm>
#include <unordered_map>

namespace abicheck {

namespace {

// Pointer encodings (DW_EH_PE_*, Linux Standard Base): the low four bits are the form, the next three say relative to
// what.
constexpr std::uint8_t kFormMask = 0x0f;
constexpr std::uint8_t kApplicationMask = 0x70;
constexpr std::uint8_t kPcRelative = 0x10;
constexpr std::uint8_t kDataRelative = 0x30;
constexpr std::uint8_t kIndirect = 0x80;
constexpr std::uint8_t kUdata4 = 0x03;
constexpr std::uint8_t kDataRelativeSdata4 = 0x3b;  // what GNU ld, gold and lld write
constexpr std::uint64_t kHeaderSize = 12;           // version, three encodings, eh_frame_ptr, fde_count
constexpr std::uint64_t kEntrySize = 8;             // initial location, address of the FDE
constexpr std::uint64_t kLongestCie = 256;

// Reads one record of .eh_frame, front to back; once past its end, everything reads as 0 and ok() is false.
class Cursor {
 public:
  Cursor(const BinaryImage& image, std::uint64_t address, std::uint64_t length)
      : image_(image), address_(address), bytes_(image.bytes_at(address, length)) {}

  bool ok() const { return ok_; }
  std::uint64_t address() const { return address_ + at_; }
  void skip(std::uint64_t count) { at_ += count; }

  template <typename T>
  T fixed() {
    const auto value = read_in_order<T>(bytes_, at_, image_.big_endian);
    ok_ = ok_ && value.has_value();
    at_ += sizeof(T);
    return value.value_or(0);
  }

  std::uint64_t leb128(bool is_signed) {
    std::uint64_t value = 0;
    unsigned shift = 0;
    std::uint8_t byte = 0x80;
    while ((byte & 0x80) != 0 && ok_) {
      byte = fixed<std::uint8_t>();
      if (shift < 64) value |= std::uint64_t{byte & 0x7fu} << shift;
      shift += 7;
    }
    if (is_signed && shift < 64 && (byte & 0x40) != 0) value |= ~std::uint64_t{0} << shift;
    return value;
  }

  // The number alone, without what it is relative to.
  std::uint64_t form(std::uint8_t encoding) {
    switch (encoding & kFormMask) {
      case 0x0:
        return image_.bits == 64 ? fixed<std::uint64_t>() : fixed<std::uint32_t>();
      case 0x1:
        return leb128(false);
      case 0x2:
        return fixed<std::uint16_t>();
      case 0x3:
        return fixed<std::uint32_t>();
      case 0x9:
        return leb128(true);
      case 0xa:
        return static_cast<std::uint64_t>(std::int64_t{fixed<std::int16_t>()});
      case 0xb:
        return static_cast<std::uint64_t>(std::int64_t{fixed<std::int32_t>()});
      case 0x4:
      case 0xc:
        return fixed<std::uint64_t>();
      default:
        ok_ = false;
        return 0;
    }
  }

  std::uint64_t pointer(std::uint8_t encoding) {
    const std::uint64_t at = address();
    const std::uint64_t value = form(encoding);
    const std::uint8_t application = encoding & kApplicationMask;
    if (application == 0) return image_.pointer_at(at).value_or(value);  // relocated in a shared library
    ok_ = ok_ && application == kPcRelative && (encoding & kIndirect) == 0;
    return image_.bits == 64 ? at + value : (at + value) & UINT32_MAX;
  }

 private:
  const BinaryImage& image_;
  std::uint64_t address_;
  ByteView bytes_;
  std::uint64_t at_ = 0;
  bool ok_ = true;
};

struct Record {
  std::uint64_t id_at = 0;  // address of the CIE pointer, which is 0 in a CIE itself
  std::uint64_t id = 0;
  std::uint64_t end = 0;
  bool terminator = false;
};

std::optional<Record> read_record(const BinaryImage& image, std::uint64_t address) {
  constexpr std::uint32_t kExtendedLength = 0xffffffff;
  Cursor cursor(image, address, 16);
  std::uint64_t length = cursor.fixed<std::uint32_t>();
  if (cursor.ok() && length == 0) return Record{0, 0, address + 4, true};
  if (length == kExtendedLength) length = cursor.fixed<std::uint64_t>();
  const std::uint64_t id_at = cursor.address();
  const std::uint32_t id = cursor.fixed<std::uint32_t>();
  const auto end = checked_add(id_at, length);
  if (!cursor.ok() || !end || length < 4) return std::nullopt;
  return Record{id_at, id, *end, false};
}

class Frames {
 public:
  explicit Frames(const BinaryImage& image) : image_(image) {}

  std::optional<FunctionRange> function_of(std::uint64_t fde) {
    const auto record = read_record(image_, fde);
    return record ? function_of(*record) : std::nullopt;
  }

  std::optional<FunctionRange> function_of(const Record& record) {
    if (record.terminator || record.id == 0) return std::nullopt;
    const auto encoding = pointer_encoding(record.id_at - record.id);
    if (!encoding) return std::nullopt;
    Cursor cursor(image_, record.id_at + 4, record.end - record.id_at - 4);
    const std::uint64_t begin = cursor.pointer(*encoding);
    const std::uint64_t length = cursor.form(*encoding);
    const auto end = checked_add(begin, length);
    if (!cursor.ok() || !end) return std::nullopt;
    return FunctionRange{begin, *end};
  }

 private:
  // What 'R' in the augmentation of a CIE says; absolute pointers without it.
  std::optional<std::uint8_t> pointer_encoding(std::uint64_t cie) {
    const auto [entry, fresh] = encodings_.try_emplace(cie);
    if (fresh) entry->second = read_encoding(cie);
    return entry->second;
  }

  std::optional<std::uint8_t> read_encoding(std::uint64_t cie) const {
    const auto record = read_record(image_, cie);
    if (!record || record->terminator || record->id != 0) return std::nullopt;
    Cursor cursor(image_, record->id_at + 4, std::min(record->end - record->id_at - 4, kLongestCie));
    const auto version = cursor.fixed<std::uint8_t>();
    const auto augmentation = image_.string_at(cursor.address());
    if (!augmentation) return std::nullopt;
    cursor.skip(augmentation->size() + 1);
    cursor.leb128(false);                                                               // code alignment
    cursor.leb128(true);                                                                // data alignment
    version == 1 ? std::uint64_t{cursor.fixed<std::uint8_t>()} : cursor.leb128(false);  // return address
    if (augmentation->empty()) return cursor.ok() ? std::optional<std::uint8_t>(0) : std::nullopt;
    if (augmentation->front() != 'z') return std::nullopt;
    cursor.leb128(false);  // length of what follows
    for (const char letter : augmentation->substr(1)) {
      if (letter == 'R') {
        const auto encoding = cursor.fixed<std::uint8_t>();
        return cursor.ok() ? std::optional<std::uint8_t>(encoding) : std::nullopt;
      }
      if (letter == 'L') cursor.fixed<std::uint8_t>();
      if (letter == 'P') cursor.form(cursor.fixed<std::uint8_t>());
    }
    return 0;
  }

  const BinaryImage& image_;
  std::unordered_map<std::uint64_t, std::optional<std::uint8_t>> encodings_;
};

}  // namespace

void tidy_functions(BinaryImage& image) {
  std::vector<FunctionRange>& functions = image.functions;
  std::sort(functions.begin(), functions.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const std::uint64_t next = i + 1 < functions.size() ? functions[i + 1].begin : functions[i].end;
    if (functions[i].end <= functions[i].begin) functions[i].end = next;
    if (i + 1 < functions.size()) functions[i].end = std::min(functions[i].end, next);
  }
}

void walk_frames(std::uint64_t frames, BinaryImage& image) {
  Frames reader(image);
  for (std::uint64_t at = frames;;) {
    const auto record = read_record(image, at);
    if (!record || record->terminator) break;
    if (const auto function = reader.function_of(*record)) image.functions.push_back(*function);
    at = record->end;
  }
  tidy_functions(image);
}

void read_function_table(std::uint64_t header, BinaryImage& image) {
  const ByteView head = image.bytes_at(header, kHeaderSize);
  if (head.size() < kHeaderSize || head[0] != 1) return;
  if (head[2] != kUdata4 || head[3] != kDataRelativeSdata4) {
    Cursor cursor(image, header + 4, kHeaderSize);
    const std::uint8_t encoding = head[1];
    const bool relative = (encoding & kApplicationMask) == kDataRelative;
    const std::uint64_t frames = relative ? header + cursor.form(encoding) : cursor.pointer(encoding);
    if (cursor.ok()) walk_frames(frames, image);
    return;
  }
  const std::uint64_t size = std::uint64_t{*image.read_u32(header + 8)} * kEntrySize;
  const ByteView table = image.bytes_at(header + kHeaderSize, size);
  if (table.size() < size) image.defects.push_back("the table of function boundaries (.eh_frame_hdr) is cut off");
  const auto address_at = [&](std::uint64_t at) {
    const std::int64_t distance = *read_in_order<std::int32_t>(table, at, image.big_endian);
    return image.bits == 64 ? header + distance : (header + distance) & UINT32_MAX;
  };
  Frames reader(image);
  image.functions.reserve(table.size() / kEntrySize);
  for (std::uint64_t at = 0; at + kEntrySize <= table.size(); at += kEntrySize) {
    const std::uint64_t begin = address_at(at);
    const auto function = reader.function_of(address_at(at + 4));
    image.functions.push_back({begin, function && function->begin == begin ? function->end : 0});
  }
  tidy_functions(image);
}

}  // namespace abicheck
