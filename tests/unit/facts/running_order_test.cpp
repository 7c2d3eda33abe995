#include "facts/running_order.h"

#include <doctest/doctest.h>

#include "facts/code_image.h"

using namespace abicheck;
using abicheck::testing::CodeImage;

TEST_CASE("what runs before has the smaller number, wherever it stands") {
  constexpr std::uint64_t kFunction = 0x100;
  CodeImage builder;
  builder.function(kFunction, kFunction + 0x40);
  // 0: je +0x20; 2: nop (A); 3: ret;  0x22: nop (B); 0x23: jmp back to A
  builder.put(kFunction, {0x74, 0x20, 0x90, 0xc3}).put(kFunction + 0x22, {0x90, 0xeb, 0xdd});
  Disassembler disassembler;
  const Code code(builder.image(), disassembler);
  auto order = running_order(code, {kFunction, kFunction + 0x40});
  CHECK(order.size() == 5);
  CHECK(order[kFunction] < order[kFunction + 0x22]);
  CHECK(order[kFunction + 0x22] < order[kFunction + 0x23]);
  CHECK(order[kFunction + 0x23] < order[kFunction + 2]);
  CHECK(order[kFunction + 2] < order[kFunction + 3]);
  CHECK(order.count(kFunction + 0x30) == 0);  // nothing leads there
}
