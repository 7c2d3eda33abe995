#include "facts/filled.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

constexpr std::uint64_t kFunction = 0x100;
constexpr std::uint64_t kOther = 0x800;
constexpr std::uint64_t kVariable = 0x3100;
constexpr std::uint64_t kMethods = 0x3200;
constexpr std::uint64_t kSlot = 0x3000;

// Two functions, of which the first is handed out in a table of methods.
CodeImage functions(const std::vector<int>& first, const std::vector<int>& second = {0xc3}) {
  CodeImage builder;
  builder.put(kVariable, std::vector<int>(8, 0)).put(kFunction, first).put(kOther, second);
  builder.function(kFunction, kFunction + 0x80).function(kOther, kOther + 0x80).pointer(kMethods, kFunction);
  return builder;
}

template <typename Ask>
auto with_context(CodeImage builder, Ask ask) {
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  Reachability reachability(code, "");
  const ModuleContext context{code, reachability, {}, {}, "c", {{}, 0, 211, 210}, false};
  return ask(context);
}

std::string null_uses(CodeImage builder) {
  return with_context(std::move(builder), [](const ModuleContext& context) {
    std::string text;
    for (const ApiSlotUse& use : find_null_uses(context)) {
      CHECK(use.unfilled);
      text += std::to_string(use.index) + "x" + std::to_string(use.sites.size()) + ";";
    }
    return text;
  });
}

bool never_filled(CodeImage builder) {
  return with_context(std::move(builder), [](const ModuleContext& context) {
    return filling_of(context, {CapsuleImport::Table::kArray, kVariable, false, "", false}) == Filling::kNever;
  });
}

}  // namespace

TEST_CASE("accesses that a compiler left of a table that it knew to be null") {
  const struct {
    const char* code;
    std::vector<int> bytes;
    const char* found;
  } kCases[] = {
      {"call [0x488]; mov rdx,[0x10]; ret",
       {0xff, 0x14, 0x25, 0x88, 4, 0, 0, 0x48, 0x8b, 0x14, 0x25, 0x10, 0, 0, 0, 0xc3},
       "2x1;145x1;"},
      {"mov rax,[0x448]; xor esi,esi; jmp rax",
       {0x48, 0x8b, 0x04, 0x25, 0x48, 4, 0, 0, 0x31, 0xf6, 0xff, 0xe0},
       "137x1;"},
      {"mov rax,[0x488]; ud2: whoever calls the function dies",
       {0x48, 0x8b, 0x04, 0x25, 0x88, 4, 0, 0, 0x0f, 0x0b},
       "145x1;"},
      {"test rdi,rdi; je; ret; mov rax,[0x488]; ud2: one way only",
       {0x48, 0x85, 0xff, 0x74, 1, 0xc3, 0x48, 0x8b, 0x04, 0x25, 0x88, 4, 0, 0, 0x0f, 0x0b},
       ""},
      {"the same with two slots",
       {0x48, 0x85, 0xff, 0x74, 1,    0xc3, 0x74, 10,   0x48, 0x8b, 0x04, 0x25, 0x88, 4,
        0,    0,    0x0f, 0x0b, 0x48, 0x8b, 0x04, 0x25, 0x90, 4,    0,    0,    0x0f, 0x0b},
       "145x1;146x1;"},
      {"and with a pointer of which both members are read when it is not null: mov rax,[rdi+0x488]; mov "
       "rax,[rdi+0x490]",
       {0x48, 0x85, 0xff, 0x74, 15,   0x48, 0x8b, 0x87, 0x88, 4,    0,    0,    0x48, 0x8b,
        0x87, 0x90, 4,    0,    0,    0xc3, 0x74, 10,   0x48, 0x8b, 0x04, 0x25, 0x88, 4,
        0,    0,    0x0f, 0x0b, 0x48, 0x8b, 0x04, 0x25, 0x90, 4,    0,    0,    0x0f, 0x0b},
       ""},
      {"call [0x18]: so low lie members of C++ objects", {0xff, 0x14, 0x25, 0x18, 0, 0, 0, 0xc3}, ""},
      {"call fs:[0x488]: thread-local", {0x64, 0xff, 0x14, 0x25, 0x88, 4, 0, 0, 0xc3}, ""},
      {"cmp rsi,[0x488]: no pointer is taken", {0x48, 0x3b, 0x34, 0x25, 0x88, 4, 0, 0, 0xc3}, ""},
      {"call [0x48a]", {0xff, 0x14, 0x25, 0x8a, 4, 0, 0, 0xc3}, ""},
      {"mov rax,imm: bytes inside another instruction", {0x48, 0xb8, 0xff, 0x14, 0x25, 0x88, 4, 0, 0, 0, 0xc3}, ""},
  };
  for (const auto& one : kCases) {
    CAPTURE(std::string(one.code));
    CHECK(null_uses(functions(one.bytes)) == one.found);
    CHECK(null_uses(functions({0xc3}, one.bytes)).empty());  // nothing leads there
  }
}

TEST_CASE("variables that nothing fills") {
  const std::vector<int> load = {0x48, 0x8b, 0x05};   // mov rax,[rip+x]
  const std::vector<int> store = {0x48, 0x89, 0x05};  // mov [rip+x],rax
  const std::vector<int> lea = {0x48, 0x8d, 0x3d};    // lea rdi,[rip+x]
  const auto with = [](const std::vector<int>& opcode, const std::vector<int>& behind, std::uint64_t at = kFunction,
                       std::uint64_t target = kVariable) {
    CodeImage builder = functions({0xc3});
    builder.put(builder.relative(at, opcode, target), behind);
    return builder;
  };
  const std::vector<int> call = {0xff, 0x90, 0x68, 1, 0, 0, 0xc3};  // call [rax+0x168]; ret
  CHECK(never_filled(with(load, call)));
  CHECK(never_filled(with(store, {0xc3}, kOther)));  // by a function that nothing calls
  CHECK_FALSE(never_filled(with(store, {0xc3})));
  CHECK_FALSE(never_filled(with(load, {0x48, 0x85, 0xc0, 0x74, 0, 0xc3})));               // test rax,rax; je
  CHECK_FALSE(never_filled(with(lea, {0xe8, 0, 0, 0, 0, 0xc3})));                         // handed to a function
  CHECK(never_filled(with(lea, {0x48, 0x8b, 0x3f, 0xff, 0x57, 8, 0xc3})));                // mov rdi,[rdi]; call [rdi+8]
  CHECK_FALSE(never_filled(with(lea, {0x48, 0x89, 0x07, 0xc3})));                         // mov [rdi],rax
  CHECK_FALSE(never_filled(with({0x0f, 0x11, 0x05}, {0xc3}, kFunction, kVariable - 8)));  // movups [rip+x],xmm0
  CHECK(never_filled(with({0x0f, 0x11, 0x05}, {0xc3}, kFunction, kVariable - 16)));
  CHECK_FALSE(never_filled(with({0x48, 0x87, 0x05}, {0xc3})));                           // xchg [rip+x],rax
  CodeImage named = with(load, {0x48, 0x8b, 0, 0xff, 0x50, 8, 0xc3}, kFunction, kSlot);  // through the GOT
  named.pointer(kSlot, kVariable);
  CHECK(never_filled(std::move(named)));
  CodeImage listed = with(load, call);
  listed.pointer(kMethods + 8, kVariable);  // its address stands in a table of data
  CHECK_FALSE(never_filled(std::move(listed)));
  CodeImage full = with(load, call);
  full.put32(kVariable, 0x3000);
  CHECK_FALSE(never_filled(std::move(full)));
}
