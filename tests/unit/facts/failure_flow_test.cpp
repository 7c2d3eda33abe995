#include "facts/failure_flow.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

constexpr std::uint64_t kFunction = 0x100;
constexpr std::uint64_t kClear = 0x800;
constexpr std::uint64_t kThrow = 0x820;
constexpr std::uint64_t kOther = 0x840;

// A function at kFunction; 0x100 holds the failing call of kOther (5 bytes), `bytes` follow it.
CodeImage function(const std::vector<int>& bytes) {
  CodeImage builder;
  builder.import("PyErr_Clear", 0x3000, kClear)
      .import("__cxa_throw", 0x3008, kThrow)
      .import("PyErr_Format", 0x3010, kOther);
  builder.function(kFunction, kFunction + 0x100);
  builder.relative(kFunction, {0xe8}, kOther);
  builder.put(kFunction + 5, bytes);
  return builder;
}

Aftermath after(CodeImage builder, const std::vector<std::uint64_t>& successes = {}) {
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  return aftermath(code, kFunction, successes);
}

}  // namespace

TEST_CASE("what a failing path returns") {
  CHECK(after(function({0x31, 0xc0, 0xc3})) == Aftermath::kReturnsZero);                     // xor eax,eax; ret
  CHECK(after(function({0xb8, 0xff, 0xff, 0xff, 0xff, 0xc3})) == Aftermath::kReturnsValue);  // mov eax,-1; ret
  CHECK(after(function({0x5b, 0xc3})) == Aftermath::kReturnsNothing);                        // pop rbx; ret
  CHECK(after(function({0xeb, 0x01, 0xcc, 0x31, 0xc0, 0xc3})) == Aftermath::kReturnsZero);   // through a jump
  CHECK(after(function({0xeb, 0xfe})) == Aftermath::kUnclear);                               // a loop
}

TEST_CASE("a result that unoptimised code keeps in the frame") {
  CodeImage builder;
  builder.import("PyErr_Format", 0x3010, kOther).function(kFunction - 4, kFunction + 0x100);
  builder.put(kFunction - 4, {0x55, 0x48, 0x89, 0xe5}).relative(kFunction, {0xe8}, kOther);  // push rbp; mov rbp,rsp
  // mov dword [rbp-4],0; mov eax,[rbp-4]; pop rbp; ret
  builder.put(kFunction + 5, {0xc7, 0x45, 0xfc, 0, 0, 0, 0, 0x8b, 0x45, 0xfc, 0x5d, 0xc3});
  CHECK(after(builder) == Aftermath::kReturnsZero);
  CHECK(after(builder.put(kFunction + 8, {1})) == Aftermath::kReturnsValue);
}

TEST_CASE("a failing path that clears, throws, or joins the succeeding one") {
  CodeImage clears = function({});
  clears.relative(kFunction + 5, {0xe8}, kClear);
  CHECK(after(clears) == Aftermath::kClears);
  CodeImage throws = function({});
  throws.relative(kFunction + 5, {0xe8}, kThrow);
  CHECK(after(throws) == Aftermath::kUnclear);
  CodeImage joins = function({0xeb, 0x09});  // jmp 0x110, where another call follows
  joins.relative(kFunction + 0x10, {0xe8}, kOther);
  CHECK(after(joins, {kFunction + 0x10}) == Aftermath::kGoesOn);
  // Both ways may let go of an object that only one of them returns.
  CodeImage cleans = function({0xeb, 0x09});
  cleans.import("_Py_Dealloc", 0x3018, 0x860);
  cleans.put(cleans.relative(kFunction + 0x10, {0xe8}, 0x860), {0x31, 0xc0, 0xc3});  // xor eax,eax; ret
  CHECK(after(cleans, {kFunction + 0x10}) == Aftermath::kReturnsZero);
  CodeImage makes = function({});  // return PyModule_Create(...)
  makes.import("PyModule_Create2", 0x3018, 0x860).relative(kFunction + 5, {0xe9}, 0x860);
  CHECK(after(makes) == Aftermath::kGoesOn);
  CodeImage leaves = function({});
  leaves.relative(kFunction + 5, {0xe9}, kOther);
  CHECK(after(leaves) == Aftermath::kUnclear);
  // Both ways may end in the same `return module`.
  CHECK(after(function({0x31, 0xdb, 0x89, 0xd8, 0xc3}), {kFunction + 7}) == Aftermath::kReturnsZero);
}

TEST_CASE("a failing path on which Visual C++ checks the stack before it returns") {
  constexpr std::uint64_t kCookie = 0x600;
  CodeImage checks = function({0x31, 0xc0});  // xor eax,eax; call kCookie; add rsp,32; ret
  checks.put(checks.relative(kFunction + 7, {0xe8}, kCookie), {0x48, 0x83, 0xc4, 0x20, 0xc3});
  checks.put(kCookie, {0x48, 0x39, 0xc1, 0x75, 0x01, 0xc3});  // cmp rcx,rax; jne; ret
  CHECK(after(checks) == Aftermath::kReturnsZero);
  checks.put(kCookie, {0x31, 0xc0, 0xc3});  // writes the result
  CHECK(after(checks) == Aftermath::kReturnsNothing);
}

TEST_CASE("a failing path whose check of the stack stands in front of the return") {
  CodeImage checks = function({0x31, 0xc0, 0x74, 0x05});  // xor eax,eax; je; call __stack_chk_fail; pop rbx; ret
  checks.import("__stack_chk_fail", 0x3018, 0x860);
  checks.put(checks.relative(kFunction + 9, {0xe8}, 0x860), {0x5b, 0xc3});
  CHECK(after(checks) == Aftermath::kReturnsZero);
}

TEST_CASE("which side of a test is the failing one") {
  const struct {
    const char* code;
    std::vector<int> bytes;  // test and branch to kFunction + 0x20, where PyErr_Clear is called; the other side returns
    Aftermath after;
  } kCases[] = {
      {"test eax,eax; js", {0x85, 0xc0, 0x78, 0x17}, Aftermath::kClears},
      {"test eax,eax; jne", {0x85, 0xc0, 0x75, 0x17}, Aftermath::kClears},
      {"cmp eax,-1; je", {0x83, 0xf8, 0xff, 0x74, 0x16}, Aftermath::kClears},
      {"test eax,eax; jl", {0x85, 0xc0, 0x7c, 0x17}, Aftermath::kClears},
      {"test eax,eax; je", {0x85, 0xc0, 0x74, 0x17}, Aftermath::kReturnsZero},
      {"test eax,eax; jns", {0x85, 0xc0, 0x79, 0x17}, Aftermath::kReturnsZero},
  };
  for (const auto& one : kCases) {
    CAPTURE(one.code);
    CodeImage builder = function(one.bytes);
    builder.put(kFunction + 5 + one.bytes.size(), {0x31, 0xc0, 0xc3});
    builder.relative(kFunction + 0x20, {0xe8}, kClear);
    Disassembler disassembler;
    const Code code(builder.image(), disassembler);
    CHECK(aftermath_of_failed_call(code, kFunction) == one.after);
  }
}

TEST_CASE("a result that nobody looks at") {
  const auto ignored = [](const std::vector<int>& bytes) {
    CodeImage builder = function(bytes);
    Disassembler disassembler;
    const Code code(builder.image(), disassembler);
    return result_is_ignored(code, kFunction);
  };
  CHECK(ignored({0x48, 0x8b, 0x45, 0x00, 0xc3}));        // mov rax,[rbp+0]
  CHECK(ignored({0x31, 0xc0, 0xc3}));                    // xor eax,eax
  CHECK(ignored({0xe8, 0, 0, 0, 0}));                    // the next call
  CHECK_FALSE(ignored({0x85, 0xc0, 0x75, 0x10}));        // test eax,eax
  CHECK_FALSE(ignored({0x89, 0xc3, 0xe8, 0, 0, 0, 0}));  // mov ebx,eax
  CHECK_FALSE(ignored({0x48, 0x83, 0xc4, 8, 0xc3}));     // add rsp,8; ret hands it on
}
