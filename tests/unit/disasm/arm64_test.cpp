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
