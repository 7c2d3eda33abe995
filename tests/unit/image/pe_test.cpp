#include "image/pe.h"

#include <doctest/doctest.h>

#include "image/small_pe.h"

using namespace abicheck;
using abicheck::testing::SmallPe;

namespace {

constexpr std::uint16_t kX64 = 0x8664, kI386 = 0x14c, kArm64 = 0xaa64;

BinaryImage read(const SmallPe& pe) {
  Result<BinaryImage> image = read_pe(pe.file.view());
  REQUIRE(image);
  return *image;
}

// "python3.dll": the names at `names`, the slots that they fill at `slots`.
void put_imports(SmallPe& pe, std::uint64_t names, std::uint64_t slots) {
  pe.file.text(0x1300, "python3.dll").text(0x1312, "PyErr_SetString");
  for (const std::uint64_t table : {names, slots})
    pe.pointer(table, 0x1310).pointer(table + pe.word(), (pe.word() == 8 ? 1ull << 63 : 1ull << 31) | 17);
}

std::string name_at(const BinaryImage& image, std::uint64_t rva) {
  const Relocation* relocation = image.relocation_at(SmallPe::kBase + rva);
  return relocation != nullptr && relocation->symbol ? image.symbols[*relocation->symbol].name : "";
}

}  // namespace

TEST_CASE("a PE library becomes an image") {
  for (const std::uint16_t machine : {kX64, kI386, kArm64}) {
    CAPTURE(machine);
    SmallPe pe(machine);
    pe.directory(1, 0x1200, 40);
    pe.file.u32(0x1200, 0x1240).u32(0x120c, 0x1300).u32(0x1210, 0x1280);
    put_imports(pe, 0x1240, 0x1280);
    const BinaryImage image = read(pe);
    CHECK(image.format == "pe");
    CHECK(image.bits == (machine == kI386 ? 32 : 64));
    CHECK(image.needed == std::vector<std::string>{"python3.dll"});
    CHECK(name_at(image, 0x1280) == "PyErr_SetString");
    CHECK(name_at(image, 0x1280 + pe.word()) == "#17");
    REQUIRE(image.code.size() == 1);
    CHECK(image.code[0].address == SmallPe::kBase + 0x2000);
    CHECK(image.data.size() == 1);
    CHECK(image.is_code(SmallPe::kBase + 0x2010));
    // i686 has no table of functions, which is no defect.
    CHECK(image.defects.empty());
  }
}

TEST_CASE("delay-loaded imports have slots too, and keep them") {
  SmallPe pe(kX64);
  pe.directory(13, 0x1200, 64);
  pe.file.u32(0x1200, 1).u32(0x1204, 0x1300).u32(0x120c, 0x1280).u32(0x1210, 0x1240);
  put_imports(pe, 0x1240, 0x1280);
  // The slot leads to the code that loads the DLL, until it is loaded.
  pe.pointer(0x1280, SmallPe::kBase + 0x2000);
  pe.directory(5, 0x1400, 12);
  pe.file.u32(0x1400, 0x1000).u32(0x1404, 12).u16(0x1408, 0xa280).u16(0x140a, 0xa2c0);
  pe.pointer(0x12c0, SmallPe::kBase + 0x2010);
  const BinaryImage image = read(pe);
  CHECK(image.needed == std::vector<std::string>{"python3.dll"});
  CHECK(name_at(image, 0x1280) == "PyErr_SetString");
  CHECK(image.pointer_at(SmallPe::kBase + 0x12c0) == SmallPe::kBase + 0x2010);
}

TEST_CASE("exports are defined, but for those of other libraries") {
  SmallPe pe(kI386);
  pe.directory(0, 0x1200, 0x100);
  pe.file.u32(0x120c, 0x1300).u32(0x1210, 5).u32(0x1214, 3).u32(0x1218, 2);
  pe.file.u32(0x121c, 0x1240).u32(0x1220, 0x1250).u32(0x1224, 0x1260);
  pe.file.u32(0x1240, 0x2010).u32(0x1244, 0x12c0).u32(0x1248, 0x2020);  // the second is text: NTDLL.x
  pe.file.u32(0x1250, 0x1310).u32(0x1254, 0x1320).u16(0x1260, 0).u16(0x1262, 1);
  pe.file.text(0x1300, "demo.pyd").text(0x1310, "PyInit_demo").text(0x1320, "other").text(0x12c0, "NTDLL.x");
  const BinaryImage image = read(pe);
  CHECK(image.soname == "demo.pyd");
  REQUIRE(image.symbols.size() == 3);
  CHECK(image.find_symbol("PyInit_demo")->address == SmallPe::kBase + 0x2010);
  CHECK(image.find_symbol("PyInit_demo")->function);
  CHECK_FALSE(image.find_symbol("other")->defined);
  CHECK(image.find_symbol("#7")->address == SmallPe::kBase + 0x2020);
}

TEST_CASE("parts of one x64 function that stand together are one function") {
  SmallPe pe(kX64);
  pe.directory(3, 0x1200, 5 * 12);
  pe.runtime_function(0, 0x2000, 0x2010, 0x1300);
  pe.runtime_function(1, 0x2010, 0x2030, 0x1310);  // goes on
  pe.runtime_function(2, 0x2030, 0x2040, 0x1300);
  pe.runtime_function(3, 0x2050, 0x2060, 0x1310);  // a cold part elsewhere
  pe.runtime_function(4, 0x2060, 0x2070, 0x1310);  // which goes on too
  pe.file.u8(0x1300, 1).u8(0x1310, 1 | 4 << 3);
  pe.file.u32(0x1314, 0x2000).u32(0x1318, 0x2010).u32(0x131c, 0x1300);
  const BinaryImage image = read(pe);
  REQUIRE(image.functions.size() == 3);
  CHECK(image.functions[0].begin == SmallPe::kBase + 0x2000);
  CHECK(image.functions[0].end == SmallPe::kBase + 0x2030);
  CHECK(image.functions[1].end == SmallPe::kBase + 0x2040);
  CHECK(image.functions[2].begin == SmallPe::kBase + 0x2050);
  CHECK(image.functions[2].end == SmallPe::kBase + 0x2070);
  CHECK(image.defects.empty());
}

TEST_CASE("ARM64 has the length of a function in its entry or in its record") {
  SmallPe pe(kArm64);
  pe.directory(3, 0x1200, 16);
  pe.file.u32(0x1200, 0x2000).u32(0x1204, 4 << 2 | 1).u32(0x1208, 0x2010).u32(0x120c, 0x1300).u32(0x1300, 8);
  const BinaryImage image = read(pe);
  REQUIRE(image.functions.size() == 2);
  CHECK(image.functions[0].end == SmallPe::kBase + 0x2010);
  CHECK(image.functions[1].end == SmallPe::kBase + 0x2030);
}

TEST_CASE("tables that reach beyond their section are defects") {
  SmallPe pe(kI386);
  pe.directory(0, 0x9000, 40).directory(1, 0x9000, 40).directory(5, 0x1ff0, 0x100);
  pe.directory(13, 0x9000, 40);
  CHECK(read(pe).defects ==
        std::vector<std::string>{"the export directory is damaged", "the import directory is damaged",
                                 "the delay-load import directory is damaged", "the base relocations are damaged"});
}

TEST_CASE("imports without an end are a defect") {
  SmallPe pe(kI386);
  pe.directory(1, 0x1200, 40);
  pe.file.u32(0x1200, 0x2ff8).u32(0x120c, 0x1300).u32(0x1210, 0x1280);
  put_imports(pe, 0x2ff8, 0x1280);
  CHECK(read(pe).defects == std::vector<std::string>{"the imports from python3.dll are damaged"});
}

TEST_CASE("a PE file that was cut is refused") {
  const SmallPe pe(kX64);
  CHECK(read_pe_header(pe.file.view()).ok());
  for (const std::size_t size : {std::size_t{2}, std::size_t{0x100}, std::size_t{0x300}, SmallPe::kSize - 1}) {
    const Result<ImageHeader> header = read_pe_header(pe.file.view().first(size));
    REQUIRE_FALSE(header);
    CHECK(header.error().code == ErrorCode::kMalformed);
  }
}
