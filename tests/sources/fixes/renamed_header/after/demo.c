#include <Python.h>
#include "numpy/ndarrayobject.h"

npy_intp count(PyArrayObject *a) {
  npy_intp n = PyArray_SIZE(a); /* an intp */
  if (PyArray_FLAGS(a) & NPY_ARRAY_C_CONTIGUOUS) n += (npy_bool)NPY_TRUE;
  return n < NPY_MAX_INTP ? n : NPY_MAX_INTP;
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
