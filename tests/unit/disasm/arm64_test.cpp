#include <doctest/doctest.h>

#include "disasm/machine_code.h"

using namespace abicheck;
using testing::MachineCode;

TEST_CASE("arm64: pointers at small constant addresses") {
  MachineCode code("aarch64", {0x00, 0x00, 0x80, 0xd2,    // mov x0,#0
                               0x03, 0x24, 0x42, 0xf9,    // ldr x3,[x0,#1096]
                               0x02, 0x08, 0x40, 0xf9,    // ldr x2,[x0,#16]
                               0x00, 0x0c, 0x40, 0xf9,    // ldr x0,[x0,#24]
                               0x02, 0x10, 0x40, 0xf9});  // ldr x2,[x0,#32]: of what was read
  const std::vector<Reference> found = code.null_accesses(4000);
  REQUIRE(found.size() == 3);
  CHECK(found[0].target == 1096);
  CHECK(found[1].target == 16);
  CHECK(found[2].target == 24);
}

TEST_CASE("arm64: loads of vectors tell where they read, and stores where they write") {
  MachineCode code("aarch64", {0x00, 0x20, 0x40, 0xbd,    // ldr s0,[x0,#32]
                               0x00, 0xc8, 0x40, 0x0d,    // ld1r {v0.2s},[x0]
                               0x00, 0x84, 0xdf, 0x4d,    // ld1 {v0.d}[1],[x0],#8
                               0x00, 0x70, 0x00, 0x4c});  // st1 {v0.16b},[x0]
  CHECK(code.at(0).operands[1].value == 32);
  CHECK(code.at(0).operands[1].width == 4);
  CHECK(code.at(4).operands[1].width == 4);
  CHECK(code.at(4).clobbers_vectors);
  CHECK(code.at(8).operands[1].width == 8);
  CHECK(code.at(8).written == 0);
  CHECK(code.at(12).operands[0].is_memory());
  CHECK(code.at(12).clobbers_memory);
}

TEST_CASE("arm64: words that go through vector registers") {
  using From = Lane::From;
  const auto lanes = [](const std::vector<int>& bytes) {
    const Instruction one = MachineCode("aarch64", bytes).at(0);
    return std::array{one.lanes[0].from, one.lanes[1].from};
  };
  using Lanes = std::array<From, 2>;
  CHECK(lanes({0x20, 0x00, 0xc0, 0x3d}) == Lanes{From::kMemory, From::kMemoryNext});  // ldr q0,[x1]
  CHECK(lanes({0x20, 0x00, 0x40, 0xfd}) == Lanes{From::kMemory, From::kZero});        // ldr d0,[x1]
  CHECK(lanes({0x00, 0x00, 0x67, 0x9e}) == Lanes{From::kGeneral, From::kZero});       // fmov d0,x0
  CHECK(lanes({0x20, 0x1c, 0x18, 0x4e}) == Lanes{From::kLow, From::kGeneral});        // mov v0.d[1],x1
  CHECK(lanes({0x00, 0xe4, 0x00, 0x6f}) == Lanes{From::kZero, From::kZero});          // movi v0.2d,#0
  CHECK(lanes({0x20, 0xe4, 0x00, 0x6f}) == Lanes{From::kUnknown, From::kUnknown});    // movi v0.2d,#0xff
  CHECK(lanes({0x00, 0xc4, 0x00, 0x4f}) == Lanes{From::kUnknown, From::kUnknown});    // movi v0.4s,#0,msl #8: 0xff
  CHECK(lanes({0x20, 0x00, 0x66, 0x9e}) == Lanes{From::kLow, From::kZero});           // fmov x0,d1
  CHECK(MachineCode("aarch64", {0x20, 0x00, 0x66, 0x9e}).at(0).written == 0);
  CHECK(MachineCode("aarch64", {0x20, 0x00, 0x78, 0x9e}).at(0).written == 0);  // fcvtzs x0,d1
  CHECK(MachineCode("aarch64", {0x20, 0x00, 0x78, 0x9e}).at(0).vector == kNoRegister);
}
