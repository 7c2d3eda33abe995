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

TEST_CASE("32-bit code for Darwin names places by their distance from an address of its own") {
  constexpr std::uint64_t kFunction = 0x100;
  const Form kBased[] = {
      {"lea eax,[ebx+x]", {0x8d, 0x83}, Reference::Kind::kLea},
      {"lea ecx,[ebx+esi*4+x]", {0x8d, 0x8c, 0xb3}, Reference::Kind::kLea},
      {"mov eax,[ebx+x]", {0x8b, 0x83}, Reference::Kind::kLoad},
      {"mov [ebx+x],eax", {0x89, 0x83}, Reference::Kind::kStore},
      {"push [ebx+x]", {0xff, 0xb3}, Reference::Kind::kLoad},
      {"call [ebx+x]", {0xff, 0x93}, Reference::Kind::kCallThrough},
      {"jmp [ebx+x]", {0xff, 0xa3}, Reference::Kind::kJumpThrough},
  };
  for (const Form& form : kBased) {
    CAPTURE(form.name);
    for (const std::uint64_t target : {kText, std::uint64_t{0x80}}) {  // behind and in front of the function
      CodeImage builder;
      builder.darwin_function(kFunction, 0x200).function(0x200, 0x300);
      builder.from_base(0x110, form.opcode, target);
      builder.from_base(0x210, form.opcode, target);  // of another function
      Disassembler disassembler;
      const Code code(builder.image(), disassembler);
      const auto found = code.references_to({target});
      REQUIRE(found.size() == 1);
      CHECK(found[0].site == 0x110);
      CHECK(found[0].kind == form.kind);
    }
  }
}

TEST_CASE("32-bit code for Darwin names places nearby by a distance of eight bits") {
  CodeImage builder;
  builder.darwin_function(0x100, 0x180).function(0x180, 0x200);
  builder.put(0x106, {0x8d, 0x43, 0x7b});  // lea eax,[ebx+0x7b]: the next function
  builder.put(0x109, {0x8d, 0x45, 0x7b});  // lea eax,[ebp+0x7b]: a variable
  builder.put(0x10c, {0xc3});
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  const auto found = code.references_to({0x180});
  REQUIRE(found.size() == 1);
  CHECK(found[0].site == 0x106);
  CHECK(found[0].kind == Reference::Kind::kLea);
}

TEST_CASE("a word of 32-bit code for Darwin is an address only where the loader moves it") {
  CodeImage builder;
  builder.darwin_function(0x100, 0x200);
  builder.put(0x110, {0xb9}).put32(0x111, kText);  // mov ecx,x
  builder.put(0x120, {0xb9}).put32(0x121, kText).pointer(0x121, kText);
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  const auto found = code.references_to({kText});
  REQUIRE(found.size() == 1);
  CHECK(found[0].site == 0x120);
}

TEST_CASE("a call leads to an imported symbol through the stubs that linkers for Darwin make") {
  constexpr std::uint64_t kSlot = 0x3000, kWritten = 0x220;
  CodeImage builder;
  // call; pop eax; mov edx,[eax+x]; jmp edx
  builder.darwin_function(0x200, 0x210).put(0x200, {0xe8, 0, 0, 0, 0, 0x58});
  builder.put(builder.from_base(0x206, {0x8b, 0x90}, kSlot), {0xff, 0xe2});
  builder.import("PyErr_Format", kSlot, 0x300);
  // jmp [x]
  builder.put(0x230, {0xff, 0x25}).put32(0x232, kSlot).pointer(0x232, kSlot);
  // Bytes of no meaning, into which the loader puts a jump.
  builder.put(kWritten, {0xf4, 0xf4, 0xf4, 0xf4, 0xf4}).import("PyErr_Print", kWritten, 0x310);
  builder.relative(0x100, {0xe8}, 0x200);
  builder.relative(0x110, {0xe8}, kWritten);
  builder.relative(0x120, {0xe8}, 0x230);
  builder.relative(0x130, {0xe8}, kWritten + 1);
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  CHECK(code.imported_name(*code.decode_one(0x100)) == "PyErr_Format");
  CHECK(code.imported_name(*code.decode_one(0x110)) == "PyErr_Print");
  CHECK(code.imported_name(*code.decode_one(0x120)) == "PyErr_Format");
  CHECK_FALSE(code.imported_name(*code.decode_one(0x130)));
  const auto calls = code.references_to_symbol("PyErr_Print");
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].site == 0x110);
}

TEST_CASE("a call in code that stays out of step for long is one") {
  // mov esi,[ebp-220]; mov [esi+x],ebx; mov dword [esp],432; lea edx,[esi+x]; mov ecx,[ebp-232]; call; ... call
  const std::vector<int> kCode = {0x8b, 0xb5, 0x24, 0xff, 0xff, 0xff, 0x89, 0x9e, 0x5f, 0x27, 0x07, 0x00, 0xc7,
                                  0x04, 0x24, 0xb0, 0x01, 0x00, 0x00, 0x8d, 0x96, 0x90, 0xea, 0x06, 0x00, 0x8b,
                                  0x8d, 0x18, 0xff, 0xff, 0xff, 0xe8, 0xbf, 0x6f, 0x06, 0x00, 0x89, 0x86, 0xcb,
                                  0x2b, 0x07, 0x00, 0x85, 0xc0, 0x0f, 0x84, 0x6c, 0x2d, 0x00, 0x00, 0xc7, 0x04,
                                  0x24, 0x38, 0x00, 0x00, 0x00, 0x8b, 0xb5, 0x24, 0xff, 0xff, 0xff, 0x8d, 0xbe,
                                  0x79, 0xb5, 0x06, 0x00, 0x8d, 0x96, 0x7f, 0xb5, 0x06, 0x00, 0x89, 0xf9};
  CodeImage builder;
  builder.processor("i686", 32).put(0x100, kCode).function(0x100, 0x200).function(0x800, 0x900);
  const std::uint64_t call = 0x100 + kCode.size();
  builder.relative(call, {0xe8}, 0x800);
  builder.relative(call + 5, {0xb8, 0xe8}, 0x800);  // mov eax,x: no call in it
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  const FunctionRange into{0x800, 0x900};
  CHECK(code.is_real_transfer({call, 0x800, Reference::Kind::kCall}, into));
  CHECK_FALSE(code.is_real_transfer({call + 6, 0x800, Reference::Kind::kCall}, into));
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

TEST_CASE("members of what a member points to are found on every processor") {
  const auto found = [](CodeImage builder) {
    builder.function(0x100, 0x140);
    Disassembler disassembler;
    const Code code(builder.image(), disassembler);
    return code.chained_reads(0x38, 0x20);
  };
  using Sites = std::vector<std::uint64_t>;
  // mov rax,[rdi+0x38]; movsxd rcx,dword [rax+0x20]; ret
  CHECK(found(CodeImage().put(0x100, {0x48, 0x8b, 0x47, 0x38, 0x48, 0x63, 0x48, 0x20, 0xc3})) == Sites{0x100});
  // mov eax,[ecx+0x38]; imul edx,[eax+0x20]; ret
  CHECK(found(CodeImage().processor("i686", 32).put(0x100, {0x8b, 0x41, 0x38, 0x0f, 0xaf, 0x50, 0x20, 0xc3})) ==
        Sites{0x100});
  // nop; ldr x8,[x0,#56]; ldrsw x9,[x8,#32]; ret, and the same with another register overwritten between
  CHECK(found(CodeImage().processor("aarch64", 64).words(0x100, {0xd503201f, 0xf9401c08, 0xb9802109, 0xd65f03c0})) ==
        Sites{0x104});
  CHECK(found(CodeImage().processor("aarch64", 64).words(0x100, {0xf9401c08, 0xaa0103e8, 0xb9802109, 0xd65f03c0})) ==
        Sites{});
}

TEST_CASE("instructions that write a variable, of any width and form") {
  constexpr std::uint64_t kVariable = 0x3100;
  const struct {
    const char* code;
    std::vector<int> opcode;
    std::vector<int> behind;  // of the instruction: an immediate
    std::uint64_t target;
    std::size_t writes;
  } kCases[] = {
      {"mov [rip+x],eax", {0x89, 0x05}, {}, kVariable, 1},
      {"mov [rip+x],rax", {0x48, 0x89, 0x05}, {}, kVariable, 1},
      {"mov dword [rip+x],5", {0xc7, 0x05}, {5, 0, 0, 0}, kVariable, 1},
      {"mov byte [rip+x],5", {0xc6, 0x05}, {5}, kVariable + 3, 1},
      {"add dword [rip+x],5", {0x83, 0x05}, {5}, kVariable, 1},
      {"movups [rip+x],xmm0", {0x0f, 0x11, 0x05}, {}, kVariable - 12, 1},
      {"movups [rip+x],xmm0", {0x0f, 0x11, 0x05}, {}, kVariable - 16, 0},
      {"mov [rip+x],eax: behind it", {0x89, 0x05}, {}, kVariable + 4, 0},
      {"mov eax,[rip+x]", {0x8b, 0x05}, {}, kVariable, 0},
      {"cmp dword [rip+x],5", {0x83, 0x3d}, {5}, kVariable, 0},
      {"lea rax,[rip+x]", {0x48, 0x8d, 0x05}, {}, kVariable, 0},
  };
  for (const auto& one : kCases) {
    CAPTURE(std::string(one.code));
    CodeImage builder;
    const auto trailing = static_cast<std::uint64_t>(one.behind.size());
    const std::uint64_t end = builder.relative(0x100, one.opcode, one.target - trailing);
    builder.put(end, one.behind).put(end + trailing, {0xc3}).function(0x100, 0x180);
    Disassembler disassembler;
    const Code code(builder.image(), disassembler);
    CHECK(code.writes_of(kVariable, 4).size() == one.writes);
  }
}

TEST_CASE("instructions that write a variable by its distance from what the function counts from") {
  constexpr std::uint64_t kVariable = 0x3100;
  const auto code_with = [&](const std::vector<int>& opcode, std::uint64_t target) {
    CodeImage builder;
    builder.darwin_function(0x100, 0x180);
    builder.put(builder.from_base(0x110, opcode, target), {0xc3});
    return builder;
  };
  const struct {
    const char* code;
    std::vector<int> opcode;
    std::uint64_t target;
    std::size_t writes;
    bool may_be_written;  // by what is no plain store of a pointer
  } kCases[] = {
      {"mov [ebx+x],eax", {0x89, 0x83}, kVariable, 1, false},
      {"movups [ebx+x],xmm0", {0x0f, 0x11, 0x83}, kVariable - 12, 1, true},
      {"movups [ebx+x],xmm0", {0x0f, 0x11, 0x83}, kVariable - 16, 0, false},
      {"movlps [ebx+x],xmm0", {0x0f, 0x13, 0x83}, kVariable - 4, 1, true},
      {"mov eax,[ebx+x]", {0x8b, 0x83}, kVariable, 0, false},
  };
  for (const auto& one : kCases) {
    CAPTURE(std::string(one.code));
    CodeImage builder = code_with(one.opcode, one.target);
    Disassembler disassembler;
    const Code code(builder.image(), disassembler);
    CHECK(code.writes_of(kVariable, 4).size() == one.writes);
    CHECK(code.may_be_written(kVariable) == one.may_be_written);
  }
}
