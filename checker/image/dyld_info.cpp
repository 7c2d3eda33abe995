#include "image/dyld_info.h"

#include <string_view>

#include "image/leb128.h"
#include "image/name_length.h"

namespace abicheck {

namespace {

// REBASE_TYPE_TEXT_PCREL32, BIND_TYPE_TEXT_PCREL32: the distance to a place that does not move with the file.
constexpr unsigned kDistance = 3;
// No segment has more pointers than bytes; a count beyond this is damage.
constexpr std::uint64_t kMostPointers = 20'000'000;
// What rebase and bind opcodes have in common: a place that moves on, inside one segment.
class Position {
 public:
  explicit Position(const MachoFile& file) : file_(file) {}

  bool set(std::size_t segment, std::uint64_t offset) {
    if (segment >= file_.segments.size()) return false;
    segment_ = &file_.segments[segment];
    offset_ = offset;
    return true;
  }
  void skip(std::uint64_t bytes) { offset_ += bytes; }
  // The address of the pointer here; empty outside the segment's bytes.
  std::optional<std::uint64_t> address() const {
    const std::uint64_t pointer = file_.pointer_size();
    const std::uint64_t offset = pointer == 4 ? offset_ & 0xffffffff : offset_;  // steps back are large numbers
    if (segment_ == nullptr || segment_->size < pointer || offset > segment_->size - pointer) return std::nullopt;
    return segment_->address + offset;
  }

 private:
  const MachoFile& file_;
  const MachoSegment* segment_ = nullptr;
  std::uint64_t offset_ = 0;
};

// Calls `use(address)` for `count` places, each `step` behind the one before; false when one is outside its segment.
template <typename Use>
bool repeat(Position& place, std::uint64_t count, std::uint64_t step, Use use) {
  if (count > kMostPointers) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto address = place.address();
    if (!address || !use(*address)) return false;
    place.skip(step);
  }
  return true;
}

class Rebases {
 public:
  Rebases(const MachoFile& file, BinaryImage& image)
      : bytes_(file.at(file.rebases)), pointer_size_(file.pointer_size()), place_(file), image_(image) {}

  bool read() {
    while (at_ < bytes_.size()) {
      const std::uint8_t byte = bytes_[at_++];
      if ((byte & 0xf0) == 0) return true;  // REBASE_OPCODE_DONE
      if (!step(byte & 0xf0, byte & 0x0f)) return false;
    }
    return true;
  }

 private:
  bool step(unsigned opcode, unsigned immediate) {
    switch (opcode) {
      case 0x10:  // SET_TYPE_IMM; 64-bit files have only REBASE_TYPE_POINTER
        distance_ = immediate == kDistance;
        return true;
      case 0x20:  // SET_SEGMENT_AND_OFFSET_ULEB
        return place_.set(immediate, number());
      case 0x30:  // ADD_ADDR_ULEB
        place_.skip(number());
        return ok_;
      case 0x40:  // ADD_ADDR_IMM_SCALED
        place_.skip(immediate * pointer_size_);
        return true;
      case 0x50:  // DO_REBASE_IMM_TIMES
        return rebase(immediate, pointer_size_);
      case 0x60:  // DO_REBASE_ULEB_TIMES
        return rebase(number(), pointer_size_);
      case 0x70:  // DO_REBASE_ADD_ADDR_ULEB
        return rebase(1, pointer_size_ + number());
      case 0x80: {  // DO_REBASE_ULEB_TIMES_SKIPPING_ULEB
        const std::uint64_t count = number();
        return rebase(count, pointer_size_ + number());
      }
      default:
        return false;
    }
  }

  std::uint64_t number() {
    const auto value = read_uleb128(bytes_, at_);
    ok_ = ok_ && value.has_value();
    return value.value_or(0);
  }

  bool rebase(std::uint64_t count, std::uint64_t step) {
    return ok_ && repeat(place_, count, step, [&](std::uint64_t address) {
             if (distance_) return true;
             const auto target = image_.read_pointer(address);
             if (target && image_.relocations.size() < kMostPointers)
               image_.relocations.push_back({address, *target, std::nullopt});
             return target && image_.relocations.size() < kMostPointers;
           });
  }

  ByteView bytes_;
  std::uint64_t pointer_size_;
  Position place_;
  BinaryImage& image_;
  std::uint64_t at_ = 0;
  bool distance_ = false;
  bool ok_ = true;
};

class Binds {
 public:
  Binds(const MachoFile& file, const Blob& blob, MachoSymbols& symbols, BinaryImage& image)
      : bytes_(file.at(blob)), pointer_size_(file.pointer_size()), place_(file), symbols_(symbols), image_(image) {}

  // Lazy opcodes stand in small programs, one for each symbol, each with its own end.
  bool read(bool lazy) {
    while (at_ < bytes_.size()) {
      const std::uint8_t byte = bytes_[at_++];
      if ((byte & 0xf0) == 0) {  // BIND_OPCODE_DONE
        if (lazy) continue;
        return true;
      }
      if (!step(byte & 0xf0, byte & 0x0f)) return false;
    }
    return true;
  }

 private:
  bool step(unsigned opcode, unsigned immediate) {
    switch (opcode) {
      case 0x10:  // SET_DYLIB_ORDINAL_IMM
      case 0x30:  // SET_DYLIB_SPECIAL_IMM
        return true;
      case 0x50:  // SET_TYPE_IMM; BIND_TYPE_TEXT_PCREL32 is not read
        return immediate != kDistance;
      case 0x20:  // SET_DYLIB_ORDINAL_ULEB
        number();
        return ok_;
      case 0x40:  // SET_SYMBOL_TRAILING_FLAGS_IMM
        return read_name();
      case 0x60: {  // SET_ADDEND_SLEB
        const auto value = read_sleb128(bytes_, at_);
        addend_ = value.value_or(0);
        return value.has_value();
      }
      case 0x70:  // SET_SEGMENT_AND_OFFSET_ULEB
        return place_.set(immediate, number());
      case 0x80:  // ADD_ADDR_ULEB
        place_.skip(number());
        return ok_;
      case 0x90:  // DO_BIND
        return bind(1, pointer_size_);
      case 0xa0:  // DO_BIND_ADD_ADDR_ULEB
        return bind(1, pointer_size_ + number());
      case 0xb0:  // DO_BIND_ADD_ADDR_IMM_SCALED
        return bind(1, pointer_size_ + immediate * pointer_size_);
      case 0xc0: {  // DO_BIND_ULEB_TIMES_SKIPPING_ULEB
        const std::uint64_t count = number();
        return bind(count, pointer_size_ + number());
      }
      default:  // BIND_OPCODE_THREADED, of arm64e before chained fixups
        return false;
    }
  }

  std::uint64_t number() {
    const auto value = read_uleb128(bytes_, at_);
    ok_ = ok_ && value.has_value();
    return value.value_or(0);
  }

  bool read_name() {
    const auto text = read_c_string(bytes_, at_, kLongestName);
    if (!text) return false;
    at_ += text->size() + 1;
    symbol_ = symbols_.named(*text);
    return true;
  }

  bool bind(std::uint64_t count, std::uint64_t step) {
    return ok_ && symbol_ && repeat(place_, count, step, [&](std::uint64_t address) {
             image_.relocations.push_back({address, addend_, symbol_});
             return image_.relocations.size() < kMostPointers;
           });
  }

  ByteView bytes_;
  std::uint64_t pointer_size_;
  Position place_;
  MachoSymbols& symbols_;
  BinaryImage& image_;
  std::uint64_t at_ = 0;
  std::uint64_t addend_ = 0;
  std::optional<std::uint32_t> symbol_;
  bool ok_ = true;
};

}  // namespace

void read_dyld_info(const MachoFile& file, MachoSymbols& symbols, BinaryImage& image) {
  bool whole = Rebases(file, image).read();
  for (const Blob* blob : {&file.rebases, &file.binds, &file.weak_binds, &file.lazy_binds})
    whole = whole && file.at(*blob).size() == blob->size;
  for (const Blob* blob : {&file.binds, &file.weak_binds, &file.lazy_binds})
    whole = Binds(file, *blob, symbols, image).read(blob == &file.lazy_binds) && whole;
  if (!whole) image.defects.push_back("part of the rebase and bind opcodes is not read");
}

}  // namespace abicheck
