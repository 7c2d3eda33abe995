// A place in machine code that names another place.
#pragma once

#include <cstdint>

namespace abicheck {

struct Reference {
  enum class Kind : std::uint8_t {
    kCall,
    kJump,
    kBranch,
    kLea,          // the address is formed (where it takes several instructions: by the last of them)
    kLoad,         // what lies there is loaded
    kStore,        // something is put there
    kCallThrough,  // the address to call lies there
    kJumpThrough,
  };
  std::uint64_t site = 0;  // address of the instruction
  std::uint64_t target = 0;
  Kind kind = Kind::kCall;
  bool doubtful = false;  // a load through a register that was set in front of a jump to elsewhere

  // Control goes there, as opposed to the address being taken. kLoad is counted by those who follow `mov r,[got]; call
  // r`.
  bool transfers() const { return kind == Kind::kCall || kind == Kind::kJump || kind == Kind::kBranch; }
};

}  // namespace abicheck
