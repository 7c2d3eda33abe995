#include "facts/values.h"

#include <doctest/doctest.h>

#include "disasm/disassembler.h"
#include "disasm/x86.h"
#include "facts/code.h"
#include "facts/code_image.h"
#include "facts/flow.h"
#include "unit/disasm/machine_code.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

namespace {

std::string text_of(const Value& value) {
  const char* kinds[] = {"unknown", "", "address ", "symbol at ", "stack ", "result of ", "argument "};
  std::string text = kinds[static_cast<int>(value.kind)];
  if (value.known()) text += std::to_string(static_cast<std::int64_t>(value.value));
  if (value.loads != 0) text += ", loaded " + std::to_string(value.loads);
  if (value.inner != 0) text += " inside " + std::to_string(value.inner);
  if (value.offset != 0) text += " plus " + std::to_string(value.offset);
  return text;
}

// The value of `reg` behind the given bytes, as text.
std::string value_behind(const std::vector<int>& bytes, Register reg) {
  CodeImage builder;
  builder.put(0x100, bytes);
  builder.import("PyExc_RuntimeError", 0x3000, 0x900).pointer(0x3008, 0x2000);
  Disassembler disassembler;
  const Decoder decoder(builder.image(), disassembler);
  const auto code = decoder.decode(0x100, 0x100 + bytes.size());
  REQUIRE(!code.empty());
  REQUIRE(code.back().end() == 0x100 + bytes.size());
  return text_of(values_before(code, code.back().end(), decoder.machine(), builder.image())[reg]);
}

}  // namespace

TEST_CASE("what single instructions leave in a register") {
  const struct {
    const char* code;
    std::vector<int> bytes;
    Register reg;
    const char* value;
  } kCases[] = {
      {"mov edx,0xd", {0xba, 0x0d, 0, 0, 0}, x86::rdx, "13"},
      {"mov r8d,2", {0x41, 0xb8, 2, 0, 0, 0}, x86::r8, "2"},
      {"mov edx,-1", {0xba, 0xff, 0xff, 0xff, 0xff}, x86::rdx, "4294967295"},
      {"mov rdx,-1", {0x48, 0xc7, 0xc2, 0xff, 0xff, 0xff, 0xff}, x86::rdx, "-1"},
      {"xor ecx,ecx", {0x31, 0xc9}, x86::rcx, "0"},
      {"lea rsi,[rip+0x10]", {0x48, 0x8d, 0x35, 0x10, 0, 0, 0}, x86::rsi, "address 279"},
      {"lea rsi,[rax+0x10]", {0x48, 0x8d, 0x70, 0x10}, x86::rsi, "unknown"},
      {"mov rax,[rip+0x10]", {0x48, 0x8b, 0x05, 0x10, 0, 0, 0}, x86::rax, "address 279, loaded 1"},
      {"mov edx,5; mov ecx,edx", {0xba, 5, 0, 0, 0, 0x89, 0xd1}, x86::rcx, "5"},
      {"mov edx,5; mov dl,1", {0xba, 5, 0, 0, 0, 0xb2, 1}, x86::rdx, "unknown"},
      {"mov edx,5; add edx,1", {0xba, 5, 0, 0, 0, 0x83, 0xc2, 1}, x86::rdx, "6"},
      {"mov edx,5; sub edx,1", {0xba, 5, 0, 0, 0, 0x83, 0xea, 1}, x86::rdx, "4"},
      {"call; its result", {0xe8, 0, 0, 0, 0}, x86::rax, "result of 256"},
      {"call; mov ebx,eax", {0xe8, 0, 0, 0, 0, 0x89, 0xc3}, x86::rbx, "result of 256"},
      {"mov rax,[GOT of a symbol]", {0x48, 0x8b, 0x05, 0xf9, 0x2e, 0, 0}, x86::rax, "symbol at 12288"},
      {"mov rax,[GOT of an own address]", {0x48, 0x8b, 0x05, 0x01, 0x2f, 0, 0}, x86::rax, "address 8192"},
      {"a slot of a table",
       {0x48, 0x8b, 0x05, 0x10, 0, 0, 0, 0x48, 0x8b, 0x80, 0x98, 6, 0, 0},
       x86::rax,
       "address 279, loaded 2 inside 1688"},
      {"the same, unoptimised",
       {0x48, 0x8b, 0x05, 0x10, 0, 0, 0, 0x48, 0x05, 0x98, 6, 0, 0, 0x48, 0x8b, 0},
       x86::rax,
       "address 279, loaded 2 inside 1688"},
      {"a member of what a call returned",
       {0xe8, 0, 0, 0, 0, 0x48, 0x8b, 0x40, 0x38, 0x48, 0x8d, 0x40, 0x20},
       x86::rax,
       "result of 256, loaded 1 inside 56 plus 32"},
      {"mov [rsp+8],5 and back", {0x48, 0xc7, 0x44, 0x24, 8, 5, 0, 0, 0, 0x48, 0x8b, 0x44, 0x24, 8}, x86::rax, "5"},
      {"another place on the stack",
       {0x48, 0xc7, 0x44, 0x24, 8, 5, 0, 0, 0, 0x48, 0x8b, 0x44, 0x24, 16},
       x86::rax,
       "unknown"},
      {"push rbp; mov rbp,rsp", {0x55, 0x48, 0x89, 0xe5}, x86::rbp, "stack -8"},
      {"mov edx,5; call", {0xba, 5, 0, 0, 0, 0xe8, 0, 0, 0, 0}, x86::rdx, "unknown"},
      {"mov ebx,5; call", {0xbb, 5, 0, 0, 0, 0xe8, 0, 0, 0, 0}, x86::rbx, "5"},
      {"mov ebx,5; jmp", {0xbb, 5, 0, 0, 0, 0xeb, 0}, x86::rbx, "unknown"},
      {"mov edx,5; div ecx", {0xba, 5, 0, 0, 0, 0xf7, 0xf1}, x86::rdx, "unknown"},
      {"push 13; pop rdx", {0x6a, 0x0d, 0x5a}, x86::rdx, "13"},
      {"push 13; nop; pop rdx", {0x6a, 0x0d, 0x90, 0x5a}, x86::rdx, "13"},
      {"mov edx,5; test edx,edx", {0xba, 5, 0, 0, 0, 0x85, 0xd2}, x86::rdx, "5"},
  };
  for (const auto& one : kCases) {
    CAPTURE(std::string(one.code));
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
  const Decoder decoder(builder.image(), disassembler);
  const auto code = decoder.decode(0x100, 0x127);
  const FunctionValues values(code, decoder.machine(), builder.image(), [](const Instruction&) { return true; });
  const Values at_site = values.at(0x121);
  CHECK(text_of(at_site[x86::rbx]) == "5");
  CHECK(text_of(at_site[x86::rbp]) == "unknown");
  CHECK(text_of(at_site[x86::r12]) == "1");
  CHECK(text_of(at_site[x86::rdi]) == "argument 7");
  CHECK(text_of(values.at(0x122)[x86::rbx]) == "unknown");
  std::string ways;
  for (const Values& way : values.on_ways_to(0x121)) ways += text_of(way[x86::rbp]) + ";";
  CHECK(ways == "1;2;");
  std::string visited;
  values.each([&](const Instruction& one, const Values& known) {
    if (one.operation == Operation::kCall) visited += text_of(known[x86::rbx]) + text_of(known[x86::rbp]) + ";";
  });
  CHECK(visited == "5unknown;");
}

TEST_CASE("behind a call that does not come back only other ways count") {
  // mov ebx,5; test eax,eax; jne M; mov ebx,6; call 0;  M: nop; (site) ret
  CodeImage builder;
  builder.put(0x100, {0xbb, 5, 0, 0, 0, 0x85, 0xc0, 0x75, 0x0a, 0xbb, 6, 0, 0, 0, 0xe8, 0, 0, 0, 0, 0x90, 0xc3});
  Disassembler disassembler;
  const Decoder decoder(builder.image(), disassembler);
  const auto code = decoder.decode(0x100, 0x115);
  for (const bool returns : {true, false}) {
    const FunctionValues values(code, decoder.machine(), builder.image(), [&](const Instruction&) { return returns; });
    CHECK(text_of(values.at(0x114)[x86::rbx]) == (returns ? "unknown" : "5"));
    CHECK(values.on_ways_to(0x114).size() == (returns ? 2 : 1));
  }
}

TEST_CASE("along every way a value that depends on the way is known") {
  // test eax,eax; je L; mov ebx,1; jmp M;  L: mov ebx,2;  M: call 0; ret
  CodeImage builder;
  builder.put(0x100, {0x85, 0xc0, 0x74, 0x07, 0xbb, 1, 0, 0, 0, 0xeb, 0x05});
  builder.put(0x10b, {0xbb, 2, 0, 0, 0}).put(0x110, {0xe8, 0, 0, 0, 0, 0xc3});
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  std::string seen;
  const auto visit = [&](const Instruction& one, const Values& values) {
    if (one.operation == Operation::kCall) seen += text_of(values[x86::rbx]) + ";";
    return Step::kGoOn;
  };
  explore(code, 0x100, Values(code.machine(), code.image()), 100, visit);
  CHECK((seen == "1;2;" || seen == "2;1;"));
  seen.clear();
  explore(code, 0x100, Values(code.machine(), code.image()), 3, visit);
  CHECK(seen.empty());
}

TEST_CASE("a way ends where it repeats itself") {
  CodeImage builder;
  builder.put(0x100, {0x85, 0xc0, 0x75, 0xfc, 0xeb, 0xfa});  // L: test eax,eax; jne L; jmp L
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  int steps = 0;
  explore(code, 0x100, Values(code.machine(), code.image()), 1000, [&](const Instruction&, const Values&) {
    ++steps;
    return Step::kGoOn;
  });
  CHECK(steps < 20);
}

TEST_CASE("what a call was handed on the stack is not handed to the next") {
  // Two arguments, and eax.
  const auto behind = [](const std::vector<int>& bytes) {
    testing::MachineCode code("i686", bytes);
    code.image.bits = 32;
    const Values values = code.run(code.nothing());
    return text_of(values.argument(0)) + ", " + text_of(values.argument(1)) + ", " + text_of(values[x86::rax]);
  };
  std::vector<int> two = {0xc7, 0x44, 0x24, 12, 7, 0, 0, 0,   // mov dword [esp+12],7
                          0xc7, 0x04, 0x24, 5,  0, 0, 0,      // mov dword [esp],5
                          0xc7, 0x44, 0x24, 4,  6, 0, 0, 0};  // mov dword [esp+4],6
  CHECK(behind(two) == "5, 6, unknown");
  two.insert(two.end(), {0xe8, 0x10, 0, 0, 0});  // call
  CHECK(behind(two).starts_with("unknown, unknown, "));
  two.insert(two.end(), {0xc7, 0x04, 0x24, 8, 0, 0, 0});  // mov dword [esp],8
  CHECK(behind(two).starts_with("8, unknown, "));
  two.insert(two.end(), {0x8b, 0x44, 0x24, 12});  // mov eax,[esp+12], a variable
  CHECK(behind(two) == "8, unknown, 7");
}
