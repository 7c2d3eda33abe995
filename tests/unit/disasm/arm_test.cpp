#include <doctest/doctest.h>

#include "unit/disasm/machine_code.h"

using namespace abicheck;
using abicheck::testing::MachineCode;

namespace {

constexpr std::uint64_t kBase = MachineCode::kBase;

MachineCode arm(const std::vector<int>& code) {
  return MachineCode("armv7l", code);
}

}  // namespace

TEST_CASE("arm: what a return that is not taken would have loaded") {
  auto code = arm({0x07, 0x50, 0xa0, 0xe3,    // mov r5,7
                   0x70, 0x80, 0xbd, 0x08});  // popeq {r4,r5,r6,pc}
  CHECK(code.at(4).operation == Operation::kBranch);
  CHECK(code.run(code.nothing())[5] == Value::number(7));
}

TEST_CASE("arm: the program counter that a number is added to is no address of code") {
  auto code = arm({0x00, 0x00, 0x50, 0xe3,    // cmp r0,0
                   0x02, 0x00, 0x00, 0x0a,    // beq 0x14
                   0x0c, 0x10, 0x9f, 0xe5,    // ldr r1,[pc,12]
                   0x01, 0x10, 0x8f, 0xe0,    // add r1,pc,r1: pc is 0x14
                   0x00, 0x00, 0x00, 0xea,    // b 0x18
                   0x01, 0x00, 0xa0, 0xe3,    // mov r0,1
                   0x1e, 0xff, 0x2f, 0xe1,    // bx lr
                   0x00, 0x10, 0x00, 0x00});  // (the number)
  Disassembler disassembler;
  const Code all(code.image, disassembler);
  REQUIRE(all.function_at(kBase + 0x14) != nullptr);
  CHECK(all.function_at(kBase + 0x14)->begin == kBase);
}

TEST_CASE("arm: a function behind Thumb code, which does not end where ARM code would") {
  auto code = arm({0x9c, 0xe7, 0x00, 0xbf,    // Thumb: b; nop; as ARM code svclt
                   0x01, 0x00, 0xa0, 0xe3,    // mov r0,1
                   0x1e, 0xff, 0x2f, 0xe1});  // bx lr
  const auto begin = [&] {
    Disassembler disassembler;
    const Code all(code.image, disassembler);
    const FunctionRange* found = all.function_at(kBase + 8);
    return found == nullptr ? 0 : found->begin - kBase;
  };
  code.image.relocations = {{0x100, kBase + 4, std::nullopt}};
  CHECK(begin() == 0);
  code.image.relocations.push_back({0x104, kBase + 1, std::nullopt});
  CHECK(begin() == 4);
}

TEST_CASE("arm: products and sums of differences, whose first operand stands where others have the third") {
  auto code = arm({0x9c, 0xa4, 0x48, 0xe0,    // umaal r10,r8,r12,r4
                   0x14, 0xfd, 0x84, 0xe7});  // usad8 r4,r4,sp
  CHECK(code.at(0).written == 10);
  CHECK(code.at(0).also_written == 8);
  CHECK(code.at(4).operation == Operation::kOther);
  CHECK(code.at(4).written == 4);
}
