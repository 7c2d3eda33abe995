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
