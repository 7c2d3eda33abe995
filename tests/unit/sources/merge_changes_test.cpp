#include "sources/merge_changes.h"

#include <doctest/doctest.h>

using namespace abicheck;

namespace {

SourceEdit edit(unsigned line, unsigned begin, unsigned end, const std::string& text) {
  return {{"a.c", line, begin}, {"a.c", line, end}, text};
}

// NAME(base), of a member behind the base in the first line; columns are 1-based.
SourceChange call(const std::string& name, unsigned base, unsigned base_end, unsigned end) {
  return {edit(1, base, base, name + "("), edit(1, base_end, end, ")")};
}

std::string merged(const std::string& text, const std::vector<ChangeGroup>& groups) {
  return with_edits(text, merge_changes(text, groups).edits);
}

}  // namespace

TEST_CASE("a change inside of another one is done inside") {
  // a->descr->elsize
  const ChangeGroup outer{{call("ELSIZE", 1, 9, 17)}, {}};
  const ChangeGroup inner{{call("DESCR", 1, 2, 9)}, {}};
  CHECK(merged("a->descr->elsize", {outer, inner}) == "ELSIZE(DESCR(a))");
  CHECK(merged("a->descr->elsize", {inner, outer}) == "ELSIZE(DESCR(a))");
}

TEST_CASE("the same name twice at one place is two changes, the same change said twice is one") {
  // d->s->b->s
  const ChangeGroup outer{{call("S", 1, 8, 11)}, {}};
  const ChangeGroup inner{{call("S", 1, 2, 5)}, {}};
  CHECK(merged("d->s->b->s", {outer, inner}) == "S(S(d)->b)");
  CHECK(merged("d->s->b->s", {outer, inner, outer, inner}) == "S(S(d)->b)");
}

TEST_CASE("a value that is set can be changed too, up to the same end") {
  // d->n = e->n;
  const ChangeGroup set{{{edit(1, 1, 1, "SET("), edit(1, 2, 8, ", "), edit(1, 12, 12, ")")}}, {}};
  const ChangeGroup read{{call("N", 8, 9, 12)}, {}};
  CHECK(merged("d->n = e->n;", {set, read}) == "SET(d, N(e));");
  CHECK(merged("d->n = e->n;", {read, set}) == "SET(d, N(e));");
}

TEST_CASE("of changes that exclude each other the first is done, and of a group all or nothing") {
  const ChangeGroup one{{{edit(1, 1, 4, "x")}}, {}};
  const ChangeGroup crossing{{{edit(1, 3, 6, "y")}, {edit(1, 7, 8, "z")}}, {}};
  const MergedChanges both = merge_changes("abcdefgh", {one, crossing});
  CHECK(both.applied == std::vector<bool>{true, false});
  CHECK(with_edits("abcdefgh", both.edits) == "xdefgh");
  const ChangeGroup within{{{edit(1, 2, 2, "(")}}, {}};
  CHECK(merge_changes("abcdefgh", {one, within}).applied == std::vector<bool>{true, false});
}

TEST_CASE("places that the text does not have are left alone") {
  const ChangeGroup below{{{edit(3, 1, 2, "x")}}, {}};
  const ChangeGroup behind{{{edit(1, 1, 9, "x")}}, {}};
  const MergedChanges merged = merge_changes("ab\n", {below, behind});
  CHECK(merged.applied == std::vector<bool>{false, false});
  CHECK(merged.edits.empty());
}

TEST_CASE("what changes need is put together once, as the text ends its lines, without what it has") {
  const ChangeGroup one{{{edit(2, 1, 2, "x")}}, {{"#define A(d) ((d)->a)", "V < 2"}}};
  const ChangeGroup two{
      {{edit(2, 2, 3, "y")}},
      {{"#define A(d) ((d)->a)", "V < 2"}, {"#include <numpy/npy_math.h>"}, {"#define B 1", "V < 2"}}};
  const std::string text = "// A\r\nbc\r\n";
  CHECK(merge_changes(text, {one, two}).needs ==
        "#include <numpy/npy_math.h>\r\n#if V < 2\r\n#define A(d) ((d)->a)\r\n#define B "
        "1\r\n#endif\r\n");
  CHECK(merge_changes("#  define A(d) d\nbc\n", {one}).needs.empty());
  CHECK(merge_changes("#define AB 1\nbc\n", {one}).needs == "#if V < 2\n#define A(d) ((d)->a)\n#endif\n");
  CHECK(merge_changes("#include \"numpy/npy_math.h\"\nbc\n#define B 2\n", {two}).needs ==
        "#if V < 2\n#define A(d) ((d)->a)\n#endif\n");
}

TEST_CASE("lines are put in front of others, also behind one without an end") {
  CHECK(with_lines_at("a\nb\n", offset_of_line("a\nb\n", 2), "x\n") == "a\nx\nb\n");
  CHECK(with_lines_at("a", offset_of_line("a", 9), "x\n") == "a\nx\n");
  CHECK(with_lines_at("a\n", offset_of_line("a\n", 1), "x\n") == "x\na\n");
}
