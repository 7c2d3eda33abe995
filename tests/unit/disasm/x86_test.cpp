#include "disasm/x86.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "disasm/machine_code.h"

using namespace abicheck;
using abicheck::testing::MachineCode;

namespace {

std::vector<Reference> references_into(const BinaryImage& image, std::uint64_t low, std::uint64_t high) {
  std::vector<Reference> found;
  architecture_of(image)->find_references(image, image.code.front(), low, high, found);
  return found;
}

}  // namespace

TEST_CASE("x86: what refers to a part of a module is found as among all references") {
  std::mt19937 random(1);
  const auto pick = [&](std::uint64_t below) {
    return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(random);
  };
  const std::vector<std::vector<int>> opcodes = {{0xe8},       {0xe9}, {0x0f, 0x84}, {0x48, 0x8d, 0x05},
                                                 {0x8b, 0x0d}, {0xa1}};
  // As distances some thousand bytes to and fro, as addresses places in the code.
  const auto some_code = [&](bool distances) {
    std::vector<int> bytes;
    while (bytes.size() < 1200) {
      for (std::uint64_t noise = pick(4); noise > 0; --noise) bytes.push_back(static_cast<int>(pick(256)));
      const std::vector<int>& opcode = opcodes[pick(opcodes.size())];
      bytes.insert(bytes.end(), opcode.begin(), opcode.end());
      const std::uint64_t word = distances ? pick(0x2000) - 0x1000 : MachineCode::kBase + pick(0x2000);
      for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<int>(word >> 8 * i & 0xff));
    }
    return bytes;
  };
  for (const std::string arch : {"x86_64", "i686"}) {
    std::size_t hits = 0;
    for (int round = 0; round < 20; ++round) {
      MachineCode code(arch, some_code(round % 2 == 0));
      if (arch == "i686") code.image.bits = 32;
      const std::vector<Reference> all = code.references();
      for (int window = 0; window < 100; ++window) {
        const std::uint64_t low = MachineCode::kBase - 0x1000 + pick(0x3000);
        const std::uint64_t high = low + 1 + pick(pick(2) == 0 ? 8 : 0x400);
        const std::vector<Reference> found = references_into(code.image, low, high);
        const auto inside = [&](const Reference& one) { return one.target >= low && one.target < high; };
        REQUIRE(static_cast<std::ptrdiff_t>(found.size()) == std::count_if(all.begin(), all.end(), inside));
        REQUIRE(std::all_of(found.begin(), found.end(), inside));
        hits += found.size();
      }
    }
    CHECK(hits > 1000);
  }
}

TEST_CASE("x86: what is overwritten beside the first operand") {
  MachineCode code("x86_64", {0xc4, 0xe2, 0xe3, 0xf6, 0xc8,        // mulx rcx,rbx,rax
                              0x66, 0x0f, 0x3a, 0x63, 0xc1, 0x00,  // pcmpistri xmm0,xmm1,0
                              0x9d});                              // popfq
  CHECK(code.at(0).written == x86::rcx);
  CHECK((code.at(0).written_set >> x86::rbx & 1) == 1);
  CHECK(code.at(5).written_set == 1u << x86::rcx);
  CHECK(code.at(5).operation == Operation::kTest);
  CHECK(code.at(11).operation == Operation::kPop);
  CHECK(code.at(11).adjusted == x86::rsp);
  CHECK(code.at(11).adjustment == 8);
}
