#include <Python.h>
#include "numpy/noprefix.h"

intp count(PyArrayObject *a) {
  intp n = PyArray_SIZE(a); /* an intp */
  if (PyArray_FLAGS(a) & CONTIGUOUS) n += (Bool)TRUE;
  return n < MAX_INTP ? n : MAX_INTP;
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
