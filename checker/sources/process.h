// abicheck-sources, the program beside this one that holds the compiler: a question to its standard input, the answer
// from its standard output.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace abicheck {

// Why there is no such program; empty when there is one.
std::optional<Error> scanner_problem();

struct Conversation {
  std::string answer;
  std::string end;  // how it ended, in words: "it took too long"
};

// Empty when it could not be started. `texts` is a file that it gets as kTextsDescriptor, -1 for none. May be called by
// several threads at a time.
std::optional<Conversation> ask_scanner(const std::vector<std::string>& arguments, const std::string& question,
                                        int texts = -1);

}  // namespace abicheck
