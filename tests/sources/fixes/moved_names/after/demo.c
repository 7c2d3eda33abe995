#include <Python.h>
#include <numpy/arrayobject.h>
#include <numpy/ufuncobject.h>
#include <numpy/npy_math.h>

int between(int low, int value, int high) {
  return PyArray_MAX(low, PyArray_MIN(value, high));
}

int overflows(int status) {
  return (status & NPY_FPE_OVERFLOW) != 0;
}

PyMODINIT_FUNC PyInit_demo(void) {
  import_array();
  return NULL;
}
