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

bool never_filled(CodeImage builder, Exports exports = Exports::kCount) {
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  Reachability reachability(code, "");
  const ModuleContext context{code, reachability, {}, {}, "c", {{}, 0, 211, 210}, false};
  return filling_of(context, {CapsuleImport::Table::kArray, kVariable, false, "", false}, exports) == Filling::kNever;
}

}  // namespace

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
  CHECK_FALSE(never_filled(with(load, {0x48, 0x85, 0xc0, 0x74, 0, 0xc3})));           // test rax,rax; je
  CHECK_FALSE(never_filled(with(load, {0x48, 0x83, 0xf8, 0, 0x74, 0, 0xc3})));        // cmp rax,0; je
  CHECK(never_filled(with(load, {0x48, 0x05, 0x68, 1, 0, 0, 0x48, 0x8b, 0, 0xc3})));  // add rax,0x168; mov rax,[rax]
  CHECK_FALSE(never_filled(with(lea, {0xff, 0xd0, 0xc3})));                           // handed to a function
  CHECK(never_filled(with(lea, {0x48, 0x8b, 0x3f, 0xff, 0x57, 8, 0xc3})));            // mov rdi,[rdi]; call [rdi+8]
  CHECK_FALSE(never_filled(with(lea, {0x48, 0x89, 0x07, 0xc3})));                     // mov [rdi],rax
  CHECK_FALSE(never_filled(with({0x0f, 0x11, 0x05}, {0xc3}, kFunction, kVariable - 8)));  // movups [rip+x],xmm0
  CHECK(never_filled(with({0x0f, 0x11, 0x05}, {0xc3}, kFunction, kVariable - 16)));
  CHECK_FALSE(never_filled(with({0x48, 0x87, 0x05}, {0xc3})));                           // xchg [rip+x],rax
  CodeImage named = with(load, {0x48, 0x8b, 0, 0xff, 0x50, 8, 0xc3}, kFunction, kSlot);  // through the GOT
  named.pointer(kSlot, kVariable);
  CHECK(never_filled(std::move(named)));
  CodeImage listed = with(load, call);
  listed.pointer(kMethods + 8, kVariable);  // its address stands in a table of data
  CHECK_FALSE(never_filled(std::move(listed)));
  CodeImage relocated = with(load, call);
  relocated.pointer(kFunction + 3, kVariable);  // the place in the instruction itself
  CHECK(never_filled(std::move(relocated)));
  CodeImage full = with(load, call);
  full.put32(kVariable, 0x3000);
  CHECK_FALSE(never_filled(std::move(full)));
}

TEST_CASE("a variable that only an exported function fills") {
  const auto stored = [](std::uint64_t at) {
    CodeImage builder = functions({0xc3});
    builder.put(builder.relative(at, {0x48, 0x89, 0x05}, kVariable), {0xc3});  // mov [rip+x],rax; ret
    builder.exported("prepare", at);
    return builder;
  };
  CHECK_FALSE(never_filled(stored(kOther)));  // another module may call it
  CHECK(never_filled(stored(kOther), Exports::kIgnored));
  CHECK_FALSE(never_filled(stored(kFunction), Exports::kIgnored));  // which is handed out as well
  CodeImage called = functions({0xe8, 0xfb, 6, 0, 0, 0xc3});        // call kOther, from what is handed out
  called.put(called.relative(kOther, {0x48, 0x89, 0x05}, kVariable), {0xc3}).exported("prepare", kOther);
  CHECK_FALSE(never_filled(std::move(called), Exports::kIgnored));
}

TEST_CASE("the address of a variable that is put aside in a frame") {
  const auto with = [](const std::vector<int>& behind) {
    CodeImage builder = functions({0x55, 0x48, 0x89, 0xe5});                                  // push rbp; mov rbp,rsp
    const std::uint64_t at = builder.relative(kFunction + 4, {0x48, 0x8d, 0x05}, kVariable);  // lea rax,[rip+x]
    builder.put(at, {0x48, 0x89, 0x45, 0xf8, 0x31, 0xc0});               // mov [rbp-8],rax; xor eax,eax
    builder.put(at + 6, {0x48, 0x8b, 0x5d, 0xf8}).put(at + 10, behind);  // mov rbx,[rbp-8]
    return builder;
  };
  CHECK(never_filled(with({0x48, 0x8b, 0x03, 0xff, 0x50, 8, 0xc9, 0xc3})));  // mov rax,[rbx]; call [rax+8]; leave; ret
  CHECK_FALSE(never_filled(with({0x48, 0x89, 0x03, 0xc9, 0xc3})));           // mov [rbx],rax
  CHECK_FALSE(never_filled(with({0x48, 0x89, 0xdf, 0xff, 0xd0, 0xc3})));     // mov rdi,rbx; call rax
  CHECK_FALSE(never_filled(with({0x48, 0x89, 0x1a, 0xc9, 0xc3})));           // mov [rdx],rbx
}
