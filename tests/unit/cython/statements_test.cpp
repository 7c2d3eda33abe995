#include "cython/statements.h"

#include <doctest/doctest.h>

#include <string>

namespace abicheck {
namespace {

// One line a statement: its indent, then its tokens, then ':' when it opens a block.
std::string shown(std::string_view text) {
  std::string out;
  for (const CythonStatement& statement : read_statements(text).statements) {
    out += std::to_string(statement.indent);
    for (const CythonToken& token : statement.tokens) out += " " + std::string(token.text);
    out += statement.opens_block ? " :\n" : "\n";
  }
  return out;
}

TEST_CASE("comments, strings and continued lines") {
  CHECK(shown("a # b\n\n  # c\nd\n") == "0 a\n0 d\n");
  CHECK(shown("a = 'x # y' + \"z\"\n") == "0 a = x # y + z\n");
  CHECK(shown("a = b\\\n    + c\nd") == "0 a = b + c\n0 d\n");
  CHECK(shown("f(a,  # one\n  b,\n\n c)\nd\n") == "0 f ( a , b , c )\n0 d\n");
  CHECK(shown("'''x\n# y\n''' + z\r\nd\r\n") == "0 x\n# y\n + z\n0 d\n");
  CHECK(shown("rb'a\\'b' u\"\" b''\n") == "0 a\\'b  \n");
  CHECK(shown("a = 1.5e-3 + .5 + 0x1F\n") == "0 a = 1.5e-3 + .5 + 0x1F\n");
}

TEST_CASE("blocks, and statements that share a line") {
  CHECK(shown("if a:\n    b\n\tc\nelse: d; e\nf\n") == "0 if a :\n4 b\n8 c\n0 else :\n1 d\n1 e\n0 f\n");
  CHECK(shown("with nogil: x = 1\n") == "0 with nogil :\n1 x = 1\n");
  CHECK(shown("cdef extern from \"a.h\": void f()\n") == "0 cdef extern from a.h :\n1 void f ( )\n");
  CHECK(shown("x: int = 3\n") == "0 x : int = 3\n");
  CHECK(shown("cdef int[:, ::1] a\n") == "0 cdef int [ : , : : 1 ] a\n");
  CHECK(shown("if (lambda: 1)(): pass\n").find("0 if") == 0);
}

TEST_CASE("places are of the first byte, in lines of the text") {
  const CythonText text = read_statements(
      "\xef\xbb\xbf"
      "a\n'''\n'''; b\n  \t c d\n");
  CHECK(text.statements[0].tokens[0].column == 1);
  CHECK(text.statements[1].tokens[0].line == 2);
  CHECK(text.statements[2].tokens[0].line == 3);
  CHECK(text.statements[2].tokens[0].column == 6);
  CHECK(text.statements[3].indent == 9);
  CHECK(text.statements[3].tokens[1].line == 4);
  CHECK(text.statements[3].tokens[1].column == 7);
}

TEST_CASE("text that is no Cython ends all the same") {
  CHECK(read_statements("a = 'x\nb").unended_string == 1);
  CHECK(shown("a = 'x\nb") == "0 a = x\n0 b\n");
  CHECK(read_statements("a\n\"\"\"x\ny").unended_string == 2);
  CHECK(read_statements("'\\").unended_string == 1);
  CHECK(shown(")]}:;;\n") == "0 ) ] } :\n");
  CHECK(shown(std::string_view("a\0b", 3)) == "0 a b\n");
  CHECK(shown(std::string(100000, '(') + "\na\n").size() > 100000);
  CHECK(shown("\\").empty());
  CHECK(shown(":").empty());
  for (int c = 0; c < 256; ++c) {
    const std::string text{'a', static_cast<char>(c), static_cast<char>(c), '\n'};
    CHECK(read_statements(text).statements.size() >= 1);
  }
}

}  // namespace
}  // namespace abicheck
