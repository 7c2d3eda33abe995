#include <doctest/doctest.h>

#include "disasm/machine_code.h"

using namespace abicheck;
using testing::MachineCode;

namespace {

constexpr std::uint64_t kBase = MachineCode::kBase;

MachineCode s390x(const std::vector<int>& code) {
  return MachineCode("s390x", code);
}

}  // namespace

TEST_CASE("s390x: ltgr tests the copy it makes, or the register itself") {
  auto code = s390x({0xb9, 0x02, 0x00, 0xb2,    // ltgr %r11,%r2
                     0xb9, 0x02, 0x00, 0x22});  // ltgr %r2,%r2
  const Instruction copy = code.at(0);
  CHECK(copy.operation == Operation::kMove);
  CHECK(copy.written == 11);
  CHECK(copy.sets_flags);
  Values values = code.nothing();
  values.set(2, Value::result_of(0x1234));
  CHECK(values.compared(copy).left == Value::result_of(0x1234));
  CHECK(values.compared(copy).right == Value::number(0));
  const Instruction test = code.at(4);
  CHECK(test.operation == Operation::kCompare);
  CHECK(test.written == kNoRegister);
}

TEST_CASE("s390x: compares and the masks of their branches") {
  auto code = s390x({0xc2, 0x2f, 0x02, 0x00, 0x00, 0x00,    // clfi %r2,0x2000000
                     0xa7, 0x24, 0x00, 0x16,                // jh .+0x2c
                     0xec, 0x26, 0x00, 0x14, 0x01, 0x7e});  // cijne %r2,1,.+0x28
  CHECK(code.at(0).operation == Operation::kCompare);
  CHECK(code.at(0).operands[1].value == 0x2000000);
  CHECK(code.at(6).operation == Operation::kBranch);
  CHECK(code.at(6).condition == Condition::kAbove);
  CHECK(code.at(6).target == kBase + 6 + 0x2c);
  const Instruction fused = code.at(10);
  CHECK(fused.compares());
  CHECK(fused.condition == Condition::kNotEqual);
  CHECK(fused.operands[0].reg == 2);
  CHECK(fused.operands[1].value == 1);
  CHECK(fused.target == kBase + 10 + 0x28);
}

TEST_CASE("s390x: what is overwritten") {
  auto code = s390x({0xeb, 0x6f, 0xf0, 0x30, 0x00, 0x04,    // lmg %r6,%r15,48(%r15)
                     0xb9, 0x87, 0x00, 0x42,                // dlgr %r4,%r2
                     0xe7, 0x00, 0x20, 0x00, 0x30, 0x0e});  // vst %v0,0(%r2),3
  CHECK(code.at(0).written_set == 0xffc0);
  CHECK(code.at(6).written == 4);
  CHECK(code.at(6).also_written == 5);
  CHECK(code.at(10).size == 6);  // Capstone does not know the form with a hint
  CHECK(code.at(10).written == kNoRegister);
  CHECK(code.all().size() == 3);
}

TEST_CASE("s390x: constants and stack arguments") {
  auto code = s390x({0xc0, 0x49, 0x01, 0x00, 0x00, 0x09,    // iilf %r4,0x1000009
                     0xe5, 0x48, 0xf0, 0xa0, 0x00, 0x02});  // mvghi 160(%r15),2
  const Values values = code.run(code.nothing());
  CHECK(values.argument(2) == Value::number(0x1000009));
  CHECK(values.argument(5) == Value::number(2));
}

TEST_CASE("s390x: a part of a number is not its beginning in memory") {
  auto code = s390x({0xe5, 0x48, 0xf0, 0xa0, 0x00, 0x02,    // mvghi 160(%r15),2
                     0x58, 0x30, 0xf0, 0xa0,                // l %r3,160(%r15)
                     0xe5, 0x4c, 0xf0, 0xa4, 0x00, 0x05});  // mvhi 164(%r15),5
  const Values values = code.run(code.nothing());
  CHECK_FALSE(values[3].known());
  CHECK_FALSE(values.argument(5).known());  // the store overlaps
}

TEST_CASE("s390x: calls, jumps and returns through registers") {
  auto code = s390x({0x0d, 0xe1,    // basr %r14,%r1
                     0x07, 0xfe,    // br %r14
                     0x07, 0xf1,    // br %r1
                     0x07, 0x8e,    // ber %r14
                     0x07, 0x07});  // nopr %r7
  CHECK(code.at(0).operation == Operation::kCall);
  CHECK(code.at(0).operands[0].reg == 1);
  CHECK(code.at(2).operation == Operation::kReturn);
  CHECK(code.at(4).operation == Operation::kJump);
  CHECK(code.at(6).operation == Operation::kBranch);
  CHECK(code.at(8).operation == Operation::kOther);
}

TEST_CASE("s390x: references, and the stub of an imported function") {
  auto code = s390x({0xc0, 0xe5, 0x00, 0x00, 0x00, 0x80,    // brasl %r14,.+0x100
                     0xc0, 0x10, 0x00, 0x00, 0x01, 0x00,    // larl %r1,.+0x200
                     0xe3, 0x10, 0x10, 0x08, 0x00, 0x04,    // lg %r1,8(%r1)
                     0x07, 0xf1,                            // br %r1
                     0xc4, 0x18, 0x00, 0x00, 0x01, 0x80});  // lgrl %r1,.+0x300
  const std::vector<Reference> found = code.references();
  REQUIRE(found.size() == 4);
  CHECK(found[0].kind == Reference::Kind::kCall);
  CHECK(found[0].target == kBase + 0x100);
  CHECK(found[1].kind == Reference::Kind::kLea);
  CHECK(found[1].target == kBase + 6 + 0x200);
  CHECK(found[2].kind == Reference::Kind::kLoad);
  CHECK(found[2].site == kBase + 12);
  CHECK(found[2].target == kBase + 6 + 0x208);
  CHECK(found[3].kind == Reference::Kind::kLoad);
  CHECK(found[3].target == kBase + 20 + 0x300);

  code.image.symbols = {{"PyErr_Print", 0, false, true}};
  code.image.relocations = {{kBase + 0x20e, 0, 0}};
  const Value target = code.stub_target(6);
  CHECK(target.is_symbol());
  CHECK(target.value == kBase + 0x20e);
}

TEST_CASE("s390x: a jump into itself is a trap") {
  MachineCode code = s390x({0xa7, 0xf4, 0, 1,    // j .+2
                            0xa7, 0xf4, 0, 2});  // j .+4
  CHECK(code.at(0).operation == Operation::kTrap);
  CHECK(code.at(0).target == 0);
  CHECK(code.at(4).operation == Operation::kJump);
}
