#include "facts/version_compare.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

constexpr std::uint64_t kFunction = 0x100;

template <typename Find>
std::string found_in(const std::vector<int>& bytes, Find find) {
  CodeImage builder;
  builder.put(kFunction, bytes).function(kFunction, kFunction + 0x100);
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  const std::vector<VersionCompare> found = find(code, std::vector<FunctionRange>{{kFunction, kFunction + 0x100}});
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
    const auto find = [](const Code& code, const auto& functions) { return find_api_compares(code, functions, 211); };
    CHECK(found_in(one.bytes, find) == one.found);
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
      {"1.x: cmp edx,0x1000009; je", {0x81, 0xfa, 9, 0, 0, 1, 0x74, 0x10}, "16777225 equal"},
      {"1.x: cmp r8d,0x1000009; je", {0x41, 0x81, 0xf8, 9, 0, 0, 1, 0x74, 0x10}, "16777225 equal"},
      {"2.x gcc: cmp eax,0x2000000; ja", {0x3d, 0, 0, 0, 2, 0x77, 0x10}, "33554432 at least"},
      {"2.x gcc: cmp eax,0x2000000; jbe", {0x3d, 0, 0, 0, 2, 0x76, 0x10}, "33554432 at least"},
      {"2.x clang: cmp eax,0x2000001; jae", {0x3d, 1, 0, 0, 2, 0x73, 0x10}, "33554432 at least"},
      {"2.x clang: cmp eax,0x2000001; jb", {0x3d, 1, 0, 0, 2, 0x72, 0x10}, "33554432 at least"},
      {"2.x unoptimised: seta al", {0x3d, 0, 0, 0, 2, 0x0f, 0x97, 0xc0}, "33554432 at least"},
      {"a flag mask", {0xa9, 0, 0, 0, 2, 0x74, 0x10}, ""},
  };
  for (const auto& one : kCases) {
    CAPTURE(one.code);
    const auto find = [](const Code& code, const auto& functions) {
      return find_abi_compares(code, functions, {0x1000009, 0x2000000});
    };
    CHECK(found_in(one.bytes, find) == one.found);
  }
}

TEST_CASE("without a slot there is nothing to find") {
  const auto find = [](const Code& code, const auto& functions) {
    return find_api_compares(code, functions, std::nullopt);
  };
  CHECK(found_in(join(kCallSlot, {0x83, 0xf8, 0x0c, 0x77, 0x10}), find).empty());
}
