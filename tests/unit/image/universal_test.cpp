#include <doctest/doctest.h>

#include "image/byte_file.h"
#include "image/read_image.h"
#include "image/small_elf.h"
#include "image/small_macho.h"

using namespace abicheck;
using namespace abicheck::testing;

namespace {

// fat_arch: cputype, cpusubtype, offset, size, align
void put_slice(ByteFile& file, unsigned i, std::uint32_t cpu, std::uint32_t offset, std::uint32_t size) {
  const std::uint64_t at = 8 + 20 * i;
  file.u32(at, cpu).u32(at + 4, 0).u32(at + 8, offset).u32(at + 12, size).u32(at + 16, 12);
}

ByteFile universal(const ByteFile& first, const ByteFile& second) {
  ByteFile file(0x1000, true);
  file.u32(0, 0xcafebabe).u32(4, 2);
  std::uint64_t end = 0x1000;
  unsigned i = 0;
  for (const ByteFile* slice : {&first, &second}) {
    put_slice(file, i, i == 0 ? 0x01000007 : 0x0100000c, static_cast<std::uint32_t>(end),
              static_cast<std::uint32_t>(slice->bytes().size()));
    ++i;
    file.resize(end + slice->bytes().size());
    for (const std::uint8_t byte : slice->bytes()) file.u8(end++, byte);
  }
  return file;
}

}  // namespace

TEST_CASE("a universal file is its slices") {
  const SmallMacho x86(0x01000007);
  const SmallMacho arm(0x0100000c);
  const ByteFile file = universal(x86.file, arm.file);
  const auto slices = read_slices(file.view());
  REQUIRE(slices);
  REQUIRE(slices->size() == 2);
  CHECK((*slices)[0].header.arch == "x86_64");
  CHECK((*slices)[1].header.arch == "arm64");
  CHECK((*slices)[1].bytes.size() == arm.file.bytes().size());
  const Result<BinaryImage> image = convert_image((*slices)[1].bytes);
  REQUIRE(image);
  CHECK(image->bytes.data() == (*slices)[1].bytes.data());
}

TEST_CASE("a damaged slice does not lose the others") {
  const SmallMacho good(0x0100000c);
  ByteFile file = universal(ByteFile(0x100), good.file);
  auto slices = read_slices(file.view());
  REQUIRE(slices);
  REQUIRE((*slices)[0].problem);
  CHECK((*slices)[0].problem->message.find("slice x86_64: ") == 0);
  CHECK_FALSE((*slices)[1].problem);
  put_slice(file, 0, 0x01000007, 0x1000, 0x7fffffff);
  slices = read_slices(file.view());
  REQUIRE(slices);
  CHECK((*slices)[0].bytes.empty());
  CHECK((*slices)[0].problem);
}

TEST_CASE("a Java class is no universal file") {
  ByteFile file(64, true);
  file.u32(0, 0xcafebabe).u32(4, 52);
  CHECK_FALSE(read_slices(file.view()));
}

TEST_CASE("machines whose code is not read are named and refused") {
  const SmallElf loongarch({"loongarch64", 258, true, false, true, 2, 5, 3});
  const Result<BinaryImage> image = read_image(loongarch.file.view());
  REQUIRE_FALSE(image);
  CHECK(image.error().code == ErrorCode::kUnsupported);
  CHECK(image.error().message == "machine code of elf loongarch64 is not read");
  ByteFile wasm(16);
  wasm.raw(0, {0, 'a', 's', 'm', 1});
  CHECK(read_image_header(wasm.view())->arch == "wasm32");
  CHECK(read_image(wasm.view()).error().code == ErrorCode::kUnsupported);
  CHECK(read_image(wasm.view()).error().message == "machine code of wasm32 is not read");
}
