#include "facts/version_compare.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

constexpr std::uint64_t kFunction = 0x100;
constexpr std::uint64_t kTable = 0x3100;
constexpr std::uint64_t kMessage = 0x2100;
constexpr std::uint64_t kFormat = 0x900;

const KnownAbi kKnown = {{0x1000009, 0x2000000}, 0, 211, 210};

// A function that loads the table into rax, r12 and r13 and goes on with `bytes`.
CodeImage function(const std::vector<int>& bytes) {
  CodeImage builder;
  std::uint64_t at = builder.relative(kFunction, {0x48, 0x8b, 0x05}, kTable);
  builder.put(at, {0x49, 0x89, 0xc4, 0x49, 0x89, 0xc5}).put(at + 6, bytes);
  builder.import("PyErr_Format", 0x3000, kFormat).function(kFunction, kFunction + 0x100);
  return builder;
}

TableCheck check_of(CodeImage builder, const KnownAbi& known = kKnown) {
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  return read_table_check(code, {{kFunction, kFunction + 0x100}}, known);
}

std::string text_of(const std::vector<VersionCompare>& found) {
  std::string text;
  for (const VersionCompare& one : found)
    text += (text.empty() ? "" : " ") + std::to_string(one.value) +
            (one.kind == AbiCompare::kEqual ? " equal" : " at least");
  return text;
}

std::vector<int> join(std::vector<int> front, const std::vector<int>& back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}

const std::vector<int> kCallSlot = {0xff, 0x90, 0x98, 0x06, 0, 0};  // call [rax+0x698]

}  // namespace

TEST_CASE("the API compare in the forms that compilers give it") {
  const struct {
    const char* code;
    std::vector<int> bytes;
    const char* found;
  } kCases[] = {
      {"cmp eax,0xc; ja", join(kCallSlot, {0x83, 0xf8, 0x0c, 0x77, 0x10}), "13 at least"},
      {"cmp eax,0xc; jbe", join(kCallSlot, {0x83, 0xf8, 0x0c, 0x76, 0x10}), "13 at least"},
      {"cmp eax,0xf; jle rel32", join(kCallSlot, {0x83, 0xf8, 0x0f, 0x0f, 0x8e, 0, 1, 0, 0}), "16 at least"},
      {"cmp eax,0xe; jae", join(kCallSlot, {0x83, 0xf8, 0x0e, 0x73, 0x10}), "14 at least"},
      {"cmp eax,0xe; jb", join(kCallSlot, {0x83, 0xf8, 0x0e, 0x72, 0x10}), "14 at least"},
      {"mov [rip+x],eax; cmp eax,0xd; jle", join(kCallSlot, {0x89, 0x05, 0, 0x10, 0, 0, 0x83, 0xf8, 0x0d, 0x7e, 0x10}),
       "14 at least"},
      {"mov rax,[r12+0x698]; call rax",
       {0x49, 0x8b, 0x84, 0x24, 0x98, 0x06, 0, 0, 0xff, 0xd0, 0x83, 0xf8, 0x0c, 0x77, 0x10},
       "13 at least"},
      {"call [r13+0x698]", {0x41, 0xff, 0x95, 0x98, 0x06, 0, 0, 0x83, 0xf8, 0x0c, 0x77, 0x10}, "13 at least"},
      {"add rax,0x698; mov rax,[rax]; call rax",
       {0x48, 0x05, 0x98, 0x06, 0, 0, 0x48, 0x8b, 0, 0xff, 0xd0, 0x83, 0xf8, 0x0f, 0x7f, 0x10},
       "16 at least"},
      {"setbe", join(kCallSlot, {0x83, 0xf8, 0x0c, 0x0f, 0x96, 0xc0}), "13 at least"},
      {"another slot", {0xff, 0x90, 0x90, 0x06, 0, 0, 0x83, 0xf8, 0x0c, 0x77, 0x10}, ""},
      {"equality is no version compare", join(kCallSlot, {0x83, 0xf8, 0x0c, 0x74, 0x10}), ""},
      {"an array on the stack", {0x48, 0x89, 0x8c, 0xd4, 0x98, 0x06, 0, 0, 0x83, 0xf8, 0x0c, 0x77, 0x10}, ""},
  };
  for (const auto& one : kCases) {
    CAPTURE(one.code);
    CHECK(text_of(check_of(function(one.bytes)).api_compares) == one.found);
  }
}

TEST_CASE("the ABI compare in the forms that compilers give it") {
  const struct {
    const char* code;
    std::vector<int> bytes;
    const char* found;
  } kCases[] = {
      {"1.x: cmp eax,0x1000009; je", {0x3d, 9, 0, 0, 1, 0x74, 0x10}, "16777225 equal"},
      {"1.x: cmp eax,0x1000009; jne", {0x3d, 9, 0, 0, 1, 0x75, 0x10}, "16777225 equal"},
      {"1.x: mov edx,eax; cmp edx,0x1000009; je", {0x89, 0xc2, 0x81, 0xfa, 9, 0, 0, 1, 0x74, 0x10}, "16777225 equal"},
      {"1.x: mov r8d,eax; cmp r8d,0x1000009; je",
       {0x41, 0x89, 0xc0, 0x41, 0x81, 0xf8, 9, 0, 0, 1, 0x74, 0x10},
       "16777225 equal"},
      {"2.x gcc: cmp eax,0x2000000; ja", {0x3d, 0, 0, 0, 2, 0x77, 0x10}, "33554432 at least"},
      {"2.x gcc: cmp eax,0x2000000; jbe", {0x3d, 0, 0, 0, 2, 0x76, 0x10}, "33554432 at least"},
      {"2.x clang: cmp eax,0x2000001; jae", {0x3d, 1, 0, 0, 2, 0x73, 0x10}, "33554432 at least"},
      {"2.x clang: cmp eax,0x2000001; jb", {0x3d, 1, 0, 0, 2, 0x72, 0x10}, "33554432 at least"},
      {"2.x unoptimised: seta al", {0x3d, 0, 0, 0, 2, 0x0f, 0x97, 0xc0}, "33554432 at least"},
      {"a flag mask", {0xa9, 0, 0, 0, 2, 0x74, 0x10}, ""},
  };
  for (const auto& one : kCases) {
    CAPTURE(one.code);
    CHECK(text_of(check_of(function(join({0xff, 0x10}, one.bytes))).abi_compares) == one.found);  // call [rax]
  }
}

TEST_CASE("without a slot there is nothing to find") {
  const KnownAbi none = {{0x1000009}, 0, std::nullopt, std::nullopt};
  CHECK(check_of(function(join(kCallSlot, {0x83, 0xf8, 0x0c, 0x77, 0x10})), none).api_compares.empty());
}

TEST_CASE("the numbers that go out with the messages, on ways that share the call") {
  // test eax,eax; je L; mov edx,13; jmp M;  L: mov edx,14;  M: lea rsi,message; call PyErr_Format
  CodeImage builder = function({});
  std::uint64_t at = kFunction + 13;
  builder.put(at, {0x85, 0xc0, 0x74, 0x07, 0xba, 13, 0, 0, 0, 0xeb, 0x05, 0xba, 14, 0, 0, 0});
  at = builder.relative(at + 16, {0x48, 0x8d, 0x35}, kMessage);
  builder.relative(at, {0xe8}, kFormat);
  const TableCheck check = check_of(std::move(builder));
  REQUIRE(check.arguments.size() == 2);
  CHECK(check.arguments[0].message == kMessage);
  CHECK(check.arguments[0].value + check.arguments[1].value == 27);
  CHECK_FALSE(message_argument(check, kMessage).value.has_value());
  CHECK_FALSE(message_argument(check, kMessage + 1).value.has_value());
  TableCheck one = check;
  one.arguments.pop_back();
  CHECK(message_argument(one, kMessage).value == one.arguments[0].value);
}

TEST_CASE("where the code goes on behind the test of the byte order") {
  // call [rax+0x690]; cmp eax,1; jne +0x10; or sub eax,1; je +0x10
  const std::vector<int> call = {0xff, 0x90, 0x90, 0x06, 0, 0};
  CHECK(check_of(function(join(call, {0x83, 0xf8, 1, 0x75, 0x10}))).successes == std::vector<std::uint64_t>{0x118});
  CHECK(check_of(function(join(call, {0x83, 0xe8, 1, 0x74, 0x10}))).successes == std::vector<std::uint64_t>{0x128});
  CHECK(check_of(function(join(call, {0x83, 0xf8, 5, 0x75, 0x10}))).successes.empty());
}

TEST_CASE("two tables that are fetched by one register") {
  constexpr std::uint64_t kUfuncs = kTable + 8;
  CodeImage builder;
  builder.import("PyCapsule_GetPointer", 0x3000, 0x900).function(kFunction, kFunction + 0x100);
  std::uint64_t at = builder.relative(kFunction, {0x48, 0x8b, 0x1d}, 0x3000);  // mov rbx,[rip+slot]
  builder.put(at, {0xff, 0xd3});                                               // call rbx
  at = builder.relative(at + 2, {0x48, 0x89, 0x05}, kTable);                   // mov [table],rax
  builder.put(at, {0xff, 0x90, 0x90, 0x06, 0, 0, 0x83, 0xf8, 1, 0x75, 0x40});  // call [rax+0x690]; cmp eax,1; jne
  builder.put(at + 11, {0x90, 0xff, 0xd3});                                    // nop; call rbx
  at = builder.relative(at + 14, {0x48, 0x89, 0x05}, kUfuncs);                 // mov [table],rax
  builder.put(at, {0xc3});
  const TableCheck check = check_of(std::move(builder));
  REQUIRE(check.tables.size() == 2);
  CHECK(check.tables[0] == TableVariable{CapsuleImport::Table::kArray, kTable, false});
  CHECK(check.tables[1] == TableVariable{CapsuleImport::Table::kUfunc, kUfuncs, false});
}
