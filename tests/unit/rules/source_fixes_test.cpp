// Which text takes the place of which, and when none may.
#include "rules/source_fixes.h"

#include <doctest/doctest.h>

#include "unit/rules/known_numpy.h"

using namespace abicheck;

namespace {

SourceSpan span(unsigned begin, unsigned end, unsigned line = 5) {
  return {{"a.c", line, begin}, {"a.c", line, end}};
}

// d->member, with d in column 10.
Replaceable member(const std::string& name, const std::string& how) {
  Replaceable use;
  use.place = {"a.c", 5, 13};
  use.name = name;
  use.base = span(10, 11);
  use.text = span(11, 20);
  use.arrow = true;
  use.how = how;
  use.value = span(23, 24);
  use.operation = "=";
  use.base_text = "d";
  return use;
}

Replaceable macro(const std::string& name, std::vector<std::string> aliases) {
  Replaceable use;
  use.place = {"a.c", 5, 10};
  use.name = name;
  use.text = span(10, 20);
  use.aliases = std::move(aliases);
  return use;
}

Finding fixed(const std::vector<Replaceable>& uses, std::string_view instead = "",
              const std::vector<SourcePlace>& others = {}, const std::vector<NameUse>& all = {}) {
  std::vector<ScannedUnit> units{{"a.c", {}, ""}, {"b.c", {}, ""}};
  SourceObservations seen;
  seen.replaceable = uses;
  seen.uses = all;
  seen.below_numpy = {{"a.c", 3, 1}};
  units[0].parsed.emplace_back("1.26.4", seen);
  units[1].parsed.emplace_back("1.26.4", SourceObservations{}).second.other_members = others;
  const std::vector<std::string> asked{"2.0.2"};
  const SourceTree tree;
  Finding finding;
  add_fix(uses.front().place, uses.front().name, instead,
          {database(), "2.0.2", units, units[0], units[0].parsed[0].second, asked, tree}, finding);
  return finding;
}

// "begin-end text" of every edit.
std::string told(const Finding& finding) {
  std::string all;
  for (const SourceChange& change : finding.fix) {
    for (const SourceEdit& edit : change)
      all += (all.empty() ? "" : "; ") + std::to_string(edit.begin.column) + "-" + std::to_string(edit.end.column) +
             " " + edit.text;
  }
  return all;
}

}  // namespace

TEST_CASE("members that are read become calls of their accessors") {
  const Finding finding = fixed({member("PyArray_Descr.elsize", "value")});
  CHECK(told(finding) == "10-10 PyDataType_ELSIZE(; 11-20 )");
  CHECK(finding.fix_needs == std::vector<SourceNeed>{{"#define PyDataType_ELSIZE(descr) ((descr)->elsize)",
                                                      "NPY_ABI_VERSION < 0x02000000"}});
  CHECK(finding.fix_needs_at.line == 3);
  CHECK(told(fixed({member("PyArray_Descr.elsize", "typed")})) == "10-10 (int)PyDataType_ELSIZE(; 11-20 )");
  CHECK(fixed({member("PyArray_Descr.elsize", "typed")}).fix_needs == finding.fix_needs);
  CHECK(told(fixed({member("PyArray_Descr.names", "value")})) == "10-10 PyDataType_NAMES(; 11-20 )");
  CHECK(told(fixed({member("PyArrayObject.data", "value")})) == "10-10 PyArray_BYTES(; 11-20 )");
  CHECK(told(fixed({member("PyArrayObject.data", "cast")})) == "10-10 PyArray_DATA(; 11-20 )");
  CHECK(fixed({member("PyArrayObject.data", "cast")}).fix_needs.empty());
  CHECK(told(fixed({member("npy_cfloat.imag", "value")})) == "10-10 npy_cimagf(*; 11-20 )");
  CHECK(told(fixed({member("PyArray_Descr.type_num", "value")})).empty());
}

TEST_CASE("a name that newer headers have elsewhere comes with its header") {
  const Finding finding = fixed({macro("NPY_MIN", {"PyArray_MIN"})});
  CHECK(told(finding) == "10-20 PyArray_MIN");
  CHECK(finding.fix_needs == std::vector<SourceNeed>{{"#include <numpy/npy_math.h>", ""}});
  CHECK(fixed({macro("NPY_CONTIGUOUS", {"NPY_ARRAY_C_CONTIGUOUS"})}).fix_needs.empty());
}

TEST_CASE("of an object itself the address is given, of a complex number the value") {
  Replaceable use = member("PyArrayObject.nd", "value");
  use.arrow = false;
  CHECK(told(fixed({use})) == "10-10 PyArray_NDIM(&; 11-20 )");
  use.name = "npy_cdouble.real";
  CHECK(told(fixed({use})) == "10-10 npy_creal(; 11-20 )");
  use.base_comma = true;
  CHECK(told(fixed({use})) == "10-10 npy_creal((; 11-20 ))");
}

TEST_CASE("members that are set") {
  CHECK(told(fixed({member("PyArray_Descr.elsize", "set")})) == "10-10 PyDataType_SET_ELSIZE(; 11-23 , ; 24-24 )");
  CHECK(told(fixed({member("npy_cdouble.real", "set")})) == "10-10 NPY_CSETREAL(; 11-23 , ; 24-24 )");
  Replaceable use = member("npy_cdouble.real", "set");
  use.operation = "+=";
  const Finding finding = fixed({use});
  CHECK(told(finding) == "10-10 NPY_CSETREAL(; 11-23 , npy_creal(*d) + (; 24-24 ))");
  CHECK(finding.fix_needs ==
        std::vector<SourceNeed>{{"#include <numpy/npy_math.h>"},
                                {"#define NPY_CSETREAL(z, r) ((z)->real = (r))", "NPY_ABI_VERSION < 0x02000000"}});
  use.base_text.clear();
  CHECK(told(fixed({use})).empty());
  CHECK(fixed({use}).fix_problem == "what it is a member of would be computed twice");
  use = member("PyArrayObject.flags", "set");
  use.operation = "|=";
  CHECK(told(fixed({use})) == "10-10 PyArray_ENABLEFLAGS(; 11-23 , ; 24-24 )");
  use.operation = "&= ~";
  CHECK(told(fixed({use})) == "10-10 PyArray_CLEARFLAGS(; 11-23 , ; 24-24 )");
  use.operation = "=";
  CHECK(!fixed({use}).fix_problem.empty());
  CHECK(!fixed({member("PyArrayObject.data", "set")}).fix_problem.empty());
}

TEST_CASE("a descriptor that is set up member by member is another structure in newer NumPys") {
  const Replaceable size = member("PyArray_Descr.elsize", "set");
  const NameUse set{size.place, size.name, "member", "f", "written"};
  const NameUse other{{"a.c", 6, 3}, "PyArray_Descr.names", "member", "f", "written"};
  NameUse elsewhere = other;
  elsewhere.function = "g";
  NameUse read = other;
  read.how = "read";
  CHECK(fixed({size}, "", {}, {set, other}).fix.empty());
  CHECK(fixed({size}, "", {}, {set, other}).fix_problem.find("PyArray_DescrProto") != std::string::npos);
  CHECK(!fixed({size}, "", {}, {set, elsewhere, read}).fix.empty());
}

TEST_CASE("what is constant has no accessor in NumPy 1.x, and flags of descriptors have another type") {
  Replaceable use = member("PyArrayObject.data", "value");
  use.base_const = true;
  CHECK(fixed({use}).fix.empty());
  CHECK(!fixed({use}).fix_problem.empty());
  use.name = "PyArrayObject.nd";
  CHECK(told(fixed({use})) == "10-10 PyArray_NDIM(; 11-20 )");
  CHECK(told(fixed({member("PyArray_Descr.flags", "mask")})) == "10-10 PyDataType_FLAGS(; 11-20 )");
  CHECK(!fixed({member("PyArray_Descr.flags", "value")}).fix_problem.empty());
}

TEST_CASE("a name becomes another one only where it is nothing but that") {
  CHECK(told(fixed({macro("NPY_CONTIGUOUS", {"NPY_ARRAY_C_CONTIGUOUS"})})) == "10-20 NPY_ARRAY_C_CONTIGUOUS");
  CHECK(told(fixed({macro("CONTIGUOUS", {"NPY_CONTIGUOUS", "NPY_ARRAY_C_CONTIGUOUS"})})) ==
        "10-20 NPY_ARRAY_C_CONTIGUOUS");
  CHECK(told(fixed({macro("NPY_INOUT_ARRAY", {"NPY_ARRAY_INOUT_ARRAY"})})) == "10-20 NPY_ARRAY_INOUT_ARRAY");
  CHECK(told(fixed({macro("NPY_UPDATEIFCOPY", {"NPY_ARRAY_UPDATEIFCOPY"})})).empty());
  CHECK(told(fixed({macro("NPY_CONTIGUOUS", {})})).empty());
  CHECK(told(fixed({macro("NPY_MAXDIMS", {})})).empty());
  const Finding axis = fixed({macro("NPY_MAXDIMS", {})}, "NPY_RAVEL_AXIS");
  CHECK(told(axis) == "10-20 NPY_RAVEL_AXIS");
  CHECK(axis.fix_needs ==
        std::vector<SourceNeed>{{"#define NPY_RAVEL_AXIS NPY_MAXDIMS", "NPY_ABI_VERSION < 0x02000000"}});
}

TEST_CASE("a macro's text may be used by others, and name a member twice") {
  Replaceable first = member("PyArray_Descr.elsize", "value");
  first.in_macro = true;
  Replaceable second = first;
  second.base = span(30, 31);
  second.text = span(31, 40);
  CHECK(told(fixed({first, second})) == "10-10 PyDataType_ELSIZE(; 11-20 ); 30-30 PyDataType_ELSIZE(; 31-40 )");
  CHECK(told(fixed({first}, "", {{"a.c", 5, 13}})).empty());
  CHECK(!fixed({first}, "", {{"a.c", 5, 13}}).fix_problem.empty());
  CHECK(!told(fixed({first}, "", {{"a.c", 6, 13}})).empty());
}

TEST_CASE("the reason of the scanner is handed on") {
  Replaceable use = member("PyArray_Descr.elsize", "value");
  use.problem = "its address is taken";
  CHECK(fixed({use}).fix.empty());
  CHECK(fixed({use}).fix_problem == "its address is taken");
}
