#include "facts/reach.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

constexpr std::uint64_t kInit = 0x100;
constexpr std::uint64_t kHelper = 0x200;
constexpr std::uint64_t kCheck = 0x300;
constexpr FunctionRange kCheckRange{kCheck, kCheck + 0x40};

CodeImage module() {
  CodeImage builder;
  builder.exported("PyInit_demo", kInit).put(kInit, {0xc3}).put(kHelper, {0xc3}).put(kCheck, {0xc3});
  builder.function(kInit, kInit + 0x40).function(kHelper, kHelper + 0x40).function(kCheck, kCheck + 0x40);
  return builder;
}

Way way(CodeImage& builder) {
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  Reachability reachability(code, "PyInit_demo");
  return reachability.way_to(kCheckRange);
}

}  // namespace

TEST_CASE("names of the init function") {
  CHECK(init_function_names("demo/_core.cpython-310-x86_64-linux-gnu.so") ==
        std::vector<std::string>{"PyInit__core", "PyModExport__core", "init_core"});
  CHECK(init_function_names("_core.abi3.so")[0] == "PyInit__core");
  CHECK(init_function_names("_core.so")[0] == "PyInit__core");
  CHECK(init_function_names("pkg/__init__.cpython-310-x86_64-linux-gnu.so")[0] == "PyInit_pkg");
}

TEST_CASE("a direct call, a call through a helper, and a cold part that is jumped into") {
  CodeImage builder = module();
  builder.relative(kInit, {0xe8}, kHelper);
  builder.relative(kHelper, {0x0f, 0x84}, kCheck + 8);
  const Way found = way(builder);
  CHECK(found.reach == Reach::kImport);
  CHECK(found.how == "PyInit_demo -> 0x200 -> 0x300");
  REQUIRE(found.chain.size() == 3);
  CHECK(found.chain.front().begin == kCheck);
  CHECK(found.chain.back().begin == kInit);
}

TEST_CASE("the exec slot of the module definition that the init function returns") {
  constexpr std::uint64_t kDefinition = 0x2100;
  constexpr std::uint64_t kSlots = 0x2200;
  for (std::uint64_t head : {16, 32}) {  // PyObject_HEAD with and without the GIL
    CAPTURE(head);
    CodeImage builder = module();
    builder.relative(kInit, {0x48, 0x8d, 0x3d}, kDefinition);
    builder.pointer(kDefinition + head + 56, kSlots);
    builder.put32(kSlots, 1).pointer(kSlots + 8, kHelper);
    builder.put32(kSlots + 16, 2).pointer(kSlots + 24, kCheck);
    builder.put32(kSlots + 32, 0);
    const Way found = way(builder);
    CHECK(found.reach == Reach::kImport);
    CHECK(found.how == "the exec slot of PyInit_demo");
  }
}

TEST_CASE("the slots that PyModExport returns") {
  constexpr std::uint64_t kSlots = 0x2200;
  CodeImage builder = module();
  builder.exported("PyModExport_demo", kHelper);
  builder.relative(kHelper, {0x48, 0x8d, 0x05}, kSlots);
  builder.put32(kSlots, 85 | 1 << 16).pointer(kSlots + 8, kCheck).put32(kSlots + 16, 0);
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  Reachability reachability(code, "PyModExport_demo");
  CHECK(reachability.way_to(kCheckRange).reach == Reach::kImport);
}

TEST_CASE("a definition that is not static, and one that a helper names") {
  constexpr std::uint64_t kDefinition = 0x2100;
  constexpr std::uint64_t kSlots = 0x2200;
  constexpr std::uint64_t kGot = 0x3100;
  for (bool helper : {false, true}) {
    CAPTURE(helper);
    CodeImage builder = module();
    builder.relative(helper ? kHelper : kInit, {0x48, 0x8b, 0x3d}, kGot);  // mov rdi,[rip+GOT]
    if (helper) builder.relative(kInit, {0xe8}, kHelper);
    builder.pointer(kGot, kDefinition).pointer(kDefinition + 72, kSlots);
    builder.put32(kSlots, 2).pointer(kSlots + 8, kCheck).put32(kSlots + 16, 0);
    CHECK(way(builder).reach == Reach::kImport);
  }
}

TEST_CASE("bytes inside another instruction are no call") {
  CodeImage builder = module();
  // mov dword [rbp-0x18],imm32: the displacement e8 and the immediate read as a call of kCheck
  builder.put(kInit, {0xc7, 0x45});
  builder.relative(kInit + 2, {0xe8}, kCheck);
  builder.put(kInit + 7, {0xc3});
  CHECK(way(builder).reach == Reach::kNever);
}

TEST_CASE("a call of an own exported function through its PLT stub") {
  CodeImage builder = module();
  builder.exported("setup_numpy", kCheck);
  builder.import("setup_numpy", 0x3000, 0x500);
  // The slot is bound to the exported definition, as the dynamic linker would do.
  builder.relative(kInit, {0xe8}, 0x500);
  BinaryImage image = builder.image();
  image.relocations[0].symbol = 1;
  Disassembler disassembler;
  const Code code(image, disassembler);
  Reachability reachability(code, "PyInit_demo");
  CHECK(reachability.way_to(kCheckRange).reach == Reach::kImport);
}

TEST_CASE("code that the init function does not lead to") {
  CodeImage exported = module();
  exported.exported("init_numpy", kCheck);
  CHECK(way(exported).reach == Reach::kExported);
  CHECK(way(exported).exports == std::vector<std::string>{"init_numpy"});

  CodeImage method = module();
  method.pointer(0x2300, kCheck);
  CHECK(way(method).reach == Reach::kLater);

  CodeImage leftover = module();
  CHECK(way(leftover).reach == Reach::kNever);

  CodeImage circle = module();
  circle.relative(kCheck, {0xe8}, kHelper);
  circle.relative(kHelper, {0xe8}, kCheck);
  CHECK(way(circle).reach == Reach::kNever);
}
