#include <Python.h>
#include <numpy/arrayobject.h>

PyObject *total(PyArrayObject *a) {
  npy_intp shape[NPY_MAXDIMS];
  shape[0] = 0;
  return PyArray_Sum(a, NPY_MAXDIMS, (int)shape[0] + NPY_DOUBLE, NULL);
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
