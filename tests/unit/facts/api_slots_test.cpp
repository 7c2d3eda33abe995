#include "facts/api_slots.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

constexpr std::uint64_t kFunction = 0x100;
constexpr std::uint64_t kArrays = 0x3100;
constexpr std::uint64_t kUfuncs = 0x3108;
constexpr std::uint64_t kRunning = 0x3110;
constexpr std::uint64_t kSlot = 0x3000;

const std::vector<int> kLoad = {0x48, 0x8b, 0x05};  // mov rax,[rip+x]

// A function that begins with a load of the pointer to the table of arrays and goes on with `bytes`.
CodeImage function(const std::vector<int>& bytes, std::uint64_t from = kArrays) {
  CodeImage builder;
  builder.put(builder.relative(kFunction, kLoad, from), bytes);
  builder.function(kFunction, kFunction + 0x80).function(0x800, 0x880);
  return builder;
}

std::string uses_in(CodeImage builder, const std::vector<TableVariable>& variables,
                    const std::vector<std::uint64_t>& running = {}, const OwnSlots& own = {}) {
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  Reachability reachability(code, "");
  const KnownAbi abi = {{}, 0, 211, 210};
  const ModuleContext context{code, reachability, {}, {}, "c", abi, false};
  std::string text;
  for (const ApiSlotUse& use : find_slot_uses(context, variables, running, own)) {
    text += (use.table == CapsuleImport::Table::kUfunc ? "u" : "a") + std::to_string(use.index) + "x" +
            std::to_string(use.sites.size()) + (use.guarded ? " guarded;" : ";");
  }
  return text;
}

const std::vector<TableVariable> kTables = {{CapsuleImport::Table::kArray, kArrays, false},
                                            {CapsuleImport::Table::kUfunc, kUfuncs, false}};

}  // namespace

TEST_CASE("the slots that are used, in the forms that compilers give them") {
  const struct {
    const char* code;
    std::vector<int> bytes;
    const char* found;
  } kCases[] = {
      {"call [rax+0x168]; ret", {0xff, 0x90, 0x68, 1, 0, 0, 0xc3}, "a45x1;"},
      {"call [rax]; ret", {0xff, 0x10, 0xc3}, "a0x1;"},
      {"jmp [rax+0x168]", {0xff, 0xa0, 0x68, 1, 0, 0}, "a45x1;"},
      {"mov rdx,[rax+0x10]; ret: PyArray_Type", {0x48, 0x8b, 0x50, 0x10, 0xc3}, "a2x1;"},
      {"movdqu xmm0,[rax+0x28]; ret: two at once", {0xf3, 0x0f, 0x6f, 0x40, 0x28, 0xc3}, "a5x1;a6x1;"},
      {"cmp rdi,[rax+0x10]; jne; call [rax+0x18]; ret",
       {0x48, 0x3b, 0x78, 0x10, 0x75, 2, 0xff, 0x50, 0x18, 0xc3},
       "a2x1;a3x1;"},
      {"mov rbx,rax; call [rax+8]; call [rbx+0x10]; ret",
       {0x48, 0x89, 0xc3, 0xff, 0x50, 8, 0xff, 0x53, 0x10, 0xc3},
       "a1x1;a2x1;"},
      {"add rax,0x168; mov rax,[rax]; call rax; ret",
       {0x48, 0x05, 0x68, 1, 0, 0, 0x48, 0x8b, 0, 0xff, 0xd0, 0xc3},
       "a45x1;"},
      {"mov [rsp+8],rax; xor eax,eax; mov rcx,[rsp+8]; call [rcx+0x18]; ret",
       {0x48, 0x89, 0x44, 0x24, 8, 0x31, 0xc0, 0x48, 0x8b, 0x4c, 0x24, 8, 0xff, 0x51, 0x18, 0xc3},
       "a3x1;"},
      {"lea rdx,[rax+0x10]: an address", {0x48, 0x8d, 0x50, 0x10, 0xc3}, ""},
      {"mov [rax+0x10],rdx: nothing is read", {0x48, 0x89, 0x50, 0x10, 0xc3}, ""},
      {"mov edx,[rax+0x10]: no pointer", {0x8b, 0x50, 0x10, 0xc3}, ""},
      {"a switch: jmp rdx, and a case behind it", {0xff, 0xe2, 0x48, 0x8b, 0x50, 0x10, 0xc3}, "a2x1;"},
      {"mov eax,1; call [rax+0x168]: overwritten", {0xb8, 1, 0, 0, 0, 0xff, 0x90, 0x68, 1, 0, 0, 0xc3}, ""},
      {"call 0; mov rdx,[rax+0x10]: a result", {0xe8, 0, 0, 0, 0, 0x48, 0x8b, 0x50, 0x10, 0xc3}, ""},
      {"mov rdx,[rax+0xc]: no place of a pointer", {0x48, 0x8b, 0x50, 0x0c, 0xc3}, ""},
      {"mov rax,[rax+0x10]; mov rax,[rax+8]: a member of what was found there",
       {0x48, 0x8b, 0x40, 0x10, 0x48, 0x8b, 0x40, 8, 0xc3},
       "a2x1;"},
  };
  for (const auto& one : kCases) {
    CAPTURE(one.code);
    CHECK(uses_in(function(one.bytes), kTables) == one.found);
  }
}

TEST_CASE("the table of ufuncs, tables in other libraries, and variables that other files see") {
  const std::vector<int> call = {0xff, 0x50, 8, 0xc3};                     // call [rax+8]; ret
  const std::vector<int> twice = {0x48, 0x8b, 0, 0xff, 0x50, 0x10, 0xc3};  // mov rax,[rax]; call [rax+0x10]; ret
  CHECK(uses_in(function(call, kUfuncs), kTables) == "u1x1;");
  CodeImage own = function(twice, kSlot);
  own.pointer(kSlot, kArrays);
  CHECK(uses_in(std::move(own), kTables) == "a2x1;");
  CodeImage other = function(twice, kSlot);
  other.import("demo_ARRAY_API", kSlot, 0x900);
  CHECK(uses_in(std::move(other), {{CapsuleImport::Table::kArray, kSlot, true}}) == "a2x1;");
  CHECK(uses_in(function(call, kUfuncs), {}).empty());
}

TEST_CASE("a function that asks for the running version uses new slots knowingly") {
  const auto with = [](const std::vector<int>& opcode, std::uint64_t place) {
    CodeImage builder = function({0xff, 0x90, 0x68, 0x0b, 0, 0, 0xc3});  // call [rax+0xb68]; ret
    builder.relative(place, opcode, kRunning);
    return builder;
  };
  CHECK(uses_in(with(kLoad, kFunction + 0x20), kTables, {kRunning}) == "a365x1 guarded;");
  CHECK(uses_in(with({0x8b, 0x05}, kFunction + 0x20), kTables, {kRunning}) == "a365x1 guarded;");
  CHECK(uses_in(with(kLoad, 0x800), kTables, {kRunning}) == "a365x1;");
  CHECK(uses_in(with(kLoad, kFunction + 0x20), kTables) == "a365x1;");
}

TEST_CASE("an import that was merged into a function does not guard what the function uses") {
  const std::vector<int> keep = {0x48, 0x89, 0xc3};                             // mov rbx,rax
  const std::vector<int> ask = {0xff, 0x93, 0x98, 6, 0, 0};                     // call [rbx+0x698]: slot 211
  const std::vector<int> read = {0x48, 0x8b, 0x93, 0x98, 6, 0, 0, 0xff, 0xd2};  // mov rdx,[rbx+0x698]; call rdx
  const std::vector<int> use = {0xff, 0x93, 0x68, 0x0b, 0, 0, 0xc3};            // call [rbx+0xb68]; ret
  const auto uses = [&](const std::vector<std::vector<int>>& parts, const OwnSlots& own) {
    std::vector<int> bytes = keep;
    for (const std::vector<int>& part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
    return uses_in(function(bytes), kTables, {}, own);
  };
  constexpr std::uint64_t kFirst = kFunction + 10;
  CHECK(uses({ask, use}, {}) == "a211x1 guarded;a365x1 guarded;");
  CHECK(uses({ask, use}, {{211, kFirst}}) == "a211x1 guarded;a365x1;");
  CHECK(uses({read, use}, {{211, kFirst + 7}}) == "a211x1 guarded;a365x1;");
  CHECK(uses({ask, use}, {{0, kFirst}}) == "a211x1 guarded;a365x1 guarded;");
  CHECK(uses({ask, use}, {{211, 0x800}}) == "a211x1 guarded;a365x1 guarded;");
  // Two questions, one of them the function's own.
  CHECK(uses({ask, ask, use}, {{211, kFirst + 6}}) == "a211x2 guarded;a365x1 guarded;");
  CHECK(uses({ask, ask, use}, {{211, kFirst}, {211, kFirst + 6}}) == "a211x2 guarded;a365x1;");
}

TEST_CASE("a pointer that is put aside in a frame") {
  CodeImage builder;
  builder.put(kFunction, {0x55, 0x48, 0x89, 0xe5});                          // push rbp; mov rbp,rsp
  const std::uint64_t at = builder.relative(kFunction + 4, kLoad, kArrays);  // mov rax,[rip+x]
  builder.put(at, {0x48, 0x89, 0x45, 0xf8, 0xe8, 0, 0, 0, 0});               // mov [rbp-8],rax; call
  builder.put(at + 9,
              {0x48, 0x8b, 0x45, 0xf8, 0xff, 0x50, 0x10, 0xc9, 0xc3});  // mov rax,[rbp-8]; call [rax+0x10]; leave
  builder.function(kFunction, kFunction + 0x80);
  CHECK(uses_in(std::move(builder), kTables) == "a2x1;");
}
