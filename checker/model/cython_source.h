// What a Cython source shows of its use of NumPy, and what is known of the Cython that will read it: plain values.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "model/source_observations.h"

namespace abicheck {

enum class CythonHow {
  kType,       // cdef np.int_t i
  kValue,      // np.NPY_DOUBLE
  kCalled,     // np.PyArray_SimpleNew(...)
  kCimported,  // from numpy cimport int_t
  kRead,       // of a variable whose type NumPy declares: array.data
  kAssigned,   // array.data = ...
};

// A name of NumPy's Cython declarations.
struct CythonUse {
  SourcePlace place;
  std::string name;  // without "numpy.": "int_t", "ndarray.data"
  CythonHow how = CythonHow::kValue;
  bool or_python = false;  // numpy is imported under the same word: what is not declared is looked up when it runs
  bool without_gil = false;
  std::string function;  // around it; empty at module level
};

struct CythonSource {
  SourcePlace cimport;  // the first cimport of numpy in the source itself; no file when there is none
  std::vector<CythonUse> uses;
  std::vector<NameUse> own;       // C names of NumPy that the source declares itself and uses: "PyArray_Descr.elsize"
  std::vector<NameUse> declared;  // members that it declares itself, and whose names are used of something untyped
  std::vector<ImportCall> imports;
  std::set<std::string> only_c;  // functions that Python cannot call: cdef
  bool shares_table = false;     // PY_ARRAY_UNIQUE_SYMBOL is defined: another source may call import_array() for it
  std::string problem;           // what could not be read
  SourcePlace problem_place;
};

// A line of a file of the tree that asks for a version of Cython.
struct CythonRequirement {
  SourcePlace place;
  std::string specifier;  // ">=0.29,<3"; empty: any version
};

// Lines of generated code that stand for a line of a source.
struct GeneratedLines {
  unsigned begin = 0;  // of the generated file
  unsigned end = 0;    // not included
  unsigned line = 0;   // of the source
};

// A C or C++ file that Cython wrote.
struct GeneratedCode {
  std::string version;               // "0.29.36"
  std::string source;                // the .pyx of the tree that it was made of; empty when it is not there
  std::vector<GeneratedLines> from;  // by begin
};

}  // namespace abicheck
