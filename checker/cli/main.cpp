#include <iostream>

#include "cli/options.h"
#include "cli/run.h"

int main(int argc, char** argv) {
  auto parsed = abicheck::parse_options(argc, argv);
  if (const int* status = std::get_if<int>(&parsed)) return *status;
  return static_cast<int>(abicheck::run(std::get<abicheck::Options>(parsed), std::cin, std::cout, std::cerr));
}
