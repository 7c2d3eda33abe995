#include <doctest/doctest.h>

#include "disasm/machine_code.h"

using namespace abicheck;
using testing::MachineCode;

namespace {

constexpr std::uint64_t kBase = MachineCode::kBase;
constexpr std::uint64_t kToc = kBase + 0x2000;

MachineCode ppc64(const std::vector<int>& code) {
  return MachineCode("ppc64le", code);
}

}  // namespace

TEST_CASE("ppc64: addresses are distances from the TOC in two halves") {
  auto code = ppc64({0xff, 0xff, 0x22, 0x3d,    // addis r9,r2,-1
                     0x00, 0x00, 0x00, 0x48,    // b .
                     0x10, 0x10, 0x89, 0x38});  // addi r4,r9,0x1010
  code.image.toc = kBase + 0x12000;
  const std::vector<Reference> found = code.references();
  REQUIRE(found.size() == 2);
  CHECK(found[1].kind == Reference::Kind::kLea);
  CHECK(found[1].site == kBase + 8);
  CHECK(found[1].target == kBase + 0x3010);
  CHECK(code.run(code.nothing())[4] == Value::address(kBase + 0x3010));
}

TEST_CASE("ppc64: sums from whole addresses are not looked for behind a jump") {
  auto code = ppc64({0x10, 0x00, 0x82, 0x3b,    // addi r28,r2,16
                     0x00, 0x00, 0x00, 0x48,    // b .
                     0x20, 0x00, 0x7c, 0x38});  // addi r3,r28,32
  code.image.toc = kToc;
  const std::vector<Reference> found = code.references();
  REQUIRE(found.size() == 2);
  CHECK(found[0].target == kToc + 16);
  CHECK(found[1].kind == Reference::Kind::kJump);
}

TEST_CASE("ppc64: r2 is the TOC whatever is put into it") {
  auto code = ppc64({0x18, 0x00, 0x41, 0xe8,    // ld r2,24(r1)
                     0x08, 0x00, 0x62, 0x38});  // addi r3,r2,8
  code.image.toc = kToc;
  CHECK(code.run(code.nothing())[3] == Value::address(kToc + 8));
}

TEST_CASE("ppc64: constants") {
  auto code = ppc64({0xff, 0xff, 0xa0, 0x38,    // li r5,-1
                     0x00, 0x01, 0xc0, 0x3c,    // lis r6,0x100
                     0x09, 0x00, 0xc6, 0x60});  // ori r6,r6,9
  const Values values = code.run(code.nothing());
  CHECK(values[5] == Value::number(~std::uint64_t{0}));
  CHECK(values[6] == Value::number(0x1000009));
}

TEST_CASE("ppc64: a compare with a large number takes its upper half off first") {
  auto code = ppc64({0x00, 0x01, 0x69, 0x6c,    // xoris r9,r3,256
                     0x09, 0x00, 0x09, 0x28});  // cmplwi r9,9
  Values values = code.nothing();
  values.set(3, Value::result_of(0x1234));
  values.apply(code.at(0));
  const auto [left, right] = values.compared(code.at(4));
  CHECK(left.kind == Value::Kind::kResult);
  CHECK(left.value == 0x1234);
  CHECK(static_cast<std::int64_t>(right.value) - left.offset == 0x1000009);
}

TEST_CASE("ppc64: condition fields") {
  auto code = ppc64({0x0c, 0x00, 0x83, 0x2b,    // cmplwi cr7,r3,12
                     0x44, 0x00, 0x9d, 0x41,    // bgt cr7,.+0x44
                     0x79, 0x1b, 0x7f, 0x7c,    // mr. r31,r3
                     0x38, 0x00, 0x82, 0x41,    // beq .+0x38
                     0xc4, 0xff, 0x00, 0x42});  // bdnz .-0x3c
  CHECK(code.at(0).operation == Operation::kCompare);
  CHECK(code.at(0).flags == 7);
  CHECK(code.at(4).condition == Condition::kAbove);
  CHECK(code.at(4).flags == 7);
  CHECK(code.at(8).sets_flags);
  CHECK(code.at(8).written == 31);
  CHECK(code.at(12).condition == Condition::kEqual);
  CHECK(code.at(12).flags == 0);
  CHECK(code.at(16).condition == Condition::kOther);
}

TEST_CASE("ppc64: the local entry of a function is its global one") {
  auto code = ppc64({0x0c, 0x00, 0x4c, 0x3c,    // addis r2,r12,12
                     0x84, 0xa4, 0x42, 0x38,    // addi r2,r2,-23420
                     0x20, 0x00, 0x80, 0x4e,    // blr
                     0xfd, 0xff, 0xff, 0x4b});  // bl .-4
  CHECK(code.at(12).target == kBase);
  const std::vector<Reference> found = code.references();
  REQUIRE(found.size() == 1);
  CHECK(found[0].target == kBase);
}

TEST_CASE("ppc64: what is overwritten") {
  auto code = ppc64({0x91, 0xff, 0x21, 0xf8,    // stdu r1,-112(r1)
                     0x04, 0x00, 0x28, 0x85,    // lwzu r9,4(r8)
                     0xd0, 0x0c, 0x21, 0xf0,    // xxlxor vs1,vs1,vs1
                     0x38, 0x28, 0x83, 0x7c});  // and r3,r4,r5
  CHECK(code.at(0).adjusted == 1);
  CHECK(code.at(0).adjustment == -112);
  CHECK(code.at(4).written == 9);
  CHECK(code.at(4).adjusted == 8);
  CHECK(code.at(8).written == kNoRegister);
  CHECK(code.at(12).written == 3);
}

TEST_CASE("ppc64: the stub of an imported function") {
  auto code = ppc64({0x18, 0x00, 0x41, 0xf8,    // std r2,24(r1)
                     0x00, 0x00, 0x82, 0x3d,    // addis r12,r2,0
                     0x10, 0x00, 0x8c, 0xe9,    // ld r12,16(r12)
                     0xa6, 0x03, 0x89, 0x7d,    // mtctr r12
                     0x20, 0x04, 0x80, 0x4e});  // bctr
  code.image.toc = kToc;
  code.image.symbols = {{"PyErr_Print", 0, false, true}};
  code.image.relocations = {{kToc + 16, 0, 0}};
  const Value target = code.stub_target(0);
  CHECK(target.is_symbol());
  CHECK(target.value == kToc + 16);
}

TEST_CASE("ppc64: prefixed instructions") {
  auto code = ppc64({0x00, 0x00, 0x10, 0x06, 0x00, 0x10, 0x60, 0x38,    // pla r3,0x1000
                     0x00, 0x00, 0x10, 0x04, 0x00, 0x20, 0x80, 0xe4});  // pld r4,0x2000(pc)
  CHECK(code.at(0).size == 8);
  CHECK(code.run(code.nothing())[3] == Value::address(kBase + 0x1000));
  const std::vector<Reference> found = code.references();
  REQUIRE(found.size() == 2);
  CHECK(found[0].kind == Reference::Kind::kLea);
  CHECK(found[1].kind == Reference::Kind::kLoad);
  CHECK(found[1].target == kBase + 8 + 0x2000);
}

TEST_CASE("ppc64: pointers at small constant addresses") {
  auto code = ppc64({0x00, 0x00, 0x20, 0x39,    // li r9,0
                     0x88, 0x04, 0x89, 0xe9,    // ld r12,1160(r9)
                     0x00, 0x00, 0xc0, 0x38,    // li r6,0
                     0x10, 0x00, 0x29, 0xe9,    // ld r9,16(r9)
                     0x18, 0x00, 0x49, 0xe9,    // ld r10,24(r9): of what was read
                     0x78, 0x04, 0x40, 0xe9});  // ld r10,1144(0)
  const std::vector<Reference> found = code.null_accesses(4000);
  REQUIRE(found.size() == 3);
  CHECK(found[0].site == kBase + 4);
  CHECK(found[0].target == 1160);
  CHECK(found[1].target == 16);
  CHECK(found[2].target == 1144);
}

TEST_CASE("ppc64: loads tell where they read, whatever they fill") {
  auto code = ppc64({0x98, 0x50, 0x00, 0x7c,    // lxsiwax vs0,0,r10
                     0xea, 0x2a, 0x83, 0x7c,    // lwaux r4,r3,r5
                     0x08, 0x00, 0x03, 0xc8});  // lfd f0,8(r3)
  const Instruction word = code.at(0);
  CHECK(word.operands[1].is_memory());
  CHECK(word.operands[1].reg == kNoRegister);
  CHECK(word.operands[1].index == 10);
  CHECK(word.operands[1].width == 4);
  CHECK(word.written == kNoRegister);
  const Instruction updates = code.at(4);
  CHECK(updates.operands[1].width == 4);
  CHECK(updates.written == 4);
  CHECK(updates.also_written == 3);
  CHECK(code.at(8).operands[1].value == 8);
}
