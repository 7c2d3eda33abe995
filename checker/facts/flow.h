// Following the values through code: over a whole function at once, and along every way from one place.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "disasm/instruction.h"
#include "facts/values.h"

namespace abicheck {

class Code;

// What all ways through a function agree on, at each of its instructions.
class FunctionValues {
 public:
  FunctionValues(const std::vector<Instruction>& function, const Machine& machine, const BinaryImage& image);

  // In front of the instruction at `site`; nothing known where none begins there.
  Values at(std::uint64_t site) const;

 private:
  std::size_t index_of(std::uint64_t address) const;  // the size of the function when no instruction is there

  const std::vector<Instruction>& function_;
  Values nothing_;
  std::vector<bool> leader_;             // whether a block begins at an instruction
  std::map<std::size_t, Values> heads_;  // what is known at the beginning of each block that was reached
};

enum class Step { kGoOn, kStop };

// Called for every instruction on a way, with what is known in front of it. kStop ends this way.
using Visitor = std::function<Step(const Instruction&, const Values&)>;

// Every way from `start`, one after the other, through branches and jumps (into other functions too: cold parts and
// shared tails), not into calls. A way ends where it returns, jumps out of the module or repeats itself; all of them
// together after `most` instructions; they take turns, block by block. Where two ways meet, each goes on with what it
// knows, so that a value that depends on the way is known on each.
//
// A jump through a register or table ends a way, or, with kCases, goes on at every case of the switch.
enum class Switches { kEnd, kCases };
void explore(const Code& code, std::uint64_t start, const Values& known, std::size_t most, const Visitor& visit,
             Switches switches = Switches::kEnd);

}  // namespace abicheck
