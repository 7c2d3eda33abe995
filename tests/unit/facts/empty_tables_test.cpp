#include "facts/empty_tables.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

constexpr std::uint64_t kFunction = 0x100;
constexpr std::uint64_t kOther = 0x800;
constexpr std::uint64_t kInit = 0x900;
constexpr std::uint64_t kImport = 0xa00;
constexpr std::uint64_t kMethods = 0x3200;
constexpr std::uint64_t kVariable = 0x3100;
constexpr std::uint64_t kFilled = kVariable - 0x40;  // what the import fills

const std::vector<int> kLoad = {0x48, 0x8b, 0x05};  // mov rax,[rip+x]
const std::vector<int> kLea = {0x48, 0x8d, 0x3d};   // lea rdi,[rip+x]

// Two functions, of which the first is handed out in a table of methods.
CodeImage functions(const std::vector<int>& first, const std::vector<int>& second = {0xc3}) {
  CodeImage builder;
  builder.put(kFilled, std::vector<int>(0x100, 0)).put(kFunction, first).put(kOther, second);
  builder.function(kFunction, kFunction + 0x80).function(kOther, kOther + 0x80).pointer(kMethods, kFunction);
  return builder;
}

// A function that calls `slots` of a table of its own, in a module whose init function calls `import`.
CodeImage with_second_table(const std::vector<int>& slots, std::uint64_t import = kImport) {
  CodeImage builder = functions({0xc3});
  std::uint64_t at = kFunction;
  for (const int slot : slots) {
    at = builder.relative(at, kLoad, kVariable);
    builder.put(at, {0xff, 0x90, slot * 8 % 256, slot * 8 / 256, 0, 0});  // call [rax+x]
    at += 6;
  }
  builder.put(at, {0xc3});
  builder.put(builder.relative(kInit, {0xe8}, kImport), {0xc3});
  builder.put(builder.relative(import, {0x48, 0x89, 0x05}, kFilled), {0xc3});  // mov [rip+x],rax
  builder.exported("PyInit_demo", kInit).function(kInit, kInit + 0x80).function(kImport, kImport + 0x80);
  return builder;
}

std::size_t unnamed_tables(CodeImage builder, const std::string& generator = "c", std::uint64_t import = kImport) {
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  Reachability reachability(code, "PyInit_demo");
  const std::vector<MarkerReference> references = {{Marker::kApiMessage, "", 0, import, {import, import + 0x80}}};
  const ModuleContext context{code, reachability, {}, references, generator, {{}, 0, 211, 210}, false};
  const auto tables = find_unnamed_tables(context, {{CapsuleImport::Table::kArray, kFilled, false}}, {});
  for (const TableVariable& table : tables)
    CHECK(table == TableVariable{CapsuleImport::Table::kArray, kVariable, false, "", false});
  return tables.size();
}

}  // namespace

TEST_CASE("a table of one file, which that never fills and the compiler did not look at") {
  CHECK(unnamed_tables(with_second_table({145, 190})) == 1);
  CHECK(unnamed_tables(with_second_table({145, 2, 3})) == 1);
  CHECK(unnamed_tables(with_second_table({2, 3, 44})) == 0);  // of what else may be called so
  CHECK(unnamed_tables(with_second_table({145, 190}), "cython") == 0);
  CHECK(unnamed_tables(with_second_table({145, 190}, kInit + 0x10), "c", kInit) == 1);  // optimised
  CodeImage written = with_second_table({145, 190});
  written.put(written.relative(kImport + 7, {0x48, 0x89, 0x05}, kVariable), {0xc3});
  CHECK(unnamed_tables(std::move(written)) == 0);
  CodeImage full = with_second_table({145, 190});
  full.put32(kVariable, 0x100);
  CHECK(unnamed_tables(std::move(full)) == 0);
  CodeImage bound = with_second_table({145, 190});
  bound.pointer(kVariable, 0x100);
  CHECK(unnamed_tables(std::move(bound)) == 0);
  CodeImage unused = with_second_table({145, 190});
  unused.put(kFunction, std::vector<int>(0x40, 0xc3));
  CHECK(unnamed_tables(std::move(unused)) == 0);
}

TEST_CASE("a pointer that is part of something larger is no table of one file") {
  const auto with_address = [](std::uint64_t of, const std::vector<int>& behind) {
    CodeImage builder = with_second_table({145, 190});
    builder.put(builder.relative(kImport + 7, kLea, of), behind);
    return builder;
  };
  const std::vector<int> call = {0xff, 0xd0, 0xc3};  // call rax
  CHECK(unnamed_tables(with_address(kVariable - 0x10, call)) == 0);
  CHECK(unnamed_tables(with_address(kVariable - 0x10, {0x48, 0x89, 0x47, 8, 0xc3})) == 1);     // mov [rdi+8],rax
  CHECK(unnamed_tables(with_address(kVariable - 0x10, {0x48, 0x89, 0x47, 0x10, 0xc3})) == 0);  // mov [rdi+16],rax
  CHECK(unnamed_tables(with_address(kVariable - 0x10, {0x0f, 0x11, 0x47, 8, 0xc3})) == 0);     // movups [rdi+8],xmm0
  CHECK(unnamed_tables(with_address(kFilled, call)) == 0);
  CHECK(unnamed_tables(with_address(kFilled, {0x48, 0x89, 0x07, 0xc3})) == 1);  // mov [rdi],rax
  CHECK(unnamed_tables(with_address(kFilled - 8, call)) == 1);                  // it ends where the other begins
  // A function of the module, which stands behind the call: ret; mov [rdi+8],rax; ret.
  const auto callee = [&](const std::vector<int>& code) {
    std::vector<int> all = {0xe8, 1, 0, 0, 0, 0xc3};
    all.insert(all.end(), code.begin(), code.end());
    return unnamed_tables(with_address(kVariable - 0x10, all));
  };
  CHECK(callee({0x48, 0x89, 0x47, 8, 0xc3}) == 1);
  CHECK(callee({0x48, 0x89, 0x47, 0x10, 0xc3}) == 0);        // mov [rdi+16],rax
  CHECK(callee({0x48, 0x89, 0x04, 0xcf, 0xc3}) == 0);        // mov [rdi+rcx*8],rax
  CHECK(callee({0x48, 0x8d, 0x04, 0xcf, 0xff, 0xd1}) == 0);  // lea rax,[rdi+rcx*8]
  CHECK(callee({0xff, 0xd0, 0xc3}) == 0);                    // call rax
  CodeImage listed = with_second_table({145, 190});
  listed.pointer(kMethods + 8, kVariable - 8);
  CHECK(unnamed_tables(std::move(listed)) == 0);
  CodeImage relocated = with_second_table({145, 190});
  relocated.pointer(kImport + 0x20, kVariable - 8);  // in an instruction
  CHECK(unnamed_tables(std::move(relocated)) == 1);
  CodeImage named = with_second_table({145, 190});
  named.exported("demo_state", kVariable - 8);
  CHECK(unnamed_tables(std::move(named)) == 0);
}

TEST_CASE("a table by which ufuncs are made, which nothing fills") {
  constexpr std::uint64_t kLoops = kVariable - 0x20;
  constexpr std::uint64_t kTypes = kVariable - 0x10;
  constexpr std::uint64_t kName = 0x3300;
  struct Call {
    int types = 1;
    int identity = 0xff;
    int slot = 1;
    std::uint64_t name = kName;
    std::vector<int> last = {0xc7, 0x44, 0x24, 0x18, 0, 0, 0, 0};  // mov dword [rsp+24],0
    bool at_import = true;
  };
  const auto module = [&](const Call& call) {
    CodeImage builder = with_second_table({});
    std::uint64_t at = kFunction;
    const auto add = [&](const std::vector<int>& bytes) {
      builder.put(at, bytes);
      at += bytes.size();
    };
    add({0x48, 0x83, 0xec, 0x28});                             // sub rsp,40
    at = builder.relative(at, {0x48, 0x8d, 0x3d}, kLoops);     // lea rdi,[rip+x]
    add({0x31, 0xf6});                                         // xor esi,esi
    at = builder.relative(at, {0x48, 0x8d, 0x15}, kTypes);     // lea rdx,[rip+x]
    add({0xb9, call.types, 0, 0, 0});                          // mov ecx,x
    add({0x41, 0xb8, 2, 0, 0, 0, 0x41, 0xb9, 1, 0, 0, 0});     // mov r8d,2; mov r9d,1
    add({0xc7, 0x04, 0x24, call.identity, 0xff, 0xff, 0xff});  // mov dword [rsp],x
    at = builder.relative(at, {0x48, 0x8d, 0x05}, call.name);  // lea rax,[rip+x]
    add({0x48, 0x89, 0x44, 0x24, 8});                          // mov [rsp+8],rax
    add({0x48, 0xc7, 0x44, 0x24, 0x10, 0, 0, 0, 0});           // mov qword [rsp+16],0
    add(call.last);
    at = builder.relative(at, kLoad, kVariable);
    add({0xff, 0x50, call.slot * 8, 0x48, 0x83, 0xc4, 0x28, 0xc3});  // call [rax+x]; add rsp,40; ret
    builder.put(kName, {'t', 'w', 'i', 'c', 'e', 0});
    if (call.at_import) builder.put(builder.relative(kImport + 7, {0xe8}, kFunction), {0xc3});
    return builder;
  };
  const auto found = [](CodeImage builder) {
    Disassembler disassembler;
    const Code code(builder.image(), disassembler);
    Reachability reachability(code, "PyInit_demo");
    const ModuleContext context{code, reachability, {}, {}, "c", {{}, 0, 211, 210}, false};
    const auto tables = find_unnamed_tables(context, {{CapsuleImport::Table::kArray, kFilled, false}}, {});
    return tables.size() == 1 && tables[0] == TableVariable{CapsuleImport::Table::kUfunc, kVariable, false, "", false};
  };
  CHECK(found(module({})));
  CHECK(found(module({.last = {}})));         // not told
  CHECK(found(module({.identity = 0xfe})));   // PyUFunc_ReorderableNone
  CHECK(!found(module({.identity = 0xf0})));  // none of the identities
  CHECK(!found(module({.at_import = false})));
  CHECK(!found(module({.types = 0})));                              // loops for no types
  CHECK(!found(module({.slot = 2})));                               // PyUFunc_RegisterLoopForType
  CHECK(!found(module({.name = kName + 0x10})));                    // no name
  CHECK(!found(module({.last = {0x48, 0x89, 0x44, 0x24, 0x18}})));  // mov [rsp+24],rax: not the last argument
  CodeImage handed_out = module({});
  handed_out.put(handed_out.relative(kImport + 12, kLea, kLoops), {0xff, 0xd0, 0xc3});  // call rax
  CHECK(!found(std::move(handed_out)));
  CodeImage written = module({});
  written.put(written.relative(kImport + 12, {0x48, 0x89, 0x05}, kVariable), {0xc3});
  CHECK(!found(std::move(written)));
}
