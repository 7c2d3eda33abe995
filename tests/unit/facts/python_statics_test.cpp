#include "facts/python_statics.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

constexpr std::uint64_t kInit = 0x100;
constexpr std::uint64_t kStub = 0x900;
constexpr std::uint64_t kSlot = 0x3000;
constexpr std::uint64_t kDefinition = 0x3100;
constexpr std::uint64_t kMethods = 0x3200;
constexpr std::uint64_t kText = 0x3400;

std::vector<StaticObject> statics(const std::string& symbol) {
  CodeImage builder;
  builder.put(kDefinition, std::vector<int>(0x400, 0)).import(symbol, kSlot, kStub);
  const std::uint64_t at = builder.relative(kInit, {0x48, 0x8d, 0x3d}, kDefinition);  // lea rdi,[rip+x]
  builder.relative(at, {0xe9}, kStub);                                                // jmp
  builder.function(kInit, kInit + 0x80).function(kStub, kStub + 6);
  builder.pointer(kDefinition + 0x40, kMethods).pointer(kMethods, kText).pointer(kMethods + 0x20, kText);
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  return find_python_statics(code);
}

}  // namespace

TEST_CASE("a module's definition and its methods end where Python's API says") {
  for (const char* name : {"PyModule_Create2", "PyModuleDef_Init"}) {
    const std::vector<StaticObject> objects = statics(name);
    REQUIRE(objects.size() == 2);
    CHECK(objects[0].begin == kDefinition);
    CHECK(objects[0].end == kDefinition + 0x68);
    CHECK(objects[1].begin == kMethods);
    CHECK(objects[1].end == kMethods + 0x60);  // two entries and the empty one
    CHECK(objects[1].holds(kMethods + 0x5f));
    CHECK_FALSE(objects[1].holds(kMethods + 0x60));
  }
  CHECK(statics("PyModule_Other").empty());
}
