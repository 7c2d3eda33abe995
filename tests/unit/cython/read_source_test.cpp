#include "cython/read_source.h"

#include <doctest/doctest.h>

#include <string>

namespace abicheck {
namespace {

CythonSource read(const std::string& text) {
  return read_cython_source({"", {{"m.pyx", text}}, true}, "m.pyx");
}

constexpr const char* kHow[] = {"type", "value", "called", "cimported", "read", "assigned"};

// "int_t type 2:9", with "or python" and "nogil" behind; one use a line.
std::string uses(const CythonSource& source) {
  std::string out;
  for (const CythonUse& use : source.uses) {
    out += use.name + " " + kHow[static_cast<int>(use.how)] + " " + std::to_string(use.place.line) + ":" +
           std::to_string(use.place.column) + (use.or_python ? " or python" : "") + (use.without_gil ? " nogil" : "") +
           "\n";
  }
  return out;
}
std::string uses(const std::string& text) {
  return uses(read(text));
}

std::string own(const std::string& text) {
  std::string out;
  const CythonSource source = read(text);
  for (const NameUse& use : source.own) out += use.name + " " + use.kind + " " + std::to_string(use.place.line) + "\n";
  for (const NameUse& use : source.declared) out += use.name + " declared " + std::to_string(use.place.line) + "\n";
  return out;
}

TEST_CASE("the words that cimport binds") {
  CHECK(uses("cimport numpy as np\ncdef np.int_t i\n") == "int_t type 2:9\n");
  CHECK(uses("cimport numpy\ncdef numpy.int_t i\n") == "int_t type 2:12\n");
  CHECK(uses("cimport cython, numpy as cnp\ncdef cnp.int_t i\n") == "int_t type 2:10\n");
  CHECK(uses("cimport numpy.random\ncdef numpy.int_t i\n") == "int_t type 2:12\n");
  CHECK(uses("cimport numpy.random as np\ncdef np.int_t i\n").empty());
  CHECK(uses("cimport other as np\ncdef np.int_t i\n").empty());
  CHECK(uses("import numpy as np\nx = np.int_t\n").empty());
  CHECK(read("\ncimport numpy\n").cimport.line == 2);
  CHECK(read("import numpy\n").cimport.file.empty());
}

TEST_CASE("names that are cimported by themselves") {
  CHECK(uses("from numpy cimport (int_t as INT,\n  uint_t)\n") == "int_t cimported 1:21\nuint_t cimported 2:3\n");
  CHECK(uses("from numpy cimport PyArray_Size as size\ndef f(x):\n  return size(x)\n") ==
        "PyArray_Size cimported 1:20\nPyArray_Size called 3:10 or python\n");
  CHECK(uses("from numpy.random cimport bitgen_t\ncdef bitgen_t *b\n").empty());
  CHECK(uses("from numpy cimport *\ncdef int_t i\nx = y + NPY_INT\n") ==
        "int_t type 2:6\ni type 2:12\nNPY_INT value 3:9\n");
}

TEST_CASE("where a type is asked for") {
  const std::string head = "import numpy as np\ncimport numpy as np\n";
  CHECK(uses(head + "cdef np.int_t a = np.zeros(3)\n") == "int_t type 3:9 or python\nzeros called 3:22 or python\n");
  CHECK(uses(head + "def f(np.ndarray[np.int_t, ndim=2] a, x=np.int_t):\n  pass\n") ==
        "ndarray type 3:10 or python\nint_t type 3:21 or python\nint_t value 3:44 or python\n");
  CHECK(uses(head + "def f(a: np.int_t):\n  pass\n") == "int_t value 3:13 or python\n");
  CHECK(uses(head + "ctypedef np.int_t I\n") == "int_t type 3:13 or python\n");
  CHECK(uses(head + "ctypedef fused T:\n  np.int_t\n  double\n") == "int_t type 4:6 or python\n");
  CHECK(uses(head + "cdef:\n  np.int_t a, b\n") == "int_t type 4:6 or python\n");
  CHECK(uses(head + "cdef struct S:\n  np.int_t *a\n") == "int_t type 4:6 or python\n");
  CHECK(uses(head + "x = <np.int_t *> y\n") == "int_t type 3:9 or python\n");
  CHECK(uses(head + "x = <np.int_t[:n]> y\n") == "int_t type 3:9 or python\n");
  CHECK(uses(head + "x = y <np.int_t or z > 3\n") == "int_t value 3:11 or python\n");
  CHECK(uses(head + "x = sizeof(np.int_t)\n") == "int_t type 3:15 or python\n");
  CHECK(uses(head + "cdef inline np.int_t f(np.uint_t a) except? -1:\n  pass\n") ==
        "int_t type 3:16 or python\nuint_t type 3:27 or python\n");
  CHECK(uses(head + "x = f(np=3)\n").empty());
}

TEST_CASE("what may be left out when Cython runs is not looked at") {
  CHECK(uses("cimport numpy as np\nIF A:\n  x = np.NPY_INT\nELSE:\n  y = np.NPY_INT\nz = np.NPY_INT\n") ==
        "NPY_INT value 6:8\n");
  CHECK(uses("cimport numpy as np\n# np.int_t\ns = 'np.int_t'\n").empty());
}

TEST_CASE("members of what is declared as a type of NumPy") {
  const std::string head = "cimport numpy as np\nfrom numpy cimport npy_cdouble\n";
  const auto members = [&](const std::string& text) {
    std::string out = uses(head + text);
    return out.substr(out.find('\n') + 1);
  };
  CHECK(members("def f(np.ndarray[double] a not None, b):\n  a.data = x\n  b.data = x\n")
            .find("ndarray.data assigned 4:5\n") != std::string::npos);
  CHECK(members("def f(np.ndarray a):\n  if a.data == x: pass\n").find("ndarray.data read 4:8") != std::string::npos);
  CHECK(members("def f():\n  cdef np.ndarray a, b = g()\n  b.base = x\n").find("ndarray.base assigned 5:5") !=
        std::string::npos);
  CHECK(
      members("cdef double f(npy_cdouble *z) nogil:\n  return z[0].real\n").find("npy_cdouble.real read 4:15 nogil") !=
      std::string::npos);
  CHECK(members("def f(np.ndarray a):\n  pass\ndef g(a):\n  a.data = x\n").find("assigned") == std::string::npos);
  CHECK(members("def f(np.int_t[:] a):\n  a.data = x\n").find("assigned") == std::string::npos);
  CHECK(members("cdef class C:\n  cdef np.ndarray a\n  def f(self, a):\n    a.data = x\n").find("assigned") ==
        std::string::npos);
}

TEST_CASE("blocks without the GIL") {
  CHECK(uses("cimport numpy as np\nwith nogil:\n  x = np.NPY_INT\n  with gil:\n    y = np.NPY_INT\nz = np.NPY_INT\n") ==
        "NPY_INT value 3:10 nogil\nNPY_INT value 5:12\nNPY_INT value 6:8\n");
}

TEST_CASE("what the source declares of NumPy's headers itself") {
  const std::string head =
      "cdef extern from \"numpy/arrayobject.h\":\n"
      "  ctypedef class numpy.dtype [object PyArray_Descr]:\n"
      "    cdef int itemsize \"elsize\"\n"
      "  ctypedef struct PyArrayObject:\n"
      "    char *data\n"
      "  object PyArray_SimpleNew(int, long *, int)\n"
      "  object make \"PyArray_Zeros\"(int)\n"
      "  enum: NPY_OWNDATA\n"
      "  void import_array()\n";
  CHECK(own(head).empty());
  CHECK(own(head + "def f(dtype d):\n  return d.itemsize\n") == "PyArray_Descr.elsize member 11\n");
  CHECK(own(head + "def f(d):\n  return d.itemsize\n") == "PyArray_Descr.elsize declared 3\n");
  CHECK(own(head + "def f():\n  return PyArray_SimpleNew(1, x, 2), make(3), NPY_OWNDATA\n") ==
        "PyArray_SimpleNew function 11\nPyArray_Zeros function 11\nNPY_OWNDATA variable 11\n");
  CHECK(own("cdef extern from \"mine.h\":\n  ctypedef struct S:\n    int elsize\ndef f(S s):\n  return s.elsize\n")
            .empty());
  CHECK(read(head).imports.empty());
  CHECK(read(head + "import_array()\n").imports.size() == 1);
}

TEST_CASE("calls of import_array") {
  const CythonSource source = read("cimport numpy as np\nnp.import_array()\ndef f():\n  np.import_ufunc()\n");
  REQUIRE(source.imports.size() == 2);
  CHECK(source.imports[0].name == "import_array");
  CHECK(source.imports[0].function.empty());
  CHECK(source.imports[1].name == "import_ufunc");
  CHECK(source.imports[1].function == "f");
}

TEST_CASE("files that belong to a source") {
  const SourceTree tree{"",
                        {{"p/m.pyx", "include \"parts/a.pxi\"\ndef f(np.ndarray a):\n  return np.int_t\n"},
                         {"p/m.pxd", "cimport numpy as np\ncdef np.uint_t x\n"},
                         {"p/parts/a.pxi", "x = np.long_t\ninclude \"a.pxi\"\n"}},
                        true};
  const CythonSource source = read_cython_source(tree, "p/m.pyx");
  CHECK(uses(source).find("long_t value 1:8\n") == 0);
  CHECK(uses(source).find("int_t value 3:13") != std::string::npos);
  CHECK(uses(source).find("uint_t") == std::string::npos);  // is said of the .pxd
  CHECK(source.uses.front().place.file == "p/parts/a.pxi");
  CHECK(source.cimport.file.empty());
  CHECK(source.problem.empty());
  const CythonSource missing = read("x = 1\ninclude \"config.pxi\"\n");
  CHECK(missing.problem == "config.pxi, which it includes, is not there");
  CHECK(missing.problem_place.line == 2);
}

TEST_CASE("an included file stands in the blocks of the other") {
  const std::string head = "cimport numpy as np\n";
  const SourceTree tree{
      "",
      {{"m.pyx",
        head + "IF OLD:\n  include \"old.pxi\"\n  y = np.long_t\ndef f():\n  include \"new.pxi\"\n  return 1\n"},
       {"old.pxi", "def g():\n  return np.int_t\nx = np.long_t\n"},
       {"new.pxi", "x = np.int_t\n"}},
      true};
  const CythonSource source = read_cython_source(tree, "m.pyx");
  CHECK(uses(source) == "int_t value 1:8\n");
  REQUIRE(source.uses.size() == 1);
  CHECK(source.uses.front().function == "f");
  CHECK(read("IF OLD:\n  include \"config.pxi\"\n").problem.empty());
}

TEST_CASE("a header of the tree may call import_array") {
  const SourceTree tree{"",
                        {{"m.pyx", "cdef extern from \"init.h\":\n  void init_numpy()\ninit_numpy()\n"},
                         {"src/init.h", "#define init_numpy() import_array()"}},
                        true};
  CHECK(read_cython_source(tree, "m.pyx").imports.size() == 1);
}

TEST_CASE("text that is no Cython is read without harm") {
  for (const char* text : {"cimport",
                           "cimport numpy as",
                           "from numpy cimport",
                           "from numpy cimport (",
                           "from",
                           "cdef",
                           "cdef np.",
                           "def",
                           "def f(",
                           "cdef class",
                           "ctypedef class numpy.",
                           "cdef extern from",
                           "include",
                           "include \"",
                           "with",
                           "np.",
                           "cimport numpy as np\ncdef np.ndarray[",
                           "cimport numpy as np\n<np.",
                           "cimport numpy as np\nsizeof(np.",
                           "cdef extern from \"numpy/a.h\":\n  ctypedef class\n  enum:\n    ,,\n",
                           "cdef:\n\n",
                           ":",
                           "def f(a=, *, **):\n b"}) {
    CAPTURE(text);
    read(text);
    read(std::string(text) + "\n" + text + ")]}\n" + text);
  }
  CHECK(read("x = 'a\n").problem == "a string does not end");
  std::string deep = "cimport numpy as np\n";
  for (unsigned i = 0; i < 2000; ++i) deep += std::string(i, ' ') + "if np.NPY_INT:\n";
  CHECK(read(deep).uses.size() == 2000);
}

}  // namespace
}  // namespace abicheck
