#include "facts/code.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

constexpr std::uint64_t kText = 0x2100;

struct Form {
  const char* name;
  std::vector<int> opcode;
  Reference::Kind kind;
};

const Form kForms[] = {
    {"call rel32", {0xe8}, Reference::Kind::kCall},
    {"jmp rel32", {0xe9}, Reference::Kind::kJump},
    {"je rel32", {0x0f, 0x84}, Reference::Kind::kBranch},
    {"lea rsi,[rip+x]", {0x48, 0x8d, 0x35}, Reference::Kind::kLea},
    {"lea r12,[rip+x]", {0x4c, 0x8d, 0x25}, Reference::Kind::kLea},
    {"mov rax,[rip+x]", {0x48, 0x8b, 0x05}, Reference::Kind::kLoad},
    {"call [rip+x]", {0xff, 0x15}, Reference::Kind::kCallThrough},
    {"jmp [rip+x]", {0xff, 0x25}, Reference::Kind::kJumpThrough},
};

}  // namespace

TEST_CASE("every form of reference is found at every distance from the edges of a block") {
  for (const Form& form : kForms) {
    CAPTURE(form.name);
    for (std::uint64_t at : {0x10, 0x7d, 0x7e, 0x7f, 0x80, 0xfc, 0x100, 0x17f, 0x1ff0}) {
      CAPTURE(at);
      CodeImage builder;
      builder.relative(at, form.opcode, kText);
      Disassembler disassembler;
      const Code code(builder.image(), disassembler);
      const auto found = code.references_to({kText});
      REQUIRE(found.size() == 1);
      CHECK(found[0].site == at);
      CHECK(found[0].kind == form.kind);
    }
  }
}

TEST_CASE("a call leads to an imported symbol through a stub, behind endbr64, a merged jump or the GOT") {
  constexpr std::uint64_t kSlot = 0x3000;
  CodeImage builder;
  builder.import("PyErr_Format", kSlot, 0x104).put(0x100, {0xf3, 0x0f, 0x1e, 0xfa});
  builder.relative(0x200, {0xe8}, 0x104);
  builder.relative(0x210, {0xe8}, 0x100);
  builder.relative(0x220, {0xe9}, 0x230);
  builder.relative(0x230, {0xe9}, 0x104);
  builder.relative(0x240, {0xff, 0x15}, kSlot);
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  for (std::uint64_t at : {0x200, 0x210, 0x220, 0x240}) {
    CAPTURE(at);
    CHECK(code.imported_name(*code.decode_one(at)) == "PyErr_Format");
  }
  CHECK(code.doors_of_symbol("PyErr_Format").slots == std::vector<std::uint64_t>{kSlot});
  CHECK(code.references_to_symbol("PyErr_Format").size() == 5);
  CHECK(code.doors_of_symbol("PyErr_Print").slots.empty());
}

TEST_CASE("broken code neither decodes nor crashes") {
  CodeImage builder;
  builder.put(CodeImage::kData - 2, {0x0f, 0xff});
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  CHECK_FALSE(code.decode_one(0x5000).has_value());
  CHECK_FALSE(code.decode_one(CodeImage::kData).has_value());
  CHECK(code.straight_from(0x9000, 4).empty());
  CHECK(code.around(CodeImage::kData + 4, 100, 4).empty());
}

TEST_CASE("functions of 32-bit Windows code: a jump table is part of one, what fills up the room between is none") {
  CodeImage builder;
  builder.put(0x100, {0xff, 0x24, 0x85, 0, 0x20, 0, 0,  // jmp [eax*4+0x2000]
                      0xc3, 0xc3,                       // ret; ret
                      0x8d, 0x74, 0x26, 0,              // lea esi,[esi+eiz*1+0]
                      0xc3});                           // ret
  builder.pointer(0x2000, 0x107).pointer(0x2004, 0x108).pointer(0x2100, 0x10d).exported("PyInit_a", 0x100);
  BinaryImage image = builder.image();
  image.format = "pe";
  image.arch = "i686";
  image.bits = 32;
  Disassembler disassembler;
  const Code code(image, disassembler);
  REQUIRE(code.function_at(0x108) != nullptr);
  CHECK(code.function_at(0x108)->begin == 0x100);
  REQUIRE(code.function_at(0x10d) != nullptr);
  CHECK(code.function_at(0x10d)->begin == 0x10d);
}
