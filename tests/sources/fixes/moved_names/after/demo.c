#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/npy_math.h>

int between(int low, int value, int high) {
  return PyArray_MAX(low, PyArray_MIN(value, high));
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
