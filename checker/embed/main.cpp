// Runs while the program is built: reads abi_db/ with the reader of --db, and writes its tables as a C++ source.
//   usage: abicheck_embed tables|declarations|cython DIRECTORY OUTPUT.cpp
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "tables/read_cython.h"
#include "tables/read_declarations.h"
#include "tables/read_tables.h"

namespace {

using namespace abicheck;

// Octal escapes have an end whatever follows, unlike hexadecimal ones.
std::string escaped(char c) {
  if (c == '"' || c == '\\') return {'\\', c};
  if (c >= ' ' && c <= '~' && c != '?') return {c};
  const auto byte = static_cast<unsigned char>(c);
  const auto digit = [&](int shift) { return static_cast<char>('0' + (byte >> shift & 7)); };
  return {'\\', digit(6), digit(3), digit(0)};
}

// The pool as string literals: the compiler reads them a hundred times faster than numbers.
void write_rows(std::ostream& out, const std::vector<char>& pool, const std::string&, const std::string& name) {
  constexpr std::size_t kLine = 100;
  out << "constexpr char " << name << "[] =";
  for (std::size_t at = 0; at < pool.size() || at == 0; at += kLine) {
    out << "\n    \"";
    for (std::size_t i = at; i < pool.size() && i < at + kLine; ++i) out << escaped(pool[i]);
    out << '"';
  }
  out << ";\n";
}

// Rows are numbers of 32 bits and nothing else; the braces of what a row is made of are left out.
template <typename Row>
void write_rows(std::ostream& out, const std::vector<Row>& rows, const std::string& type, const std::string& name) {
  constexpr std::size_t kNumberBytes = 4;
  constexpr std::size_t kNumbers = sizeof(Row) / kNumberBytes;
  static_assert(std::has_unique_object_representations_v<Row> && sizeof(Row) == kNumbers * kNumberBytes);
  out << "constexpr std::array<" << type << ", " << rows.size() << "> " << name << " = {";
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::uint32_t numbers[kNumbers];
    std::memcpy(numbers, &rows[row], sizeof(Row));
    out << (row == 0 ? "{\n" : ",\n") << (kNumbers > 1 ? "{" : "");
    for (std::size_t i = 0; i < kNumbers; ++i) out << (i == 0 ? "" : ",") << numbers[i] << 'u';
    out << (kNumbers > 1 ? "}" : "");
  }
  out << (rows.empty() ? "};\n" : "}};\n");
}

// `what`: the function embedded_WHAT() of abi/embedded_WHAT.h.
void write_source(std::ostream& out, const OwnedTables& tables, const std::string& what) {
  out << "// Generated from abi_db/ by checker/embed/; do not edit.\n"
         "#include \"abi/embedded_"
      << what
      << ".h\"\n\n#include <array>\n\n"
         "#pragma GCC diagnostic ignored \"-Wmissing-braces\"\n\nnamespace abicheck {\nnamespace {\n\n";
  std::string spans;
  for_each_table(tables, [&](const auto& table, const std::string& type, const std::string& member) {
    const std::string name = member + "_rows";
    write_rows(out, table, type, name);
    const std::string span = type == "char" ? "{" + name + ", sizeof " + name + " - 1}" : name;
    spans += "  tables." + member + " = " + span + ";\n";
  });
  // Assignments, since an initialiser as a whole would become a block of pointers that the loader has to relocate.
  out << "\n}  // namespace\n\nDatabaseTables embedded_" << what << "() {\n  DatabaseTables tables;\n"
      << spans << "  return tables;\n}\n\n}  // namespace abicheck\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 4 ? argv[1] : "";
  if (what != "tables" && what != "declarations" && what != "cython")
    return std::cerr << "usage: abicheck_embed tables|declarations|cython DIRECTORY OUTPUT.cpp\n", 2;
  const std::string directory = argv[2];
  const auto tables = what == "tables"   ? read_tables(directory)
                      : what == "cython" ? read_cython(directory)
                                         : read_declarations(directory);
  if (!tables) return std::cerr << tables.error().where << ": " << tables.error().message << '\n', 1;
  std::ofstream out(argv[3]);
  write_source(out, *tables, what);
  if (!out.flush()) return std::cerr << argv[3] << " cannot be written\n", 1;
  return 0;
}
