#include "facts/flow.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"
#include "unit/disasm/machine_code.h"

using namespace abicheck;
using abicheck::testing::CodeImage;
using abicheck::testing::MachineCode;

namespace {

// The numbers that are put into `result` on the ways from the beginning, in ascending order.
std::string results_of(const BinaryImage& image, std::uint64_t begin, Register result) {
  Disassembler disassembler;
  const Code code(image, disassembler);
  std::string found(4, '-');
  explore(
      code, begin, Values(code.machine(), image), 100,
      [&](const Instruction& one, const Values&) {
        const Operand& from = one.operands[1];
        const bool number = one.operation == Operation::kMove && one.written == result && from.is_immediate();
        if (number && from.value < 4) found[static_cast<std::size_t>(from.value)] = static_cast<char>('0' + from.value);
        return Step::kGoOn;
      },
      Switches::kCases);
  return found;
}

}  // namespace

TEST_CASE("the cases of a switch, in the forms that compilers give it") {
  SUBCASE("Thumb: halves of distances behind the jump") {
    // cmp r3,1; bhi 3; tbb [pc,r3]; (table); movs r0,1; bx lr; movs r0,2; bx lr; movs r0,3; bx lr
    MachineCode code("armv7l", {0x01, 0x2b, 0x06, 0xd8, 0xdf, 0xe8, 0x03, 0xf0, 0x01, 0x03, 0x01,
                                0x20, 0x70, 0x47, 0x02, 0x20, 0x70, 0x47, 0x03, 0x20, 0x70, 0x47});
    code.image.bits = 32;
    code.image.thumb = true;
    CHECK(results_of(code.image, MachineCode::kBase, 0) == "-123");
  }
  SUBCASE("32-bit x86 for Darwin: distances from an address of the function, which is not that of the table") {
    CodeImage builder;
    builder.darwin_function(0x100, 0x140);
    builder.put(0x106, {0x83, 0xf8, 0x01, 0x77, 0x1f});  // cmp eax,1; ja 3
    builder.put(builder.from_base(0x10b, {0x8d, 0x8b}, 0x3000),
                {0x8b, 0x04, 0x81});               // lea ecx,[ebx+x]; mov eax,[ecx+eax*4]
    builder.put(0x114, {0x01, 0xd8, 0xff, 0xe0});  // add eax,ebx; jmp eax
    builder.put(0x118, {0xb8, 1, 0, 0, 0, 0xc3, 0x90, 0x90, 0xb8, 2, 0, 0, 0, 0xc3});
    builder.put(0x12a, {0xb8, 3, 0, 0, 0, 0xc3});
    builder.put32(0x3000, 0x118 - 0x105).put32(0x3004, 0x120 - 0x105);
    CHECK(results_of(builder.image(), 0x100, 0) == "-123");
  }
  SUBCASE("ARM: a row of jumps") {
    // cmp r3,1; addls pc,pc,r3,lsl 2; b 3; b 1; b 2; mov r0,1; bx lr; mov r0,2; bx lr; mov r0,3; bx lr
    MachineCode code("armv7l",
                     {0x01, 0x00, 0x53, 0xe3, 0x03, 0xf1, 0x8f, 0x90, 0x05, 0x00, 0x00, 0xea, 0x00, 0x00, 0x00,
                      0xea, 0x01, 0x00, 0x00, 0xea, 0x01, 0x00, 0xa0, 0xe3, 0x1e, 0xff, 0x2f, 0xe1, 0x02, 0x00,
                      0xa0, 0xe3, 0x1e, 0xff, 0x2f, 0xe1, 0x03, 0x00, 0xa0, 0xe3, 0x1e, 0xff, 0x2f, 0xe1});
    code.image.bits = 32;
    CHECK(results_of(code.image, MachineCode::kBase, 0) == "-123");
  }
  SUBCASE("RISC-V: the place of the entry is a sum; a tail call behind it is no switch") {
    // li a5,1; bltu a5,a4,3; auipc a3; addi a3,table; slli a4,2; add a4,a3; lw a4,0(a4); add a4,a3; jr a4;
    // li a0,1; ld a5,8(a3); jr a5; li a0,2; ret; li a0,3; ret; nop; (table)
    MachineCode code("riscv64",
                     {0x85, 0x47, 0x63, 0xe0, 0xe7, 0x02, 0x97, 0x06, 0x00, 0x00, 0x93, 0x86, 0x26, 0x02, 0x0a, 0x07,
                      0x36, 0x97, 0x18, 0x43, 0x36, 0x97, 0x02, 0x87, 0x05, 0x45, 0x9c, 0x66, 0x82, 0x87, 0x09, 0x45,
                      0x82, 0x80, 0x0d, 0x45, 0x82, 0x80, 0x01, 0x00, 0xf0, 0xff, 0xff, 0xff, 0xf6, 0xff, 0xff, 0xff});
    code.image.bits = 64;
    CHECK(results_of(code.image, MachineCode::kBase, 10) == "-123");
  }
}

TEST_CASE("a jump to what was simply loaded is a call, not a switch") {
  constexpr std::uint64_t kFunction = 0x100;
  const struct {
    const char* code;
    std::vector<int> bytes;
    const char* found;
  } kCases[] = {
      {"jmp rcx; mov eax,1: it may be one", {0xff, 0xe1, 0xb8, 1, 0, 0, 0, 0xc3}, "-1--"},
      {"mov rcx,[rdi+8]; jmp rcx; mov eax,1", {0x48, 0x8b, 0x4f, 8, 0xff, 0xe1, 0xb8, 1, 0, 0, 0, 0xc3}, "----"},
      {"mov rcx,[rdi+8]; mov rdx,rcx; jmp rdx; mov eax,1",
       {0x48, 0x8b, 0x4f, 8, 0x48, 0x89, 0xca, 0xff, 0xe2, 0xb8, 1, 0, 0, 0, 0xc3},
       "----"},
      {"je to the tail call; jmp rcx; mov eax,1; tail call",
       {0x74, 8, 0xff, 0xe1, 0xb8, 1, 0, 0, 0, 0xc3, 0x48, 0x8b, 0x57, 8, 0xff, 0xe2},
       "-1--"},
  };
  for (const auto& one : kCases) {
    CAPTURE(one.code);
    CodeImage builder;
    builder.put(kFunction, one.bytes).function(kFunction, kFunction + one.bytes.size());
    CHECK(results_of(builder.image(), kFunction, 0) == one.found);
  }
}
