#include "facts/null_uses.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

constexpr std::uint64_t kFunction = 0x100;
constexpr std::uint64_t kOther = 0x800;
constexpr std::uint64_t kInit = 0x900;
constexpr std::uint64_t kMethods = 0x3200;

// Two functions, of which the first is handed out in a table of methods.
CodeImage functions(const std::vector<int>& first, const std::vector<int>& second = {0xc3}) {
  CodeImage builder;
  builder.put(kFunction, first).put(kOther, second);
  builder.function(kFunction, kFunction + 0x80).function(kOther, kOther + 0x80).pointer(kMethods, kFunction);
  return builder;
}

std::string null_uses(CodeImage builder) {
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  Reachability reachability(code, "");
  const ModuleContext context{code, reachability, {}, {}, "c", {{}, 0, 211, 210}, false};
  std::string text;
  for (const ApiSlotUse& use : find_null_uses(context, true, false)) {
    CHECK(use.unfilled);
    text += std::to_string(use.index) + "x" + std::to_string(use.sites.size()) + ";";
  }
  return text;
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
       "145x1;"},
      {"the same, and a register is put aside before the trap: mov rax,[0x488]; mov [rsp+8],rbx; ud2",
       {0x48, 0x85, 0xff, 0x74, 1, 0xc3, 0x48, 0x8b, 0x04, 0x25, 0x88, 4, 0, 0, 0x48, 0x89, 0x5c, 0x24, 8, 0x0f, 0x0b},
       "145x1;"},
      {"mov rax,[0x488]; call; ud2: what is read is of use",
       {0x48, 0x85, 0xff, 0x74, 1, 0xc3, 0x48, 0x8b, 0x04, 0x25, 0x88, 4, 0, 0, 0xe8, 0, 0, 0, 0, 0x0f, 0x0b},
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

TEST_CASE("PyUFunc_FromFuncAndData of a table that the compiler knew to be null") {
  const auto found = [](const std::vector<int>& init) {
    CodeImage builder = functions({0xc3});
    builder.put(kInit, init).exported("PyInit_demo", kInit).function(kInit, kInit + 0x80);
    Disassembler disassembler;
    const Code code(builder.image(), disassembler);
    Reachability reachability(code, "PyInit_demo");
    const ModuleContext context{code, reachability, {}, {}, "c", {{}, 0, 211, 210}, false};
    const auto uses = find_null_uses(context, false, true);
    return uses.size() == 1 && uses[0].unfilled && uses[0].while_loading && uses[0].index == 1 &&
           uses[0].table == CapsuleImport::Table::kUfunc;
  };
  CHECK(found({0xff, 0x14, 0x25, 8, 0, 0, 0, 0xc3}));              // call [8]; ret
  CHECK(found({0x48, 0x8b, 0x04, 0x25, 8, 0, 0, 0, 0x0f, 0x0b}));  // mov rax,[8]; ud2
  CHECK(!found({0xff, 0x14, 0x25, 16, 0, 0, 0, 0xc3}));            // call [16]; ret
  CHECK(
      !found({0x85, 0xff, 0x74, 1, 0xc3, 0xff, 0x14, 0x25, 8, 0, 0, 0, 0xc3}));  // test edi,edi; je; ret: one way only
}

TEST_CASE("a module whose init function returns null has not been loaded") {
  const auto always = [](const std::vector<int>& otherwise, bool python2 = false, const char* handler = nullptr) {
    std::vector<int> init = {0x85, 0xff, 0x74, static_cast<int>(otherwise.size())};  // test edi,edi; je
    init.insert(init.end(), otherwise.begin(), otherwise.end());
    init.insert(init.end(), {0xff, 0x14, 0x25, 8, 0, 0, 0, 0xc3});  // call [8]; ret
    CodeImage builder = functions({0xc3});
    builder.put(kInit, init).exported("PyInit_demo", kInit).function(kInit, kInit + 0x80);
    if (handler != nullptr) builder.import(handler, 0x3300, 0x860).relative(kOther, {0xe8}, 0x860);
    Disassembler disassembler;
    const Code code(builder.image(), disassembler);
    Reachability reachability(code, "PyInit_demo");
    const ModuleContext context{code, reachability, {}, {}, "c", {{}, 0, 211, 210}, python2};
    return find_null_uses(context, false, true).size() == 1;
  };
  CHECK(always({0x31, 0xc0, 0xc3}));                    // xor eax,eax; ret
  CHECK(always({0xb8, 0, 0, 0, 0, 0x5b, 0xc3}));        // mov eax,0; pop rbx; ret
  CHECK(always({0x31, 0xdb, 0x48, 0x89, 0xd8, 0xc3}));  // xor ebx,ebx; mov rax,rbx; ret
  CHECK(!always({0x31, 0xc0, 0xc3}, true));             // void initdemo(void)
  CHECK(!always({0x31, 0xc0, 0xc3}, false, "__cxa_begin_catch"));
  CHECK(always({0x31, 0xc0, 0xc3}, false, "PyErr_Clear"));
  CHECK(!always({0xc3}));                                            // ret
  CHECK(!always({0xb8, 1, 0, 0, 0, 0xc3}));                          // mov eax,1; ret
  CHECK(!always({0x31, 0xc0, 0x48, 0x89, 0xf8, 0xc3}));              // xor eax,eax; mov rax,rdi; ret
  CHECK(!always({0x31, 0xc0, 0x58, 0xc3}));                          // xor eax,eax; pop rax; ret
  CHECK(!always({0x31, 0xc0, 0xff, 0xd1, 0xc3}));                    // xor eax,eax; call rcx; ret
  CHECK(!always({0x30, 0xc0, 0xc3}));                                // xor al,al; ret
  CHECK(!always({0x31, 0xc0, 0x85, 0xf6, 0x74, 2, 0xb0, 1, 0xc3}));  // xor eax,eax; test esi,esi; je; mov al,1; ret
}
