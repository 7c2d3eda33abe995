// Writes the headers that the database has for a NumPy release, for scripts/prove_declarations.py.
//   usage: abicheck_headers RELEASE DIRECTORY
#include <filesystem>
#include <fstream>
#include <iostream>

#include "abi/generated_headers.h"

int main(int argc, char** argv) {
  if (argc != 3) return std::cerr << "usage: abicheck_headers RELEASE DIRECTORY\n", 2;
  const auto headers = abicheck::Declarations::embedded().headers_of(argv[1]);
  if (headers.empty()) return std::cerr << "the database has no headers of NumPy " << argv[1] << '\n', 1;
  for (const abicheck::GeneratedHeader& header : headers) {
    const auto path = std::filesystem::path(argv[2]) / header.path;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream out(path);
    out << header.text;
    if (!out.flush()) return std::cerr << path.string() << " cannot be written\n", 1;
  }
  return 0;
}
