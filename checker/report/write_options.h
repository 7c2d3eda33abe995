// What a writer may know beside the report itself: how the user wants it, and the few facts that model/ does not hold.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace abicheck {

struct WriteOptions {
  std::string version;  // of this program
  bool color = false;   // ANSI colours; the caller has looked at the terminal, NO_COLOR and FORCE_COLOR
  bool quiet = false;   // only what is wrong
  int verbose = 0;      // 1: every module by name; 2: the facts of every module
  int width = 0;        // columns of the terminal; 0 when the output is none, then nothing is wrapped

  // The NumPy release that a C-API number stands for ("1.19" for 0xd), from the database; may be empty.
  std::function<std::string(std::uint32_t)> release_of_api;
};

}  // namespace abicheck
