#include <Python.h>
#include <numpy/arrayobject.h>
#if NPY_ABI_VERSION < 0x02000000
#define NPY_RAVEL_AXIS NPY_MAXDIMS
#endif

PyObject *total(PyArrayObject *a) {
  npy_intp shape[NPY_MAXDIMS];
  shape[0] = 0;
  return PyArray_Sum(a, NPY_RAVEL_AXIS, (int)shape[0] + NPY_DOUBLE, NULL);
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
