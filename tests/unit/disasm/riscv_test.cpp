#include <doctest/doctest.h>

#include "disasm/machine_code.h"

using namespace abicheck;
using testing::MachineCode;

namespace {

constexpr std::uint64_t kBase = MachineCode::kBase;
constexpr Register kA0 = 10;

MachineCode riscv(const std::vector<int>& code) {
  return MachineCode("riscv64", code);
}

}  // namespace

TEST_CASE("riscv: an address in two halves, of which the upper is none by itself") {
  auto code = riscv({0x97, 0x15, 0x00, 0x00,  // auipc a1,1
                     0xe1, 0x15});            // addi a1,a1,-8
  CHECK(code.at(0).operation == Operation::kPage);
  CHECK(code.run(code.nothing())[kA0 + 1] == Value::address(kBase + 0xff8));
  const std::vector<Reference> found = code.references();
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Reference::Kind::kLea);
  CHECK(found[0].site == kBase + 4);
  CHECK(found[0].target == kBase + 0xff8);
}

TEST_CASE("riscv: constants") {
  auto code = riscv({0x35, 0x46,              // li a2,13
                     0xb7, 0x07, 0x00, 0x01,  // lui a5,0x1000
                     0xa5, 0x27});            // addiw a5,a5,9
  const Values values = code.run(code.nothing());
  CHECK(values.argument(2) == Value::number(13));
  CHECK(values.argument(5) == Value::number(0x1000009));
}

TEST_CASE("riscv: branches compare") {
  auto code = riscv({0xe3, 0x19, 0xf5, 0xfe,  // bne a0,a5,.-14
                     0xe3, 0x55, 0xa0, 0xfe,  // bge zero,a0,.-22
                     0x6d, 0xd1});            // beqz a0,.-30
  CHECK(code.at(0).compares());
  CHECK(code.at(0).condition == Condition::kNotEqual);
  CHECK(code.at(0).operands[1].reg == kA0 + 5);
  CHECK(code.at(0).target == kBase - 14);
  CHECK(code.at(4).condition == Condition::kBelowEqual);  // of a0 with 0
  CHECK(code.at(4).operands[0].reg == kA0);
  CHECK(code.at(4).operands[1].is_immediate());
  CHECK(code.at(8).condition == Condition::kEqual);
  CHECK(code.at(8).operands[1].value == 0);
}

TEST_CASE("riscv: the lower half of a result is the result") {
  auto code = riscv({0x9b, 0x06, 0x05, 0x00});  // sext.w a3,a0
  Values values = code.nothing();
  values.set(kA0, Value::result_of(0x1234));
  CHECK(code.run(values)[kA0 + 3] == Value::result_of(0x1234));
}

TEST_CASE("riscv: compressed instructions that use the stack") {
  auto code = riscv({0x3d, 0x71,    // addi sp,sp,-32
                     0x22, 0xe8,    // sd s0,16(sp)
                     0xa2, 0x60});  // ld ra,8(sp)
  CHECK(code.at(0).written == 2);
  CHECK(code.at(0).operands[1].value == -32);
  CHECK(code.at(2).operands[0].value == 16);
  CHECK(code.at(2).operands[1].reg == 8);
  CHECK(code.at(4).written == 1);
  CHECK(code.at(4).operands[1].value == 8);
}

TEST_CASE("riscv: calls, jumps and returns") {
  auto code = riscv({0x82, 0x97,                                        // jalr a5
                     0x82, 0x87,                                        // jr a5
                     0x82, 0x80,                                        // ret
                     0xef, 0xf0, 0x3f, 0xfd,                            // jal ra,.-0x2e
                     0xef, 0xf2, 0xff, 0xfc,                            // jal t0,.-0x32
                     0x97, 0x10, 0x00, 0x00, 0xe7, 0x80, 0x00, 0x01});  // call .+0x1010
  CHECK(code.at(0).operation == Operation::kCall);
  CHECK(code.at(0).operands[0].reg == kA0 + 5);
  CHECK(code.at(2).operation == Operation::kJump);
  CHECK(code.at(4).operation == Operation::kReturn);
  CHECK(code.at(6).operation == Operation::kCall);
  CHECK(code.at(6).target == kBase + 6 - 0x2e);
  CHECK(code.at(10).operation == Operation::kOther);  // saves registers, hands nothing over
  CHECK(code.at(18).target == kBase + 14 + 0x1010);
  const std::vector<Reference> found = code.references();
  REQUIRE(found.size() == 3);
  CHECK(found[2].kind == Reference::Kind::kCall);
  CHECK(found[2].site == kBase + 18);
}

TEST_CASE("riscv: what is overwritten") {
  auto code = riscv({0x53, 0x75, 0xb5, 0x02,    // fadd.d fa0,fa0,fa1
                     0x53, 0x25, 0xb5, 0xa2,    // feq.d a0,fa0,fa1
                     0xd7, 0x72, 0x05, 0x0d});  // vsetvli t0,a0,e32,m1,ta,ma, which Capstone does not know
  CHECK(code.at(0).written == kNoRegister);
  CHECK(code.at(4).written == kA0);
  CHECK(code.at(8).size == 4);
  CHECK(code.at(8).written == 5);
}

TEST_CASE("riscv: the stub of an imported function") {
  auto code = riscv({0x17, 0x2e, 0x00, 0x00,    // auipc t3,2
                     0x03, 0x3e, 0x0e, 0x98,    // ld t3,-1664(t3)
                     0x67, 0x03, 0x0e, 0x00});  // jalr t1,t3
  code.image.symbols = {{"PyErr_Print", 0, false, true}};
  code.image.relocations = {{kBase + 0x2000 - 1664, 0, 0}};
  const Value target = code.stub_target(0);
  CHECK(target.is_symbol());
  CHECK(target.value == kBase + 0x2000 - 1664);
}

TEST_CASE("riscv: a load through an address that was formed in front of a return") {
  std::vector<int> bytes = {0x17, 0x29, 0x00, 0x00,  // auipc s2,2
                            0x41, 0x09,              // addi s2,s2,16
                            0x83, 0x37, 0x89, 0x01,  // ld a5,24(s2)
                            0x99, 0xc3,              // beqz a5,0x10
                            0x42, 0x69,              // ld s2,16(sp)
                            0x82, 0x80,              // ret
                            0x83, 0x37, 0x89, 0x01,  // ld a5,24(s2)
                            0x82, 0x80};             // ret
  constexpr std::uint64_t kLoaded = kBase + 0x2000 + 16 + 24;
  const auto sites = [&] {
    auto code = riscv(bytes);
    Disassembler disassembler;
    std::vector<std::uint64_t> found;
    for (const Reference& one : Code(code.image, disassembler).references_to({kLoaded}))
      found.push_back(one.site - kBase);
    return found;
  };
  CHECK(sites() == std::vector<std::uint64_t>{6, 16});
  bytes[10] = 0x01;  // nop: nothing leads behind the return
  bytes[11] = 0x00;
  CHECK(sites() == std::vector<std::uint64_t>{6});
}

TEST_CASE("riscv: pointers at small constant addresses") {
  auto code = riscv({0x83, 0x37, 0x80, 0x48,    // ld a5,1160(zero)
                     0x81, 0x47,                // li a5,0
                     0x03, 0xb7, 0x87, 0x44,    // ld a4,1096(a5)
                     0x90, 0x6b,                // ld a2,16(a5)
                     0x9c, 0x63,                // ld a5,0(a5)
                     0x83, 0xb7, 0x07, 0x45});  // ld a5,1104(a5): of what was read
  const std::vector<Reference> found = code.null_accesses(4000);
  REQUIRE(found.size() == 4);
  CHECK(found[0].target == 1160);
  CHECK(found[1].target == 1096);
  CHECK(found[1].site == kBase + 6);
  CHECK(found[2].target == 16);
  CHECK(found[3].target == 0);
  CHECK(code.null_accesses(1100).size() == 3);
}
