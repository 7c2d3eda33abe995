#include "image/elf.h"

#include <doctest/doctest.h>

#include "image/small_elf.h"

using namespace abicheck;
using abicheck::testing::ElfShape;
using abicheck::testing::SmallElf;

namespace {

const ElfShape kShapes[] = {
    {"x86_64", 62, true, false, true, 1, 7, 8},
    {"i686", 3, false, false, false, 1, 7, 8},
    {"aarch64", 183, true, false, true, 257, 1026, 1027},
    {"armv7l", 40, false, false, false, 2, 22, 23},
    {"ppc64le", 21, true, false, true, 38, 21, 22},
    {"s390x", 22, true, true, true, 22, 11, 12},
    {"riscv64", 243, true, false, true, 2, 5, 3},
    {"loongarch64", 258, true, false, true, 2, 5, 3},
    {"ppc", 20, false, true, true, 1, 21, 22},
};

BinaryImage read(const SmallElf& elf) {
  Result<BinaryImage> image = read_elf(elf.file.view());
  REQUIRE(image);
  return *image;
}

}  // namespace

TEST_CASE("ELF of every class and byte order becomes the same image") {
  for (const ElfShape& shape : kShapes) {
    CAPTURE(shape.name);
    const SmallElf elf(shape);
    const BinaryImage image = read(elf);
    CHECK(image.arch == shape.name);
    CHECK(image.bits == (shape.wide ? 64 : 32));
    CHECK(image.big_endian == shape.big_endian);
    CHECK(image.defects == std::vector<std::string>{});
    CHECK(image.needed == std::vector<std::string>{"libm.so"});
    REQUIRE(image.symbols.size() == 3);
    CHECK(image.find_symbol("PyInit_demo")->address == SmallElf::kSecondFunction);
    CHECK(image.find_symbol("PyInit_demo")->function);
    CHECK_FALSE(image.find_symbol("PyErr_SetString")->defined);
    REQUIRE(image.relocations.size() == 3);
    CHECK(image.symbols[*image.relocation_at(elf.slot(0))->symbol].name == "PyErr_SetString");
    CHECK(image.pointer_at(elf.slot(1)) == SmallElf::kSecondFunction + 4);
    CHECK(image.pointer_at(elf.slot(2)) == SmallElf::kCode);
    CHECK(image.initializers == std::vector<std::uint64_t>{SmallElf::kCode});
    REQUIRE(image.functions.size() == 2);
    CHECK(image.functions[0].begin == SmallElf::kCode);
    CHECK(image.functions[0].end == SmallElf::kSecondFunction - 0x10);
    CHECK(image.functions[1].end == SmallElf::kCodeEnd);
  }
}

TEST_CASE("numbers are read in the image's byte order") {
  for (const ElfShape& shape : kShapes) {
    CAPTURE(shape.name);
    SmallElf elf(shape);
    elf.file.u32(0xf00, 0x12345678).u64(0xf08, 0x0102030405060708);
    const BinaryImage image = read(elf);
    CHECK(image.read_u32(0xf00) == 0x12345678u);
    CHECK(image.read_u64(0xf08) == 0x0102030405060708u);
    CHECK(image.read_u64(SmallElf::kSize - 4) == std::nullopt);
    CHECK(image.read_pointer(elf.slot(1)).has_value());
  }
}

TEST_CASE("packed relocations have bitmaps of the class's own width") {
  for (const ElfShape& shape : kShapes) {
    CAPTURE(shape.name);
    SmallElf elf(shape);
    const std::uint64_t at = 0xe00;
    elf.dynamic(10, 35, 2 * elf.word()).dynamic(11, 36, at);  // DT_RELRSZ, DT_RELR
    elf.pointer(at, elf.slot(8));
    elf.pointer(at + elf.word(), 0b1011);  // the next word, and the one after the one after it
    for (unsigned i : {8, 9, 11}) elf.pointer(elf.slot(i), 0x900 + 2 * i);
    const BinaryImage image = read(elf);
    CHECK(image.relocations.size() == 6);
    CHECK(image.pointer_at(elf.slot(8)) == 0x910);
    CHECK(image.pointer_at(elf.slot(9)) == 0x912);
    CHECK(image.relocation_at(elf.slot(10)) == nullptr);
    CHECK(image.pointer_at(elf.slot(11)) == 0x916);
  }
}

TEST_CASE("without a sorted table the frames themselves are walked") {
  for (const ElfShape& shape : kShapes) {
    CAPTURE(shape.name);
    SmallElf elf(shape);
    elf.file.u8(SmallElf::kFrameHeader + 2, 0xff).u8(SmallElf::kFrameHeader + 3, 0xff);  // DW_EH_PE_omit
    elf.file.u32(SmallElf::kFrameHeader + 4, SmallElf::kFrames - SmallElf::kFrameHeader - 4);
    const BinaryImage image = read(elf);
    REQUIRE(image.functions.size() == 2);
    CHECK(image.functions[1].begin == SmallElf::kSecondFunction);
    CHECK(image.functions[1].end == SmallElf::kCodeEnd);
  }
}

TEST_CASE("frames say how their pointers are written") {
  SmallElf elf(kShapes[0]);
  const std::uint64_t cie = SmallElf::kFrames;
  const std::uint64_t fde = cie + 20;
  // Eight bytes each, relative to their place.
  elf.file.u8(cie + 16, 0x1c).u32(fde, 28).u64(fde + 8, SmallElf::kCode - fde - 8).u64(fde + 16, 0x22).u32(fde + 32, 0);
  const BinaryImage image = read(elf);
  REQUIRE(image.functions.size() == 2);
  CHECK(image.functions[0].begin == SmallElf::kCode);
  CHECK(image.functions[0].end == SmallElf::kCode + 0x22);
}

TEST_CASE("a file whose headers point beyond its end is refused, whatever its class") {
  for (const ElfShape& shape : kShapes) {
    CAPTURE(shape.name);
    const SmallElf elf(shape);
    CHECK(read_elf_header(elf.file.view()).ok());
    for (const std::size_t size : {std::size_t{40}, std::size_t{0x80}, std::size_t{SmallElf::kSize - 1}}) {
      const Result<ImageHeader> cut = read_elf_header(elf.file.view().first(size));
      REQUIRE_FALSE(cut);
      CHECK(cut.error().code == ErrorCode::kMalformed);
    }
  }
}

TEST_CASE("tables that reach beyond the file are defects") {
  SmallElf elf(kShapes[0]);
  elf.dynamic(6, 8, 0x100000);
  CHECK(read(elf).defects ==
        std::vector<std::string>{"the dynamic symbol table is cut off", "the relocations are cut off"});
}

TEST_CASE("the bit of Thumb code is no part of an address") {
  SmallElf elf(kShapes[3]);
  elf.file.u32(SmallElf::kSymbols + 16 + 4, SmallElf::kSecondFunction + 1);
  elf.pointer(elf.slot(2), SmallElf::kCode + 1);
  const BinaryImage image = read(elf);
  CHECK(image.thumb);
  CHECK(image.find_symbol("PyInit_demo")->address == SmallElf::kSecondFunction);
  CHECK(image.initializers == std::vector<std::uint64_t>{SmallElf::kCode});
}

TEST_CASE("a pointer to Thumb code amid ARM code stays marked, and is no initialiser that can be read") {
  SmallElf elf(kShapes[3]);
  elf.pointer(elf.slot(2), SmallElf::kCode + 1);
  const BinaryImage image = read(elf);
  CHECK_FALSE(image.thumb);
  CHECK(image.pointer_at(elf.slot(2)) == SmallElf::kCode + 1);
  CHECK(image.initializers.empty());
}

TEST_CASE("ARM's exception index names functions by 31-bit distances") {
  SmallElf elf(kShapes[3]);
  constexpr std::uint64_t kIndex = 0xe00;
  elf.segment(2, 0x70000001, kIndex, 16);
  elf.file.u32(kIndex, (SmallElf::kCode - kIndex) & 0x7fffffff).u32(kIndex + 4, 0x80b0b0b0);
  elf.file.u32(kIndex + 8, (SmallElf::kSecondFunction - kIndex - 8) & 0x7fffffff).u32(kIndex + 12, 1);
  const BinaryImage image = read(elf);
  REQUIRE(image.functions.size() == 2);
  CHECK(image.functions[0].begin == SmallElf::kCode);
  CHECK(image.functions[0].end == SmallElf::kSecondFunction);
}

TEST_CASE("the table of contents of ppc64le is found in a prologue") {
  SmallElf elf(kShapes[4]);
  // addis r2,r12,2; addi r2,r2,-16
  elf.file.u32(SmallElf::kSecondFunction, 0x3c4c0002).u32(SmallElf::kSecondFunction + 4, 0x3842fff0);
  CHECK(read(elf).toc == SmallElf::kSecondFunction + 0x20000 - 16);
}

TEST_CASE("the global offset table of i686 is DT_PLTGOT") {
  SmallElf elf(kShapes[1]);
  elf.dynamic(10, 3, 0xd00);
  CHECK(read(elf).got == 0xd00);
}
