#include "image/macho.h"

#include <doctest/doctest.h>

#include "image/small_macho.h"

using namespace abicheck;
using abicheck::testing::SmallMacho;

namespace {

constexpr std::uint64_t kBase = SmallMacho::kBase;
constexpr std::uint64_t kOpcodes = SmallMacho::kLinkEdit + 0x500;
constexpr std::uint64_t kFixups = SmallMacho::kLinkEdit + 0x600;

BinaryImage read(const SmallMacho& macho) {
  Result<BinaryImage> image = read_macho(macho.file.view());
  REQUIRE(image);
  return *image;
}

const DynamicSymbol& symbol_at(const BinaryImage& image, std::uint64_t offset) {
  const Relocation* relocation = image.relocation_at(kBase + offset);
  REQUIRE(relocation != nullptr);
  REQUIRE(relocation->symbol);
  return image.symbols[*relocation->symbol];
}

// A segment of one page whose first pointer is at `start`.
void put_fixups(SmallMacho& macho, std::uint16_t pointer_format, std::uint16_t start) {
  macho.blob(0x80000034, kFixups, 0x100);
  macho.file.u32(kFixups + 4, 0x20).u32(kFixups + 8, 0x60).u32(kFixups + 12, 0x80).u32(kFixups + 16, 2);
  macho.file.u32(kFixups + 20, 1);                              // DYLD_CHAINED_IMPORT
  macho.file.u32(kFixups + 0x20, 3).u32(kFixups + 0x28, 0x10);  // three segments, the second has pointers
  macho.file.u32(kFixups + 0x30, 24).u16(kFixups + 0x34, 0x1000).u16(kFixups + 0x36, pointer_format);
  macho.file.u64(kFixups + 0x38, SmallMacho::kData).u16(kFixups + 0x44, 1).u16(kFixups + 0x46, start);
  macho.file.u32(kFixups + 0x60, 1 << 9).u32(kFixups + 0x64, 14 << 9);
  macho.file.text(kFixups + 0x81, "_PyInit_demo").text(kFixups + 0x80 + 14, "_PyObject_Repr");
}

constexpr std::uint64_t kBind = std::uint64_t{1} << 63;
constexpr std::uint64_t next(std::uint64_t bytes) {
  return bytes / 4 << 51;
}

}  // namespace

TEST_CASE("a Mach-O library becomes an image") {
  const SmallMacho macho(0x0100000c);
  const BinaryImage image = read(macho);
  CHECK(image.arch == "arm64");
  CHECK(image.defects == std::vector<std::string>{});
  CHECK(image.soname == "@rpath/libdemo.dylib");
  CHECK(image.needed == std::vector<std::string>{"/usr/lib/libSystem.B.dylib"});
  CHECK(image.find_symbol("PyInit_demo")->address == kBase + SmallMacho::kText + 0x40);
  CHECK(image.find_symbol("PyInit_demo")->function);
  CHECK_FALSE(image.find_symbol("PyErr_SetString")->defined);
  CHECK(image.code.size() == 2);
  CHECK(image.data.size() == 3);
  // The stub is no function.
  REQUIRE(image.functions.size() == 2);
  CHECK(image.functions[0].end == kBase + SmallMacho::kText + 0x40);
  CHECK(image.functions[1].end == kBase + SmallMacho::kText + 0x100);
}

TEST_CASE("a slot without opcodes is named by the indirect symbol table") {
  const BinaryImage image = read(SmallMacho(0x01000007));
  CHECK(symbol_at(image, SmallMacho::kGot + 8).name == "PyErr_SetString");
  CHECK(image.relocation_at(kBase + SmallMacho::kGot) == nullptr);
}

TEST_CASE("rebase and bind opcodes fill pointers") {
  SmallMacho macho(0x01000007);
  macho.file.u64(SmallMacho::kData, kBase + 0x820).u64(SmallMacho::kData + 16, kBase + 0x830);
  macho.file.u64(SmallMacho::kInit, kBase + SmallMacho::kText);
  // pointers of segment 1: two with eight bytes between them, then the initializer; then a name for the first of them
  macho.dyld_info(kOpcodes, {0x11, 0x21, 0, 0x80, 2, 8, 0x21, 0x80, 0x04, 0x51, 0},
                  {0x11, 0x40, '_', 'P', 'y', 'O', 'b', 'j', 0,   0x51, 0x60, 0x7e, 0x71, 0x10, 0x90, 0x40, '_',
                   'P',  'y',  'I', 'n', 'i', 't', '_', 'd', 'e', 'm',  'o',  0,    0x60, 0,    0xb1, 0x90, 0});
  const BinaryImage image = read(macho);
  CHECK(image.defects == std::vector<std::string>{});
  CHECK(image.pointer_at(kBase + SmallMacho::kData) == kBase + 0x820);
  CHECK(image.initializers == std::vector<std::uint64_t>{kBase + SmallMacho::kText});
  CHECK(symbol_at(image, SmallMacho::kData + 16).name == "PyObj");
  CHECK(image.relocation_at(kBase + SmallMacho::kData + 16)->addend == static_cast<std::uint64_t>(-2));
  CHECK(image.pointer_at(kBase + SmallMacho::kData + 24) == kBase + SmallMacho::kText + 0x40);
  CHECK(image.pointer_at(kBase + SmallMacho::kData + 40) == kBase + SmallMacho::kText + 0x40);
}

TEST_CASE("opcodes without end, or outside their segment, are a defect") {
  const std::vector<std::string> defect{"part of the rebase and bind opcodes is not read"};
  for (const std::vector<int>& opcodes : std::vector<std::vector<int>>{
           {0x21, 0, 0x60, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f}, {0x2f, 0, 0x51}, {0x51}, {0xf0}}) {
    SmallMacho macho(0x01000007);
    macho.dyld_info(kOpcodes, opcodes, {});
    CHECK(read(macho).defects == defect);
  }
}

TEST_CASE("chained fixups fill pointers") {
  for (const std::uint16_t format : {2, 6}) {
    CAPTURE(format);
    SmallMacho macho(0x0100000c);
    put_fixups(macho, format, 0);
    const std::uint64_t base = format == 2 ? kBase : 0;
    macho.file.u64(SmallMacho::kData, (base + 0x820) | next(8));
    macho.file.u64(SmallMacho::kData + 8, kBind | 1 | 3 << 24 | next(16));
    macho.file.u64(SmallMacho::kData + 24, kBind | 0 | next(SmallMacho::kInit - SmallMacho::kData - 24));
    macho.file.u64(SmallMacho::kInit, base + SmallMacho::kText);
    const BinaryImage image = read(macho);
    CHECK(image.defects == std::vector<std::string>{});
    CHECK(image.pointer_at(kBase + SmallMacho::kData) == kBase + 0x820);
    CHECK(symbol_at(image, SmallMacho::kData + 8).name == "PyObject_Repr");
    CHECK(image.relocation_at(kBase + SmallMacho::kData + 8)->addend == 3);
    CHECK(image.pointer_at(kBase + SmallMacho::kData + 24) == kBase + SmallMacho::kText + 0x40);
    CHECK(image.initializers == std::vector<std::uint64_t>{kBase + SmallMacho::kText});
  }
}

TEST_CASE("chained fixups that are not read are a defect") {
  SmallMacho signed_pointers(0x0100000c);
  put_fixups(signed_pointers, 9, 0);
  CHECK(read(signed_pointers).defects == std::vector<std::string>{"chained pointers of form 9 are not read"});
  const std::vector<std::string> damaged{"the chained fixups are damaged"};
  SmallMacho ordinal(0x0100000c);
  put_fixups(ordinal, 6, 0);
  ordinal.file.u64(SmallMacho::kData, kBind | 7);
  CHECK(read(ordinal).defects == damaged);
  SmallMacho beyond(0x0100000c);
  put_fixups(beyond, 6, 0xff0);
  beyond.file.u64(SmallMacho::kData + 0xff0, next(64));
  CHECK(read(beyond).defects == damaged);
}

TEST_CASE("the export trie adds what the symbol table does not have") {
  SmallMacho macho(0x0100000c);
  const std::uint64_t trie = SmallMacho::kLinkEdit + 0x700;
  macho.blob(0x80000033, trie, 32);
  // the root leads by "_api" to a node with flags 0 at 0x840
  macho.file.raw(trie, {0, 1, '_', 'a', 'p', 'i', 0, 8, 3, 0, 0xc0, 0x10, 0});
  const BinaryImage image = read(macho);
  REQUIRE(image.find_symbol("api") != nullptr);
  CHECK(image.find_symbol("api")->address == kBase + 0x840);
  macho.file.u8(trie + 7, 0xff);
  CHECK(read(macho).defects == std::vector<std::string>{"the export trie is damaged"});
}

TEST_CASE("a Mach-O file that was cut is refused") {
  const SmallMacho macho(0x0100000c);
  CHECK(read_macho_header(macho.file.view()).ok());
  for (const std::size_t size : {std::size_t{8}, std::size_t{200}, std::size_t{SmallMacho::kSize - 1}}) {
    const Result<ImageHeader> header = read_macho_header(macho.file.view().first(size));
    REQUIRE_FALSE(header);
    CHECK(header.error().code == ErrorCode::kMalformed);
  }
}

TEST_CASE("a 32-bit Mach-O library becomes an image") {
  const SmallMacho macho(7);
  const BinaryImage image = read(macho);
  CHECK(image.arch == "i686");
  CHECK(image.bits == 32);
  CHECK(image.defects == std::vector<std::string>{});
  CHECK(image.needed == std::vector<std::string>{"/usr/lib/libSystem.B.dylib"});
  CHECK(image.find_symbol("PyInit_demo")->address == kBase + SmallMacho::kText + 0x40);
  REQUIRE(image.functions.size() == 2);
  CHECK(image.functions[1].begin == kBase + SmallMacho::kText + 0x40);
  CHECK(symbol_at(image, SmallMacho::kGot + 4).name == "PyErr_SetString");
}

TEST_CASE("opcodes of a 32-bit file fill pointers of four bytes") {
  SmallMacho macho(7);
  // Two pointers at __data; with the type of an address amid code, one at __text + 1; one that is a distance.
  macho.dyld_info(kOpcodes, {0x11, 0x21, 0, 0x52, 0x12, 0x20, 0x81, 0x10, 0x51, 0x13, 0x20, 0x89, 0x10, 0x51, 0},
                  {0x40, '_',  'P',  'y',  'O',  'b',  'j',  0,    0x51, 0x71,
                   0x20, 0x90, 0x80, 0xf4, 0xff, 0xff, 0xff, 0x0f, 0x90, 0});  // back by 12
  macho.pointer(SmallMacho::kData, kBase + SmallMacho::kText);
  macho.pointer(SmallMacho::kData + 4, kBase + SmallMacho::kText + 0x40);
  macho.pointer(SmallMacho::kText + 1, kBase + SmallMacho::kData + 8);
  const BinaryImage image = read(macho);
  CHECK(image.defects == std::vector<std::string>{});
  CHECK(image.pointer_at(kBase + SmallMacho::kData) == kBase + SmallMacho::kText);
  CHECK(image.pointer_at(kBase + SmallMacho::kData + 4) == kBase + SmallMacho::kText + 0x40);
  CHECK(image.pointer_at(kBase + SmallMacho::kText + 1) == kBase + SmallMacho::kData + 8);
  CHECK(image.relocation_at(kBase + SmallMacho::kText + 9) == nullptr);
  CHECK(symbol_at(image, SmallMacho::kData + 0x20).name == "PyObj");
  CHECK(symbol_at(image, SmallMacho::kData + 0x18).name == "PyObj");
}

TEST_CASE("relocation entries fill pointers") {
  SmallMacho macho(7);
  constexpr std::uint64_t kLong = std::uint64_t{2} << 57, kExternal = std::uint64_t{1} << 59;
  constexpr std::uint64_t kScattered = 0xa0000000;  // of four bytes
  macho.relocation_entries(kOpcodes, {SmallMacho::kData | kLong, (SmallMacho::kData + 8) | kScattered},
                           {(SmallMacho::kData + 4) | kLong | kExternal | std::uint64_t{1} << 32});
  macho.pointer(SmallMacho::kData, kBase + SmallMacho::kText);
  macho.pointer(SmallMacho::kData + 4, 12);
  macho.pointer(SmallMacho::kData + 8, kBase + SmallMacho::kData + 0x10);
  macho.pointer(SmallMacho::kGot, kBase + SmallMacho::kData);
  const BinaryImage image = read(macho);
  CHECK(image.defects == std::vector<std::string>{});
  CHECK(image.pointer_at(kBase + SmallMacho::kData) == kBase + SmallMacho::kText);
  CHECK(image.pointer_at(kBase + SmallMacho::kData + 8) == kBase + SmallMacho::kData + 0x10);
  CHECK(symbol_at(image, SmallMacho::kData + 4).name == "PyErr_SetString");
  CHECK(image.relocation_at(kBase + SmallMacho::kData + 4)->addend == 12);
  // INDIRECT_SYMBOL_LOCAL
  CHECK(image.pointer_at(kBase + SmallMacho::kGot) == kBase + SmallMacho::kData);
}

TEST_CASE("relocation entries of 64-bit files count from what is written to") {
  SmallMacho macho(0x01000007);
  constexpr std::uint64_t kQuad = std::uint64_t{3} << 57;
  macho.relocation_entries(kOpcodes, {0x10 | kQuad}, {});
  macho.pointer(SmallMacho::kData + 0x10, kBase + SmallMacho::kText);
  const BinaryImage image = read(macho);
  CHECK(image.defects == std::vector<std::string>{});
  CHECK(image.pointer_at(kBase + SmallMacho::kData + 0x10) == kBase + SmallMacho::kText);
}

TEST_CASE("relocation entries that are not read are a defect") {
  constexpr std::uint64_t kLong = std::uint64_t{2} << 57, kExternal = std::uint64_t{1} << 59;
  const std::vector<std::string> defect{"part of the relocation entries is not read"};
  for (const std::uint64_t entry : {SmallMacho::kData | std::uint64_t{1} << 57,          // of two bytes
                                    SmallMacho::kData | kLong | std::uint64_t{1} << 56,  // a distance
                                    SmallMacho::kData | kLong | std::uint64_t{2} << 60,  // of a difference
                                    SmallMacho::kSize | kLong,                           // nowhere
                                    SmallMacho::kData | kLong | kExternal | std::uint64_t{7} << 32}) {  // of no symbol
    SmallMacho macho(7);
    macho.relocation_entries(kOpcodes, {entry}, {});
    CHECK(read(macho).defects == defect);
  }
  SmallMacho cut(7);
  cut.relocation_entries(SmallMacho::kSize - 8, {SmallMacho::kData | kLong}, {});
  cut.file.u32(cut.relocation_count_at(), 0xffffffff);
  CHECK(read(cut).defects == defect);
}

TEST_CASE("without a table of function boundaries the symbol table tells them, where local names are left") {
  const auto functions_of = [](int type, std::uint64_t place) {
    SmallMacho macho(7);
    macho.file.u32(SmallMacho::kLinkEdit + 0x20c, 1)
        .u8(SmallMacho::kLinkEdit + 0x210, static_cast<std::uint64_t>(type));
    macho.file.u8(SmallMacho::kLinkEdit + 0x211, 1).u32(SmallMacho::kLinkEdit + 0x214, kBase + place);
    macho.no_function_starts();
    return read(macho);
  };
  const BinaryImage named = functions_of(0x0e, SmallMacho::kText);
  REQUIRE(named.functions.size() == 2);
  CHECK(named.functions[0].end == kBase + SmallMacho::kText + 0x40);
  CHECK(named.defects == std::vector<std::string>{});
  const std::vector<std::string> defect{"no table of function boundaries (LC_FUNCTION_STARTS)"};
  CHECK(functions_of(0x0f, SmallMacho::kText).defects == defect);  // exported
  CHECK(functions_of(0x0e, SmallMacho::kData).defects == defect);  // a variable
  CHECK(functions_of(0x2e, SmallMacho::kText).defects == defect);  // of a debugger
}

TEST_CASE("a stub that the loader writes is named by the indirect symbol table") {
  const BinaryImage image = read(SmallMacho(7, 5));
  CHECK(symbol_at(image, SmallMacho::kStubs + 5).name == "PyErr_SetString");
  CHECK(read(SmallMacho(7)).relocation_at(kBase + SmallMacho::kStubs + 6) == nullptr);
}

TEST_CASE("code of a 32-bit file counts from the address that it takes of itself") {
  SmallMacho macho(7);
  constexpr std::uint64_t kSecond = SmallMacho::kText + 0x40;
  macho.file.raw(SmallMacho::kText + 2, {0xe8, 0, 0, 0, 0, 0x5b});  // call +0; pop ebx
  macho.file.raw(kSecond, {0xe8, 0x1b, 0, 0, 0});                   // call of the thunk
  macho.file.raw(kSecond + 0x20, {0x8b, 0x1c, 0x24, 0xc3});         // mov ebx,[esp]; ret
  macho.file.raw(kSecond + 0x30, {0xe8, 0x10, 0, 0, 0});            // another call
  const BinaryImage image = read(macho);
  REQUIRE(image.bases.size() == 2);
  CHECK(image.base_at(kBase + SmallMacho::kText + 0x3f) == kBase + SmallMacho::kText + 7);
  CHECK(image.base_at(kBase + kSecond) == kBase + kSecond + 5);
  CHECK_FALSE(image.base_at(kBase + SmallMacho::kText - 1));
}

TEST_CASE("a function that takes too many of its addresses is a defect") {
  SmallMacho macho(7);
  for (int i = 0; i < 20; ++i)
    macho.file.raw(SmallMacho::kText + 0x40 + static_cast<std::uint64_t>(6 * i), {0xe8, 0, 0, 0, 0, 0x58});
  const BinaryImage image = read(macho);
  CHECK(image.bases.size() == 16);
  CHECK(image.defects == std::vector<std::string>{"a function takes the address of too many of its instructions"});
  CHECK_FALSE(image.base_at(kBase + SmallMacho::kText + 0x60));
}

TEST_CASE("a 32-bit Mach-O file is named, and refused when it was cut or its commands overlap") {
  testing::ByteFile file(0x1000);
  file.u32(0, 0xfeedface).u32(4, 7).u32(16, 1).u32(20, 56);
  file.u32(28, 1).u32(32, 56).u32(28 + 28, 0x1000).u32(28 + 32, 0).u32(28 + 36, 0x1000);  // LC_SEGMENT
  CHECK(read_macho_header(file.view())->arch == "i686");
  CHECK(read_macho_header(file.view().first(0xfff)).error().code == ErrorCode::kMalformed);
  for (std::size_t size = 4; size < 84; ++size) {
    const Result<BinaryImage> image = read_macho(file.view().first(size));
    REQUIRE_FALSE(image);
    CHECK(image.error().code == ErrorCode::kMalformed);
  }
  file.u32(28 + 48, 1);  // a section, for which the command has no room
  CHECK(read_macho(file.view()).error().code == ErrorCode::kMalformed);
}

TEST_CASE("a big-endian Mach-O file is named only") {
  testing::ByteFile file(0x1000, true);
  file.u32(0, 0xfeedface).u32(4, 18);
  CHECK(read_macho_header(file.view()).ok());
  CHECK(read_macho(file.view()).error().code == ErrorCode::kUnsupported);
}

TEST_CASE("damage anywhere in a 32-bit Mach-O file is an error, a defect or nothing") {
  SmallMacho macho(7, 5);
  macho.dyld_info(kOpcodes, {0x11, 0x21, 0, 0x52, 0}, {0x40, '_', 'x', 0, 0x51, 0x71, 0x20, 0x90, 0});
  macho.relocation_entries(kOpcodes + 0x200, {SmallMacho::kData | std::uint64_t{2} << 57}, {});
  std::size_t refused = 0;
  std::size_t read = 0;
  const auto try_bytes = [&](const std::vector<std::uint8_t>& bytes) {
    const Result<BinaryImage> image = read_macho(bytes);
    image ? ++read : ++refused;
    if (image) CHECK(image->relocations.size() < 10'000);
  };
  for (const auto& [begin, end] : {std::pair<std::size_t, std::size_t>{0, 0x400},
                                   {SmallMacho::kLinkEdit + 0x200, SmallMacho::kLinkEdit + 0x800}}) {
    for (std::size_t at = begin; at < end; ++at) {
      for (const int value : {0x00, 0x7f, 0x80, 0xff}) {
        std::vector<std::uint8_t> bytes = macho.file.bytes();
        bytes[at] = static_cast<std::uint8_t>(value);
        try_bytes(bytes);
      }
    }
  }
  CHECK(refused > 100);
  CHECK(read > 1000);
}
