// Small images made of hand-written machine code, for the tests of disasm/ and facts/.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "model/binary_image.h"

namespace abicheck::testing {

// Collects bytes at fixed places of one flat file in which every offset is also the address; the first half of it is
// code, the second data.
class CodeImage {
 public:
  static constexpr std::uint64_t kData = 0x2000;
  static constexpr std::uint64_t kSize = 0x4000;

  CodeImage() : bytes_(kSize, 0xcc) {
    image_.format = "elf";
    image_.arch = "x86_64";
  }

  // Of another processor.
  CodeImage& processor(const std::string& arch, int bits) {
    image_.arch = arch;
    image_.bits = bits;
    return *this;
  }
  // 32-bit code for Darwin, which counts from an address of its own: `call` and `pop ebx` where the function begins.
  CodeImage& darwin_function(std::uint64_t begin, std::uint64_t end) {
    processor("i686", 32);
    image_.format = "macho";
    image_.bases.push_back({begin, end, begin + 5});
    return put(begin, {0xe8, 0, 0, 0, 0, 0x5b}).function(begin, end);
  }
  // Opcode bytes, then the distance of `target` from that address; where the instruction ends.
  std::uint64_t from_base(std::uint64_t at, const std::vector<int>& opcode, std::uint64_t target) {
    put(at, opcode);
    put32(at + opcode.size(), static_cast<std::uint32_t>(target - image_.bases.back().address));
    return at + opcode.size() + 4;
  }
  // Instructions of four bytes, one behind the other.
  CodeImage& words(std::uint64_t at, const std::vector<std::uint32_t>& values) {
    for (std::uint32_t value : values) {
      put32(at, value);
      at += 4;
    }
    return *this;
  }
  CodeImage& put(std::uint64_t at, const std::vector<int>& values) {
    for (int value : values) bytes_[at++] = static_cast<std::uint8_t>(value);
    return *this;
  }
  // opcode bytes, then the distance from the end of the instruction to `target`.
  std::uint64_t relative(std::uint64_t at, const std::vector<int>& opcode, std::uint64_t target) {
    put(at, opcode);
    const std::uint64_t end = at + opcode.size() + 4;
    put32(at + opcode.size(), static_cast<std::uint32_t>(target - end));
    return end;
  }
  CodeImage& put32(std::uint64_t at, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) bytes_[at + i] = static_cast<std::uint8_t>(value >> 8 * i);
    return *this;
  }
  CodeImage& text(std::uint64_t at, const std::string& value) {
    for (char c : value) bytes_[at++] = static_cast<std::uint8_t>(c);
    bytes_[at] = 0;
    return *this;
  }
  CodeImage& function(std::uint64_t begin, std::uint64_t end) {
    image_.functions.push_back({begin, end});
    return *this;
  }
  // A GOT slot that the loader fills with `symbol`, and a stub that jumps through it.
  CodeImage& import(const std::string& symbol, std::uint64_t slot, std::uint64_t stub) {
    image_.symbols.push_back({symbol, 0, false, true});
    image_.relocations.push_back({slot, 0, static_cast<std::uint32_t>(image_.symbols.size() - 1)});
    relative(stub, {0xff, 0x25}, slot);
    return *this;
  }
  CodeImage& exported(const std::string& symbol, std::uint64_t address) {
    image_.symbols.push_back({symbol, address, true, true});
    return *this;
  }
  // A variable that other modules know by its name, and the slot that the loader fills with its address.
  CodeImage& variable(const std::string& symbol, std::uint64_t address, std::uint64_t slot) {
    image_.symbols.push_back({symbol, address, address != 0, false});
    image_.relocations.push_back({slot, 0, static_cast<std::uint32_t>(image_.symbols.size() - 1)});
    return *this;
  }
  // The last symbol may be missing.
  CodeImage& weak() {
    image_.symbols.back().weak = true;
    return *this;
  }
  // A pointer that the loader fills with an address of this image.
  CodeImage& pointer(std::uint64_t at, std::uint64_t target) {
    image_.relocations.push_back({at, target, std::nullopt});
    return *this;
  }

  const BinaryImage& image() {
    image_.bytes = bytes_;
    image_.ranges = {{0, 0, kData, true}, {kData, kData, kSize - kData, false}};
    image_.code = {image_.ranges[0]};
    image_.data = {image_.ranges[1]};
    std::sort(image_.relocations.begin(), image_.relocations.end(),
              [](const auto& a, const auto& b) { return a.address < b.address; });
    std::sort(image_.functions.begin(), image_.functions.end(),
              [](const auto& a, const auto& b) { return a.begin < b.begin; });
    return image_;
  }

 private:
  std::vector<std::uint8_t> bytes_;
  BinaryImage image_;
};

}  // namespace abicheck::testing
