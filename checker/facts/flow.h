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
  // `returns` says of a call whether it comes back: a way ends at one that does not. With `code`, the cases of switches
  // are ways too.
  FunctionValues(const std::vector<Instruction>& function, const Machine& machine, const BinaryImage& image,
                 const std::function<bool(const Instruction&)>& returns, const class Code* code = nullptr);

  // In front of the instruction at `site`; nothing known where none begins there.
  Values at(std::uint64_t site) const;

  // Every instruction that some way leads to, in order, with what is known in front of it.
  void each(const std::function<void(const Instruction&, const Values&)>& visit) const;

  // The same on each way into the block of `site` apart, for what the ways do not agree on.
  std::vector<Values> on_ways_to(std::uint64_t site) const;

 private:
  std::size_t head_of(std::size_t index) const;       // where the block begins that holds an instruction
  std::size_t index_of(std::uint64_t address) const;  // the size of the function when no instruction is there

  const std::vector<Instruction>& function_;
  Values nothing_;
  std::vector<bool> leader_;             // whether a block begins at an instruction
  std::vector<bool> last_;               // whether nothing goes on behind an instruction
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
