#include <Python.h>
#define PY_ARRAY_UNIQUE_SYMBOL demo_ARRAY_API
#include <numpy/arrayobject.h>
#include "demo.h"

int one(PyArray_Descr *d) { return width(d); }

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
