#include "facts/constants.h"

#include <doctest/doctest.h>

#include "disasm/disassembler.h"
#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

// The value of `reg` behind the given bytes, as text.
std::string value_behind(const std::vector<int>& bytes, Register reg) {
  CodeImage builder;
  builder.put(0x100, bytes);
  Disassembler disassembler;
  const auto code = disassembler.decode(builder.image(), 0x100, 0x100 + bytes.size());
  REQUIRE(!code.empty());
  REQUIRE(code.back().end() == 0x100 + bytes.size());
  const Constant value = registers_before(code, code.back().end())[reg];
  switch (value.kind) {
    case Constant::Kind::kUnknown:
      return "unknown";
    case Constant::Kind::kNumber:
      return std::to_string(value.value);
    case Constant::Kind::kAddress:
      return "address " + std::to_string(value.value);
    case Constant::Kind::kLoaded:
      return "loaded from " + std::to_string(value.value);
  }
  return "";
}

}  // namespace

TEST_CASE("what single instructions leave in a register") {
  const struct {
    const char* code;
    std::vector<int> bytes;
    Register reg;
    const char* value;
  } kCases[] = {
      {"mov edx,0xd", {0xba, 0x0d, 0, 0, 0}, Register::rdx, "13"},
      {"mov r8d,2", {0x41, 0xb8, 2, 0, 0, 0}, Register::r8, "2"},
      {"mov edx,-1", {0xba, 0xff, 0xff, 0xff, 0xff}, Register::rdx, "4294967295"},
      {"mov rdx,-1", {0x48, 0xc7, 0xc2, 0xff, 0xff, 0xff, 0xff}, Register::rdx, "18446744073709551615"},
      {"xor ecx,ecx", {0x31, 0xc9}, Register::rcx, "0"},
      {"lea rsi,[rip+0x10]", {0x48, 0x8d, 0x35, 0x10, 0, 0, 0}, Register::rsi, "address 279"},
      {"lea rsi,[rax+0x10]", {0x48, 0x8d, 0x70, 0x10}, Register::rsi, "unknown"},
      {"mov rax,[rip+0x10]", {0x48, 0x8b, 0x05, 0x10, 0, 0, 0}, Register::rax, "loaded from 279"},
      {"mov edx,5; mov ecx,edx", {0xba, 5, 0, 0, 0, 0x89, 0xd1}, Register::rcx, "5"},
      {"mov edx,5; mov dl,1", {0xba, 5, 0, 0, 0, 0xb2, 1}, Register::rdx, "unknown"},
      {"mov edx,5; add edx,1", {0xba, 5, 0, 0, 0, 0x83, 0xc2, 1}, Register::rdx, "unknown"},
      {"mov edx,5; call", {0xba, 5, 0, 0, 0, 0xe8, 0, 0, 0, 0}, Register::rdx, "unknown"},
      {"mov ebx,5; call", {0xbb, 5, 0, 0, 0, 0xe8, 0, 0, 0, 0}, Register::rbx, "5"},
      {"mov ebx,5; jmp", {0xbb, 5, 0, 0, 0, 0xeb, 0}, Register::rbx, "unknown"},
      {"mov edx,5; div ecx", {0xba, 5, 0, 0, 0, 0xf7, 0xf1}, Register::rdx, "unknown"},
      {"push 13; pop rdx", {0x6a, 0x0d, 0x5a}, Register::rdx, "13"},
      {"push 13; nop; pop rdx", {0x6a, 0x0d, 0x90, 0x5a}, Register::rdx, "unknown"},
      {"mov edx,5; test edx,edx", {0xba, 5, 0, 0, 0, 0x85, 0xd2}, Register::rdx, "5"},
  };
  for (const auto& one : kCases) {
    CAPTURE(one.code);
    CHECK(value_behind(one.bytes, one.reg) == one.value);
  }
}

TEST_CASE("over a whole function a constant survives only when all ways agree") {
  // mov ebx,5; test eax,eax; je L; mov ebp,1; mov r12d,1; jmp M;  L: mov ebp,2; mov r12d,1;  M: call 0; (site)
  CodeImage builder;
  builder.put(0x100, {0xbb, 5, 0, 0, 0, 0x85, 0xc0, 0x74, 0x0d});
  builder.put(0x109, {0xbd, 1, 0, 0, 0, 0x41, 0xbc, 1, 0, 0, 0, 0xeb, 0x0b});
  builder.put(0x116, {0xbd, 2, 0, 0, 0, 0x41, 0xbc, 1, 0, 0, 0});
  builder.put(0x121, {0xe8, 0, 0, 0, 0, 0xc3});
  Disassembler disassembler;
  const auto code = disassembler.decode(builder.image(), 0x100, 0x127);
  const Registers at_site = registers_in_function(code, 0x121);
  CHECK(at_site[Register::rbx] == Constant{Constant::Kind::kNumber, 5});
  CHECK(at_site[Register::rbp] == Constant{});
  CHECK(at_site[Register::r12] == Constant{Constant::Kind::kNumber, 1});
  CHECK(registers_in_function({}, 0x121)[Register::rbx] == Constant{});
  CHECK(registers_in_function(code, 0x122)[Register::rbx] == Constant{});
}
