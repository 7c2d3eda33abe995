// Which functions of a module call and jump into which, as far as they do so directly.
#pragma once

#include <cstdint>
#include <vector>

#include "facts/code.h"

namespace abicheck {

class CallGraph {
 public:
  explicit CallGraph(const Code& code);

  // The beginnings of the functions that call `function`, or jump to its beginning; without itself.
  std::vector<std::uint64_t> callers_of(std::uint64_t function) const;
  // The beginnings of those that it calls or jumps to.
  std::vector<std::uint64_t> callees_of(const FunctionRange& function) const;
  // Whether anything calls it: what is only jumped to is a part of another function.
  bool is_called(std::uint64_t function) const;

 private:
  struct Edge {
    std::uint64_t site;
    std::uint64_t target;
    bool calls;
  };
  const Code& code_;
  std::vector<Edge> by_target_;
  std::vector<Edge> by_site_;
};

}  // namespace abicheck
